// SPDX-License-Identifier: GPL-2.0-or-later
//
// omdiscd-simulator: thousands of nodes in virtual time, driven by the agent's own code.
#include <getopt.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "common/exit_status.h"
#include "simulator/big_cluster.h"
#include "simulator/random_scenario.h"

namespace clusterdisc::simulator {
namespace {

constexpr const char* usage =
    "Usage: omdiscd-simulator random [--seed FIRST] [--count COUNT]\n"
    "       omdiscd-simulator boot [--seed SEED] [--nodes COUNT] [--seconds SECONDS]\n"
    "Run the agent's code on a virtual network.\n"
    "\n"
    "  random  disturbances of all kinds, for COUNT seeds (default 100) from FIRST (default 1);\n"
    "          a seed that breaks a promise is printed, and breaks it again when given alone\n"
    "  boot    COUNT nodes (default 100) are switched on within SECONDS (default 10); prints, as\n"
    "          JSON, when all have the same map, and the traffic of an idle minute afterwards\n"
    "\n"
    "Exit status: 0 all promises kept, 1 some broken, 2 wrong usage.\n"
    "OMDISCD_SIMULATOR_LOG=1 in the environment shows what each node decides.\n";

struct Options {
    std::string command;
    std::uint64_t seed = 1;
    std::uint64_t count = 100;
    std::uint64_t seconds = 10;
};

struct UsageError {};

std::uint64_t parse_number(const char* text, const char* option) {
    std::uint64_t number = 0;
    const char* const end = text + std::strlen(text);
    const auto [stopped_at, error] = std::from_chars(text, end, number);
    if (error != std::errc() || stopped_at != end || number == 0) {
        std::fprintf(stderr, "omdiscd-simulator: %s takes a whole number from 1, not %s\n", option, text);
        throw UsageError{};
    }
    return number;
}

Options parse_options(int argument_count, char** arguments) {
    static constexpr std::array<option, 6> known = {{
        {"seed", required_argument, nullptr, 's'},
        {"count", required_argument, nullptr, 'c'},
        {"nodes", required_argument, nullptr, 'c'},
        {"seconds", required_argument, nullptr, 't'},
        {"help", no_argument, nullptr, 'h'},
        {nullptr, 0, nullptr, 0},
    }};
    Options options;
    int choice = 0;
    while ((choice = ::getopt_long(argument_count, arguments, "", known.data(), nullptr)) != -1) {
        switch (choice) {
            case 's':
                options.seed = parse_number(optarg, "--seed");
                break;
            case 'c':
                options.count = parse_number(optarg, "--count and --nodes");
                break;
            case 't':
                options.seconds = parse_number(optarg, "--seconds");
                break;
            case 'h':
                options.command = "help";
                return options;
            default:
                throw UsageError{};
        }
    }
    if (optind + 1 == argument_count) {
        options.command = arguments[optind];
    }
    if (options.command != "random" && options.command != "boot") {
        std::fputs("omdiscd-simulator: say one of: random, boot\n", stderr);
        throw UsageError{};
    }
    return options;
}

int run_random(const Options& options) {
    std::uint64_t broken = 0;
    for (std::uint64_t seed = options.seed; seed < options.seed + options.count; ++seed) {
        const std::vector<std::string> violations = run_random_scenario(seed);
        if (violations.empty()) {
            continue;
        }
        ++broken;
        std::printf("seed %llu: %zu violations; again by: omdiscd-simulator random --seed %llu --count 1\n",
                    static_cast<unsigned long long>(seed), violations.size(), static_cast<unsigned long long>(seed));
        constexpr std::size_t max_shown = 5;
        for (std::size_t index = 0; index < violations.size() && index < max_shown; ++index) {
            std::printf("  %s\n", violations.at(index).c_str());
        }
    }
    std::printf("%llu seeds, %llu broke a promise\n", static_cast<unsigned long long>(options.count),
                static_cast<unsigned long long>(broken));
    return broken == 0 ? exit_success : exit_failure;
}

int run_boot(const Options& options) {
    const BootResult result =
        boot_big_cluster(options.seed, static_cast<std::size_t>(options.count), std::chrono::seconds(options.seconds));
    std::printf(
        "{\"nodes\": %llu, \"agreed_after_seconds\": %.2f, \"idle_bytes_per_second\": {\"sent\": %.0f, \"received\": "
        "%.0f}, \"boot_megabytes_received\": %.2f}\n",
        static_cast<unsigned long long>(options.count), result.agreed_after_seconds, result.idle_sent,
        result.idle_received, result.boot_received / 1e6);
    return result.agreed_after_seconds >= 0 ? exit_success : exit_failure;
}

int run(int argument_count, char** arguments) {
    const Options options = parse_options(argument_count, arguments);
    if (options.command == "help") {
        std::fputs(usage, stdout);
        return exit_success;
    }
    return options.command == "random" ? run_random(options) : run_boot(options);
}

}  // namespace
}  // namespace clusterdisc::simulator

int main(int argument_count, char** arguments) {
    try {
        return clusterdisc::simulator::run(argument_count, arguments);
    } catch (const clusterdisc::simulator::UsageError&) {
        std::fputs("Try omdiscd-simulator --help.\n", stderr);
        return clusterdisc::exit_usage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "omdiscd-simulator: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
