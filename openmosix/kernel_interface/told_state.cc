// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_interface/told_state.h"

#include <utility>

namespace openmosix::kernel {

namespace {

/// Adds a record for each entry that is new or another one, and one for each that is not wanted any more.
template <typename Key, typename Value, typename ToRecord, typename ToRemoval>
void add_changes(const std::map<Key, Value>& told, const std::map<Key, Value>& wanted, const ToRecord& to_record,
                 const ToRemoval& to_removal, std::vector<Record>& records) {
    for (const auto& [key, value] : told) {
        if (!wanted.contains(key)) {
            records.push_back(to_removal(key, value));
        }
    }
    for (const auto& [key, value] : wanted) {
        const auto before = told.find(key);
        if (before == told.end() || before->second != value) {
            records.push_back(to_record(key, value));
        }
    }
}

}  // namespace

std::vector<Record> ToldState::change_to(ShownState wanted) {
    std::vector<Record> records;
    // No file of admin goes away.
    const auto keep = [](AdminFile file, std::int64_t value) { return admin_record(file, value); };
    add_changes(told_.admin, wanted.admin, admin_record, keep, records);
    const auto remove_node = [](clusterdisc::NodeId node, const NodeValues&) { return node_removal(node); };
    add_changes(told_.nodes, wanted.nodes, node_record, remove_node, records);
    const auto bring_home = [](const Process& process, const ProcessState&) { return process_record(process, {}); };
    add_changes(told_.processes, wanted.processes, process_record, bring_home, records);
    const auto remove_guest = [](const Process& body, const Guest&) { return guest_removal(body); };
    add_changes(told_.guests, wanted.guests, guest_record, remove_guest, records);
    told_ = std::move(wanted);
    return records;
}

std::vector<Record> ToldState::change_to(const Process& process, const ProcessState& state) {
    const auto [told, is_new] = told_.processes.try_emplace(process, state);
    if (!is_new && told->second == state) {
        return {};
    }
    told->second = state;
    return {process_record(process, state)};
}

}  // namespace openmosix::kernel
