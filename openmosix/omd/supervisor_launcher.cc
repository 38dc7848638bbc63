// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/supervisor_launcher.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/log.h"
#include "control/process_list.h"
#include "omd/guest_group.h"
#include "peer/key_handover.h"

namespace openmosix {

std::string find_supervisor() {
    constexpr const char* name = "omd-supervisor";
    std::error_code error;
    const auto own_folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    const auto above = own_folder.parent_path();
    const std::array<std::filesystem::path, 4> places = {own_folder / name, above / name, above / "supervisor" / name,
                                                         std::filesystem::path("/usr/libexec/openmosix") / name};
    std::string tried;
    for (const auto& place : places) {
        if (::access(place.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(place, error)) {
            return place.string();
        }
        tried += (tried.empty() ? "" : ", ") + place.string();
    }
    throw std::runtime_error("the program omd-supervisor is missing; it would be one of " + tried);
}

SupervisorLauncher::SupervisorLauncher(ChildProcesses& children, Settings settings, std::function<void(pid_t)> on_end)
    : children_(children), settings_(std::move(settings)), on_end_(std::move(on_end)) {}

std::vector<std::string> SupervisorLauncher::command(const std::string& role, clusterdisc::NodeId own_node) const {
    return {settings_.program, role, "--run-dir", settings_.run_folder, "--node", std::to_string(own_node)};
}

void SupervisorLauncher::start_home(pid_t pid, clusterdisc::NodeId own_node,
                                    const clusterdisc::FileDescriptor& control) {
    auto words = command("home", own_node);
    words.insert(words.end(), {"--pid", std::to_string(pid), "--control", std::to_string(child_descriptor)});
    const clusterdisc::FileDescriptor keys = hand_over(settings_.keys);
    children_.start_program(words, {.connection = control.number(), .input = keys.number(), .output = -1},
                            [this, pid](int status) {
                                homes_.erase(homes_.find(pid));
                                log_end("process " + std::to_string(pid), status);
                                on_end_(pid);
                            });
    homes_.insert(pid);
}

void SupervisorLauncher::start_guest(clusterdisc::NodeId own_node, clusterdisc::NodeId peer,
                                     const clusterdisc::FileDescriptor& connection,
                                     const clusterdisc::FileDescriptor& report) {
    auto words = command("guest", own_node);
    words.insert(words.end(), {"--peer-node", std::to_string(peer), "--socket", std::to_string(child_descriptor),
                               "--guest-user", settings_.guest_user});
    for (const std::string& group : settings_.control_groups) {
        words.insert(words.end(), {"--cgroup", group});
    }
    // Filled below: the function cannot be called before the event loop runs again.
    const auto supervisor = std::make_shared<pid_t>(0);
    const clusterdisc::FileDescriptor keys = hand_over(settings_.keys);
    *supervisor = children_.start_program(
        words, {.connection = connection.number(), .input = keys.number(), .output = report.number()},
        [this, peer, supervisor](int status) {
            guests_.erase(*supervisor);
            log_end("a guest from node " + std::to_string(peer), status);
        });
    guests_.emplace(*supervisor, peer);
    if (!settings_.supervisor_group.empty()) {
        add_to_group(settings_.supervisor_group, *supervisor);
    }
}

void SupervisorLauncher::log_end(const std::string& whose, int status) const {
    if (WIFEXITED(status)) {
        // It has said itself what was wrong.
        return;
    }
    clusterdisc::log_line(clusterdisc::LogLevel::warning,
                          "the supervisor of " + whose + ' ' + describe_end(status) + "; its process is lost");
    for (const char* folder : {"/processes", "/guests"}) {
        static_cast<void>(read_process_list(settings_.run_folder + folder, true));
    }
}

}  // namespace openmosix
