// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/exit_status.h"
#include "common/file.h"
#include "common/log.h"
#include "common/signal_state.h"
#include "peer/child_report.h"
#include "peer/handshake.h"
#include "peer/key_handover.h"
#include "supervisor/guest_supervisor.h"
#include "supervisor/home_supervisor.h"

namespace {

/// omd starts this program; nobody else has to. So its options are omd's business alone:
///
///     omd-supervisor home  --run-dir DIR --node ID --pid PID --control FD [--exec-wait SECONDS]
///     omd-supervisor guest --run-dir DIR --node ID --peer-node ID --socket FD --guest-user NAME --cgroup FILE...
///
/// Both find the cluster's keys on standard input (peer/key_handover.h). On standard output a guest supervisor says why
/// it does not believe its peer, so that omd, which hears of all of them, can log that in moderation.
struct Options {
    openmosix::HomeOptions home;
    openmosix::GuestOptions guest;
    std::string guest_user = "nobody";
};

/// As of setpriority(2). On a processor that a program and its supervisor share, what brings the program's pages gets
/// three quarters: without them the program could not go on for long.
constexpr int priority = -5;

int number(std::string_view text, const char* option) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) {
        throw std::invalid_argument(std::string(option) + ": not a number: " + std::string(text));
    }
    return value;
}

Options parse(int argc, char** argv) {
    constexpr std::array<option, 10> known{{{"run-dir", required_argument, nullptr, 'r'},
                                            {"node", required_argument, nullptr, 'n'},
                                            {"pid", required_argument, nullptr, 'p'},
                                            {"control", required_argument, nullptr, 'c'},
                                            {"peer-node", required_argument, nullptr, 'P'},
                                            {"socket", required_argument, nullptr, 's'},
                                            {"guest-user", required_argument, nullptr, 'u'},
                                            {"cgroup", required_argument, nullptr, 'g'},
                                            {"exec-wait", required_argument, nullptr, 'e'},
                                            {nullptr, 0, nullptr, 0}}};
    Options options;
    for (int key = 0; (key = ::getopt_long(argc, argv, "", known.data(), nullptr)) != -1;) {
        const std::string value = ::optarg == nullptr ? "" : ::optarg;
        switch (key) {
            case 'r':
                options.home.run_folder = options.guest.run_folder = value;
                break;
            case 'n':
                options.home.node = options.guest.node = static_cast<std::uint32_t>(number(value, "--node"));
                break;
            case 'p':
                options.home.pid = number(value, "--pid");
                break;
            case 'c':
                options.home.control = number(value, "--control");
                break;
            case 'P':
                options.guest.peer_node = static_cast<std::uint32_t>(number(value, "--peer-node"));
                break;
            case 's':
                options.guest.socket = number(value, "--socket");
                break;
            case 'e':
                options.home.seconds_for_exec = number(value, "--exec-wait");
                break;
            case 'u':
                options.guest_user = value;
                break;
            case 'g':
                options.guest.confinement.control_groups.push_back(value);
                break;
            default:
                throw std::invalid_argument("unknown option");
        }
    }
    return options;
}

void choose_user(Options& options) {
    const passwd* user = ::getpwnam(options.guest_user.c_str());
    if (user == nullptr || user->pw_uid == 0) {
        throw std::runtime_error("guest user " + options.guest_user + ": there is none, or it is root");
    }
    options.guest.confinement.user = user->pw_uid;
    options.guest.confinement.group = user->pw_gid;
    options.guest.confinement.empty_folder = options.guest.run_folder + "/empty";
    clusterdisc::make_folder(options.guest.confinement.empty_folder, 0755);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view role = argc > 1 ? argv[1] : "";
    try {
        if (role != "home" && role != "guest") {
            throw std::invalid_argument("the first argument must be home or guest; omd starts this program");
        }
        clusterdisc::set_daemon_signals();
        Options options = parse(argc - 1, argv + 1);
        const clusterdisc::KeyRing keys = openmosix::take_over_keys(STDIN_FILENO);
        // Where it fails, everything works as well, only later.
        ::setpriority(PRIO_PROCESS, 0, priority);
        if (role == "home") {
            openmosix::HomeSupervisor(options.home, keys).run();
        } else {
            choose_user(options);
            return openmosix::GuestSupervisor(options.guest, keys).run() ? clusterdisc::exit_success
                                                                         : clusterdisc::exit_failure;
        }
        return clusterdisc::exit_success;
    } catch (const openmosix::NotAuthenticated& error) {
        openmosix::report_refusal(error.what());
        return clusterdisc::exit_failure;
    } catch (const std::invalid_argument& error) {
        std::cerr << "omd-supervisor: " << error.what() << "\n";
        return clusterdisc::exit_usage;
    } catch (const std::exception& error) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning,
                              "supervisor (" + std::string(role) + "): " + error.what());
        return clusterdisc::exit_failure;
    }
}
