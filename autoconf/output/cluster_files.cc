// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/cluster_files.h"

#include <system_error>
#include <utility>

#include "common/file.h"
#include "common/log.h"
#include "output/hosts.h"
#include "output/node_map.h"

namespace clusterdisc {

ClusterFiles::ClusterFiles(std::string run_folder, std::string cluster, std::string hosts_base,
                           InterfaceName interface_name)
    : run_folder_(std::move(run_folder)), cluster_(std::move(cluster)), hosts_base_(std::move(hosts_base)),
      interface_name_(std::move(interface_name)) {}

bool ClusterFiles::write(const ClusterView& view) {
    const bool has_hosts = replace("hosts", to_hosts(read_hosts_base(), view, interface_name_));
    const bool has_machines = replace("machines", to_machine_file(view));
    const bool has_nodes = replace("nodes.json", to_nodes_json(view, cluster_, interface_name_));
    // Last: who follows the map finds the names and details of its nodes.
    const bool has_map = replace("map", to_node_map(view, interface_name_));
    return has_hosts && has_machines && has_nodes && has_map;
}

void ClusterFiles::withdraw() {
    for (const char* const name : {"map", "nodes.json", "machines"}) {
        try {
            remove_file(run_folder_ + '/' + name);
        } catch (const std::system_error& error) {
            report(name, error.what());
        }
    }
    written_.clear();
    replace("hosts", read_hosts_base());
}

bool ClusterFiles::replace(const std::string& name, const std::string& text) {
    const auto known = written_.find(name);
    if (known != written_.end() && known->second == text) {
        return true;
    }
    constexpr mode_t mode = 0644;
    try {
        replace_file(run_folder_ + '/' + name, text, mode);
    } catch (const std::system_error& error) {
        written_.erase(name);
        report(name, error.what());
        return false;
    }
    written_[name] = text;
    report(name, "");
    return true;
}

void ClusterFiles::report(const std::string& name, const std::string& problem) {
    if (std::exchange(problems_[name], problem) != problem && !problem.empty()) {
        log_line(LogLevel::error, problem);
    }
}

const std::string& ClusterFiles::read_hosts_base() {
    constexpr std::size_t max_base = 1U << 20U;
    if (hosts_base_.empty()) {
        return hosts_base_text_;
    }
    try {
        const auto text = read_file(hosts_base_, max_base);
        report(hosts_base_, text ? "" : hosts_base_ + " does not exist: the file hosts is made without it");
        hosts_base_text_ = text.value_or(hosts_base_text_);
    } catch (const std::system_error& error) {
        report(hosts_base_, error.what());
    }
    return hosts_base_text_;
}

}  // namespace clusterdisc
