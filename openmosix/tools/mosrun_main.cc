// SPDX-License-Identifier: GPL-2.0-or-later
//
// mosrun: runs a command on a node of the cluster.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <system_error>

#include "common/exit_status.h"
#include "control/client.h"
#include "control/request.h"
#include "tools/mosrun_options.h"

namespace openmosix {
namespace {

/// As env(1) and nohup(1) have them, so that they are not taken for the command's own.
constexpr int exit_refused = 125;
constexpr int exit_cannot_execute = 126;
constexpr int exit_not_found = 127;

/// Has omd set for this process what is to hold for it and its children; false when it refuses.
bool set_hints(const MosrunOptions& options) {
    if (options.hints == MoveHints()) {
        return true;
    }
    const auto answer = ask_omd(options.run_folder, to_line(HintRequest{.pid = ::getpid(), .hints = options.hints}));
    if (!answer["ok"].get<bool>()) {
        std::fprintf(stderr, "mosrun: %s\n", answer["reason"].get<std::string>().c_str());
        return false;
    }
    return true;
}

/// Has omd move this process as soon as it starts another program. Throws std::runtime_error when omd is not there.
bool arrange_move(const MosrunOptions& options) {
    MoveRequest request;
    request.pid = ::getpid();
    request.to = options.to;
    request.among = options.among;
    request.at_exec = true;
    const auto answer = ask_omd(options.run_folder, to_line(request));
    if (!answer["ok"].get<bool>()) {
        std::fprintf(stderr, "mosrun: %s\n", answer["reason"].get<std::string>().c_str());
        return false;
    }
    return true;
}

/// False when the command must not be run; it has been said why.
bool prepare(const MosrunOptions& options) {
    const bool may_run_here = options.to.empty() || options.on_refusal == MosrunOptions::OnRefusal::run_here;
    try {
        return (set_hints(options) && (options.to.empty() || arrange_move(options))) || may_run_here;
    } catch (const std::exception& error) {
        if (options.to.empty()) {
            // Without omd nothing leaves this node anyway.
            return true;
        }
        std::fprintf(stderr, "mosrun: %s\n", error.what());
        return may_run_here;
    }
}

int run(std::span<char*> arguments) {
    const MosrunOptions options = parse_mosrun_options(arguments);
    if (!options.problem.empty()) {
        std::fprintf(stderr, "mosrun: %s\nTry mosrun --help.\n", options.problem.c_str());
        return clusterdisc::exit_usage;
    }
    if (options.wants_help || options.wants_version) {
        std::fputs(options.wants_help ? mosrun_usage : "mosrun " OPENMOSIX_VERSION "\n", stdout);
        return clusterdisc::exit_success;
    }
    if (!prepare(options)) {
        return exit_refused;
    }
    // argv ends in a null pointer (environ(7)), which is a part of what execvp(3) takes.
    char** const command = arguments.data() + options.command;
    ::execvp(*command, options.has_own_name ? command + 1 : command);
    const int error = errno;
    std::fprintf(stderr, "mosrun: %s: %s\n", *command, std::generic_category().message(error).c_str());
    return error == ENOENT ? exit_not_found : exit_cannot_execute;
}

}  // namespace
}  // namespace openmosix

int main(int argument_count, char** arguments) {
    try {
        return openmosix::run(std::span(arguments, static_cast<std::size_t>(argument_count)));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "mosrun: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
