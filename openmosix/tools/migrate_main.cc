// SPDX-License-Identifier: GPL-2.0-or-later
//
// migrate: moves a process to another node of the cluster.
#include <getopt.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/exit_status.h"
#include "common/printable_text.h"
#include "control/client.h"
#include "control/request.h"
#include "tools/image_target.h"

namespace openmosix {
namespace {

constexpr const char* usage =
    "Usage: migrate [OPTION]... PID NODE        to a node, by its id\n"
    "       migrate [OPTION]... PID home        back to where it was started\n"
    "       migrate [OPTION]... PID balance     to where most of a processor is free\n"
    "       migrate [OPTION]... PID file FILE   write it to a file; it goes on\n"
    "       migrate [OPTION]... PID lock        it does not leave by itself from now on\n"
    "       migrate [OPTION]... PID unlock      it may\n"
    "Move a running process between the nodes of the cluster.\n"
    "\n"
    "  --run-dir DIRECTORY  where omd is asked (default /run/openmosix, or $OMD_RUN_DIR)\n"
    "  --version            print the version and end\n"
    "  --help               print this help and end\n"
    "\n"
    "Only its owner and root move a process. mps shows where processes are.\n"
    "Exit status: 0 it was moved or written, or is there already; 1 it was not, and runs on\n"
    "where it was; 2 wrong usage.\n";

struct MigrateOptions {
    std::string run_folder = usual_run_folder();
    MoveRequest request;
    /// In place of a move.
    std::optional<MoveLock> lock;
    /// Set when there is nothing more to do.
    std::optional<int> status;
};

void take_words(const std::vector<std::string>& words, MigrateOptions& options) {
    const bool is_file = words.size() > 1 && words[1] == "file";
    if (words.size() != (is_file ? 3 : 2)) {
        std::fputs("migrate: a process and a node are needed\nTry migrate --help.\n", stderr);
        options.status = clusterdisc::exit_usage;
        return;
    }
    const std::string& pid = words[0];
    const auto [end, error] = std::from_chars(pid.data(), pid.data() + pid.size(), options.request.pid);
    if (error != std::errc() || end != pid.data() + pid.size() || options.request.pid < 1) {
        std::fprintf(stderr, "migrate: %s is not the number of a process\nTry migrate --help.\n",
                     clusterdisc::shown(pid).c_str());
        options.status = clusterdisc::exit_usage;
        return;
    }
    options.request.to = words[1];
    if (words[1] == "lock" || words[1] == "unlock") {
        options.lock = words[1] == "lock" ? MoveLock::on : MoveLock::off;
    }
    if (is_file) {
        // omd has another current folder.
        options.request.file = std::filesystem::absolute(words[2]).string();
    }
}

MigrateOptions parse_options(int argument_count, char** arguments) {
    enum Option { run_dir = 1, version, help };
    static constexpr std::array<option, 4> known = {{
        {"run-dir", required_argument, nullptr, run_dir},
        {"version", no_argument, nullptr, version},
        {"help", no_argument, nullptr, help},
        {nullptr, 0, nullptr, 0},
    }};
    MigrateOptions options;
    int choice = 0;
    while (!options.status && (choice = ::getopt_long(argument_count, arguments, "", known.data(), nullptr)) != -1) {
        switch (choice) {
            case run_dir:
                options.run_folder = ::optarg;
                break;
            case version:
                std::puts("migrate " OPENMOSIX_VERSION);
                options.status = clusterdisc::exit_success;
                break;
            case help:
                std::fputs(usage, stdout);
                options.status = clusterdisc::exit_success;
                break;
            default:
                std::fputs("Try migrate --help.\n", stderr);
                options.status = clusterdisc::exit_usage;
        }
    }
    if (!options.status) {
        take_words({arguments + ::optind, arguments + argument_count}, options);
    }
    return options;
}

int migrate(const MigrateOptions& options) {
    // Made here, with the rights of whoever asks; omd only writes.
    std::optional<ImageTarget> image;
    if (!options.request.file.empty()) {
        image.emplace(options.request.file);
    }
    HintRequest hint{.pid = options.request.pid, .hints = {}};
    hint.hints.lock = options.lock;
    const std::string line = options.lock ? to_line(hint) : to_line(options.request);
    const auto answer = ask_omd(options.run_folder, line, image ? image->number() : -1);
    if (!answer["ok"].get<bool>()) {
        std::fprintf(stderr, "migrate: %s\n", answer["reason"].get<std::string>().c_str());
        return clusterdisc::exit_failure;
    }
    if (image) {
        image->take_place();
    }
    return clusterdisc::exit_success;
}

}  // namespace
}  // namespace openmosix

int main(int argument_count, char** arguments) {
    using namespace openmosix;
    try {
        const MigrateOptions options = parse_options(argument_count, arguments);
        return options.status ? *options.status : migrate(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "migrate: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
