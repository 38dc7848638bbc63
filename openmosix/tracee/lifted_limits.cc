// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/lifted_limits.h"

#include <cstring>
#include <exception>
#include <limits>

namespace openmosix {

namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

/// prlimit64(2).
constexpr std::uint64_t prlimit_number(Abi abi) {
    return abi == Abi::i386 ? 340 : 302;
}

}  // namespace

LiftedLimits::LiftedLimits(Agent& agent, std::span<const __rlimit_resource> resources) : agent_(agent) {
    std::vector<InjectedCall> calls;
    for (const __rlimit_resource resource : resources) {
        calls.push_back(
            {prlimit_number(agent.abi()), {0, resource, 0, agent.scratch() + calls.size() * sizeof(Limit)}});
    }
    agent.run(calls);
    std::vector<Limit> limits(resources.size());
    const auto bytes = agent.read_scratch(0, limits.size() * sizeof(Limit));
    std::memcpy(limits.data(), bytes.data(), bytes.size());
    for (std::size_t i = 0; i < resources.size(); ++i) {
        if (limits.at(i).soft == no_limit) {
            continue;
        }
        const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
        if (::prlimit(agent.pid(), resources[i], &none, nullptr) != 0) {
            set(resources[i], {limits.at(i).hard, limits.at(i).hard});
        }
        lifted_.push_back({resources[i], limits.at(i)});
    }
}

LiftedLimits::~LiftedLimits() {
    try {
        for (const Lifted& each : lifted_) {
            set(each.resource, each.before);
        }
    } catch (const std::exception&) {
        // It has ended.
    }
}

void LiftedLimits::set(std::uint64_t resource, const Limit& limit) {
    std::vector<std::uint8_t> bytes(sizeof limit);
    std::memcpy(bytes.data(), &limit, sizeof limit);
    agent_.write_scratch(0, bytes);
    agent_.call("prlimit", prlimit_number(agent_.abi()), {0, resource, agent_.scratch(), 0});
}

}  // namespace openmosix
