// SPDX-License-Identifier: GPL-2.0-or-later
//
// openmosix-simulator: clusters with jobs in virtual time, balanced by omd's own code.
#include <getopt.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "balance/simulator/comparison.h"
#include "balance/simulator/gossip_cost.h"
#include "balance/simulator/random_scenario.h"
#include "common/exit_status.h"

namespace openmosix::balance::simulator {
namespace {

constexpr const char* usage =
    "Usage: openmosix-simulator random [--seed FIRST] [--count COUNT]\n"
    "       openmosix-simulator compare [--seed FIRST] [--count COUNT]\n"
    "       openmosix-simulator gossip [--seed SEED] [--nodes COUNT]\n"
    "Run the balancer's code on virtual clusters.\n"
    "\n"
    "  random   events of all kinds, for COUNT seeds (default 100) from FIRST (default 1);\n"
    "           a seed that breaks an invariant is printed, and breaks it again when given alone\n"
    "  compare  workloads under each policy, means of COUNT seeds; prints JSON lines, also\n"
    "           whether each bar is met\n"
    "  gossip   what load information costs and brings among COUNT idle nodes, as JSON\n"
    "\n"
    "Exit status: 0 all invariants held and all bars met, 1 some not, 2 wrong usage.\n";

struct Options {
    std::string command;
    std::uint64_t seed = 1;
    std::uint64_t count = 100;
};

struct UsageError {};

std::uint64_t parse_number(const char* text, const char* option) {
    std::uint64_t number = 0;
    const char* const end = text + std::strlen(text);
    const auto [stopped_at, error] = std::from_chars(text, end, number);
    if (error != std::errc() || stopped_at != end || number == 0) {
        std::fprintf(stderr, "openmosix-simulator: %s takes a whole number from 1, not %s\n", option, text);
        throw UsageError{};
    }
    return number;
}

Options parse_options(int argument_count, char** arguments) {
    static constexpr std::array<option, 5> known = {{
        {"seed", required_argument, nullptr, 's'},
        {"count", required_argument, nullptr, 'c'},
        {"nodes", required_argument, nullptr, 'c'},
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
    if (options.command != "random" && options.command != "compare" && options.command != "gossip") {
        std::fputs("openmosix-simulator: say one of: random, compare, gossip\n", stderr);
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
        std::printf("seed %llu: %zu violations; again by: openmosix-simulator random --seed %llu --count 1\n",
                    static_cast<unsigned long long>(seed), violations.size(), static_cast<unsigned long long>(seed));
        constexpr std::size_t max_shown = 5;
        for (std::size_t index = 0; index < violations.size() && index < max_shown; ++index) {
            std::printf("  %s\n", violations.at(index).c_str());
        }
    }
    std::printf("%llu seeds, %llu broke an invariant\n", static_cast<unsigned long long>(options.count),
                static_cast<unsigned long long>(broken));
    return broken == 0 ? clusterdisc::exit_success : clusterdisc::exit_failure;
}

int run_gossip(const Options& options) {
    const GossipCost cost = measure_gossip_cost(static_cast<std::size_t>(options.count), options.seed);
    std::printf("{\"nodes\": %llu, \"bytes_per_second\": %.0f, \"known_nodes\": %.1f, \"mean_age_seconds\": %.2f}\n",
                static_cast<unsigned long long>(options.count), cost.bytes_per_second, cost.known_nodes, cost.mean_age);
    constexpr double max_bytes_per_second = 1000;
    return cost.bytes_per_second <= max_bytes_per_second ? clusterdisc::exit_success : clusterdisc::exit_failure;
}

int run(int argument_count, char** arguments) {
    const Options options = parse_options(argument_count, arguments);
    if (options.command == "help") {
        std::fputs(usage, stdout);
        return clusterdisc::exit_success;
    }
    if (options.command == "random") {
        return run_random(options);
    }
    if (options.command == "gossip") {
        return run_gossip(options);
    }
    return compare(options.seed, options.count) ? clusterdisc::exit_success : clusterdisc::exit_failure;
}

}  // namespace
}  // namespace openmosix::balance::simulator

int main(int argument_count, char** arguments) {
    try {
        return openmosix::balance::simulator::run(argument_count, arguments);
    } catch (const openmosix::balance::simulator::UsageError&) {
        std::fputs("Try openmosix-simulator --help.\n", stderr);
        return clusterdisc::exit_usage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "openmosix-simulator: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
