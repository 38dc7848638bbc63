// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "membership/member_view.h"
#include "output/nodes_json.h"

namespace clusterdisc {

/// The files in the run folder by which others follow the cluster: `map`, `nodes.json`, `hosts` and `machines`, each
/// replaced in one step and only when it changed. What cannot be written is reported once.
class ClusterFiles {
public:
    /// `hosts_base`: the file that `hosts` begins with; empty for none.
    ClusterFiles(std::string run_folder, std::string cluster, std::string hosts_base, InterfaceName interface_name);

    /// Whether all is written; else it is to be tried again soon.
    bool write(const ClusterView& view);
    /// At the end: this node is in no cluster any more.
    void withdraw();

private:
    bool replace(const std::string& name, const std::string& text);
    /// One line for each new problem with a file; empty when there is none any more.
    void report(const std::string& name, const std::string& problem);
    const std::string& read_hosts_base();

    std::string run_folder_;
    std::string cluster_;
    std::string hosts_base_;
    InterfaceName interface_name_;
    std::map<std::string, std::string> written_;
    std::map<std::string, std::string> problems_;
    /// As it was read last: without it this machine would not know its own names.
    std::string hosts_base_text_;
};

}  // namespace clusterdisc
