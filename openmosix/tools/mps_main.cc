// SPDX-License-Identifier: GPL-2.0-or-later
//
// mps: shows where processes are.
#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/exit_status.h"
#include "control/client.h"
#include "freeze/cant_move.h"
#include "procfs/process_stat.h"
#include "procfs/process_status.h"
#include "tools/local_processes.h"
#include "tools/process_table.h"

namespace openmosix {
namespace {

constexpr const char* usage =
    "Usage: mps [OPTION]...\n"
    "Show the processes of this node that are on another one, and the guests from others.\n"
    "\n"
    "  -a, --all            all processes, and why they cannot move\n"
    "      --json           as JSON\n"
    "      --run-dir DIRECTORY  where omd is asked (default /run/openmosix, or $OMD_RUN_DIR)\n"
    "      --version        print the version and end\n"
    "      --help           print this help and end\n"
    "\n"
    "Exit status: 0 shown, 1 omd does not answer, 2 wrong usage.\n";

struct MpsOptions {
    std::string run_folder = usual_run_folder();
    bool shows_all = false;
    bool is_json = false;
    /// Set when there is nothing more to do.
    std::optional<int> status;
};

MpsOptions parse_options(int argument_count, char** arguments) {
    enum Option { run_dir = 1, json, version, help };
    static constexpr std::array<option, 6> known = {{
        {"run-dir", required_argument, nullptr, run_dir},
        {"all", no_argument, nullptr, 'a'},
        {"json", no_argument, nullptr, json},
        {"version", no_argument, nullptr, version},
        {"help", no_argument, nullptr, help},
        {nullptr, 0, nullptr, 0},
    }};
    MpsOptions options;
    int choice = 0;
    while (!options.status && (choice = ::getopt_long(argument_count, arguments, "a", known.data(), nullptr)) != -1) {
        switch (choice) {
            case run_dir:
                options.run_folder = ::optarg;
                break;
            case 'a':
                options.shows_all = true;
                break;
            case json:
                options.is_json = true;
                break;
            case version:
                std::puts("mps " OPENMOSIX_VERSION);
                options.status = clusterdisc::exit_success;
                break;
            case help:
                std::fputs(usage, stdout);
                options.status = clusterdisc::exit_success;
                break;
            default:
                std::fputs("Try mps --help.\n", stderr);
                options.status = clusterdisc::exit_usage;
        }
    }
    if (!options.status && ::optind < argument_count) {
        std::fputs("mps: takes no arguments\nTry mps --help.\n", stderr);
        options.status = clusterdisc::exit_usage;
    }
    return options;
}

nlohmann::json ask(const std::string& run_folder, const char* request) {
    auto answer = ask_omd(run_folder, request);
    if (!answer["ok"].get<bool>()) {
        throw std::runtime_error(answer["reason"].get<std::string>());
    }
    return answer;
}

/// The processor time that a process of this machine has used, in seconds; 0 when it is gone.
std::uint64_t processor_time(pid_t pid) {
    const ProcessStat stat = find_process_stat(pid).value_or(ProcessStat());
    return (stat.user_time + stat.system_time) / static_cast<std::uint64_t>(std::max(::sysconf(_SC_CLK_TCK), 1L));
}

/// None when it has ended meanwhile.
std::optional<nlohmann::json> describe_here(pid_t pid, const nlohmann::json& node) {
    const auto status = find_process_status(pid);
    if (!status) {
        return std::nullopt;
    }
    nlohmann::json state{{"pid", pid},   {"name", status->name}, {"uid", status->users[1]},
                         {"home", node}, {"node", node},         {"state", "here"},
                         {"moves", 0}};
    std::vector<std::string> reasons;
    try {
        reasons = reasons_to_stay(pid);
    } catch (const std::system_error&) {
        // Others' memory maps are root's to read.
        reasons = {"not known: only root sees why"};
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
    state["reasons"] = reasons;
    // The word before the explanation.
    state["reason"] = reasons.empty() ? "" : reasons.front().substr(0, reasons.front().find(':'));
    return state;
}

void add_others(nlohmann::json& answer, const nlohmann::json& node) {
    std::set<pid_t> known;
    for (const char* list : {"processes", "guests"}) {
        for (const auto& state : answer[list]) {
            known.insert(state["pid"].get<pid_t>());
        }
    }
    answer["others"] = nlohmann::json::array();
    for (const pid_t pid : all_processes()) {
        auto state = known.contains(pid) || pid == ::getpid() ? std::nullopt : describe_here(pid, node);
        if (state) {
            answer["others"].push_back(std::move(*state));
        }
    }
}

std::vector<ProcessRow> to_rows(const nlohmann::json& answer) {
    std::vector<ProcessRow> rows;
    for (const char* list : {"processes", "guests", "others"}) {
        for (const auto& state : answer.value(list, nlohmann::json::array())) {
            ProcessRow row = to_row(state, std::string_view(list) == "guests");
            row.seconds = processor_time(row.pid);
            row.user = user_name(state.value("uid", uid_t{0}));
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

int show(const MpsOptions& options) {
    auto answer = ask(options.run_folder, "{\"request\":\"list\"}\n");
    if (options.shows_all) {
        const auto status = ask(options.run_folder, "{\"request\":\"status\"}\n");
        const auto node = status.find("node");
        add_others(answer, node != status.end() && node->is_number_unsigned() ? *node : nlohmann::json(0U));
    }
    answer.erase("ok");
    const std::string text = options.is_json
                                 ? answer.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n'
                                 : to_table(to_rows(answer));
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
        throw std::runtime_error("cannot write to standard output");
    }
    return clusterdisc::exit_success;
}

}  // namespace
}  // namespace openmosix

int main(int argument_count, char** arguments) {
    using namespace openmosix;
    try {
        const MpsOptions options = parse_options(argument_count, arguments);
        return options.status ? *options.status : show(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "mps: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
