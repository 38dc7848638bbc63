// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/lifted_limits.h"

#include <sys/resource.h>

#include <array>
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

LiftedLimits::LiftedLimits(Tracee& tracee, Agent& agent) : agent_(agent) {
    constexpr std::array<__rlimit_resource, 2> resources{RLIMIT_AS, RLIMIT_DATA};
    std::array<InjectedCall, resources.size()> calls;
    for (std::size_t i = 0; i < resources.size(); ++i) {
        calls.at(i) = {prlimit_number(agent.abi()), {0, resources.at(i), 0, agent.scratch() + i * sizeof(Limit)}};
    }
    agent.run(calls);
    std::array<Limit, resources.size()> limits;
    const auto bytes = agent.read_scratch(0, sizeof limits);
    std::memcpy(limits.data(), bytes.data(), sizeof limits);
    for (std::size_t i = 0; i < resources.size(); ++i) {
        if (limits.at(i).soft == no_limit) {
            continue;
        }
        const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
        if (::prlimit(tracee.pid(), resources.at(i), &none, nullptr) != 0) {
            set(resources.at(i), {limits.at(i).hard, limits.at(i).hard});
        }
        lifted_.push_back({resources.at(i), limits.at(i)});
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
