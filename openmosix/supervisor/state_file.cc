// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/state_file.h"

#include <unistd.h>

#include <chrono>
#include <exception>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "common/event_loop.h"
#include "common/file.h"
#include "common/log.h"
#include "procfs/process_stat.h"

namespace openmosix {

StateFile::StateFile(const std::string& folder, pid_t pid)
    : folder_(folder), path_(folder + "/" + std::to_string(pid) + ".json"), pid_(pid) {}

StateFile::~StateFile() {
    ::unlink(path_.c_str());
}

void StateFile::replace(const std::string& content) {
    clusterdisc::make_folder(folder_, 0755);
    try {
        clusterdisc::replace_file(path_, content, 0644);
    } catch (const std::system_error&) {
        // The old one is no longer true, and its room may be enough for the new one.
        ::unlink(path_.c_str());
        clusterdisc::replace_file(path_, content, 0644);
    }
}

std::uint64_t StateFile::since(const State& state) {
    if (state.node != std::exchange(node_, state.node)) {
        const auto now = clusterdisc::EventLoop::now();
        since_ = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
    }
    return since_;
}

void StateFile::write(const State& state) noexcept try {
    nlohmann::json json{{"pid", pid_},
                        {"name", state.name},
                        {"uid", state.uid},
                        {"home", state.home},
                        {"home_pid", state.home_pid},
                        {"node", state.node},
                        {"state", state.state},
                        {"reason", state.reason},
                        {"moves", state.moves},
                        {"since", since(state)},
                        {"calls", state.calls},
                        {"supervisor", ::getpid()},
                        {"supervisor_start", read_process_stat(::getpid()).start_time}};
    if (state.elsewhere) {
        json["user_elsewhere"] = state.elsewhere->user;
        json["system_elsewhere"] = state.elsewhere->system;
    }
    const auto add = [&json](const char* key, auto number) {
        if (number > 0) {
            json[key] = number;
        }
    };
    add("freeze_nanoseconds", state.costs.freeze());
    add("transfer_bytes", state.costs.transfer_bytes());
    add("transfer_nanoseconds", state.costs.transfer());
    add("call_nanoseconds", state.costs.call());
    // A name may be any bytes.
    replace(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    has_failed_ = false;
} catch (const std::exception& error) {
    if (!has_failed_) {
        has_failed_ = true;
        clusterdisc::log_line(clusterdisc::LogLevel::warning,
                              "mps does not show process " + std::to_string(pid_) + " as it is: " + error.what());
    }
}

}  // namespace openmosix
