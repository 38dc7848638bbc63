// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "membership/member_view.h"
#include "output/nodes_json.h"

namespace clusterdisc {

/// The files in the run folder by which others follow the cluster: `map`, `nodes.json`, `hosts` and `machines`, each
/// replaced in one step and only when it changed. What cannot be written is reported once and tried again at the next
/// change.
class ClusterFiles {
public:
    /// `hosts_base`: the file that `hosts` begins with; empty for none.
    ClusterFiles(std::string run_folder, std::string cluster, std::string hosts_base, InterfaceName interface_name);

    void write(const ClusterView& view);
    /// At the end: this node is in no cluster any more.
    void withdraw();

private:
    void replace(const std::string& name, const std::string& text);
    void report(const std::string& problem);
    [[nodiscard]] std::string hosts_base() const;

    std::string run_folder_;
    std::string cluster_;
    std::string hosts_base_;
    InterfaceName interface_name_;
    std::map<std::string, std::string> written_;
    std::string last_problem_;
};

}  // namespace clusterdisc
