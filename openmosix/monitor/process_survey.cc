// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/process_survey.h"

#include <stdexcept>
#include <system_error>

#include "freeze/cant_move.h"
#include "procfs/process_stat.h"
#include "procfs/process_status.h"
#include "tools/local_processes.h"

namespace openmosix::monitor {

namespace {

/// PF_KTHREAD of include/linux/sched.h.
constexpr std::uint64_t kernel_thread = 0x00200000;

}  // namespace

const std::string& ProcessSurvey::name_of(uid_t user) {
    const auto [entry, is_new] = user_names_.try_emplace(user);
    if (is_new) {
        entry->second = user_name(user);
    }
    return entry->second;
}

std::vector<ProcessSample> ProcessSurvey::look() {
    std::vector<ProcessSample> samples;
    for (const pid_t pid : all_processes()) {
        auto stat = try_to_find_process_stat(pid);
        if (!stat || (stat->flags & kernel_thread) != 0) {
            continue;
        }
        const auto status = try_to_find_process_status(pid);
        if (status) {
            samples.push_back({.key = {.pid = pid, .start_time = stat->start_time},
                               .name = std::move(stat->name),
                               .user = name_of(status->users[1]),
                               .used_ticks = stat->user_time + stat->system_time});
        }
    }
    return samples;
}

std::string reasons_of(pid_t pid) {
    std::string lines;
    try {
        for (const std::string& reason : reasons_to_stay(pid)) {
            lines += (lines.empty() ? "" : "\n") + reason;
        }
    } catch (const std::system_error&) {
        // Others' memory maps are root's to read.
        return "not known: only root sees why";
    } catch (const std::runtime_error&) {
        return {};
    }
    return lines;
}

}  // namespace openmosix::monitor
