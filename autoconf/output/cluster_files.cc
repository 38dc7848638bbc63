// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/cluster_files.h"

#include <system_error>
#include <utility>

#include "file.h"
#include "log.h"
#include "output/hosts.h"
#include "output/node_map.h"

namespace clusterdisc {

ClusterFiles::ClusterFiles(std::string run_folder, std::string cluster, std::string hosts_base,
                           InterfaceName interface_name)
    : run_folder_(std::move(run_folder)), cluster_(std::move(cluster)), hosts_base_(std::move(hosts_base)),
      interface_name_(std::move(interface_name)) {}

void ClusterFiles::write(const ClusterView& view) {
    replace("hosts", to_hosts(hosts_base(), view, interface_name_));
    replace("machines", to_machine_file(view));
    replace("nodes.json", to_nodes_json(view, cluster_, interface_name_));
    // Last: who follows the map finds the names and details of its nodes.
    replace("map", to_node_map(view, interface_name_));
}

void ClusterFiles::withdraw() {
    for (const char* const name : {"map", "nodes.json", "machines"}) {
        try {
            remove_file(run_folder_ + '/' + name);
        } catch (const std::system_error& error) {
            report(error.what());
        }
    }
    written_.clear();
    replace("hosts", hosts_base());
}

void ClusterFiles::replace(const std::string& name, const std::string& text) {
    const auto known = written_.find(name);
    if (known != written_.end() && known->second == text) {
        return;
    }
    constexpr mode_t mode = 0644;
    try {
        replace_file(run_folder_ + '/' + name, text, mode);
        written_[name] = text;
        last_problem_.clear();
    } catch (const std::system_error& error) {
        written_.erase(name);
        report(error.what());
    }
}

void ClusterFiles::report(const std::string& problem) {
    if (std::exchange(last_problem_, problem) != problem) {
        log_line(LogLevel::error, problem);
    }
}

std::string ClusterFiles::hosts_base() const {
    constexpr std::size_t longest_base = 1U << 20U;
    if (hosts_base_.empty()) {
        return "";
    }
    try {
        return read_file(hosts_base_, longest_base).value_or("");
    } catch (const std::system_error& error) {
        log_line(LogLevel::error, error.what());
        return "";
    }
}

}  // namespace clusterdisc
