// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace openmosix::balance::simulator {

/// Two minutes in the life of a cluster in which much happens: 2 to 12 nodes (now and then 40) of different speed and
/// memory with clocks of their own, jobs of all kinds, users who come and go, commands of administrators, crashes,
/// joins and leaves, lost messages, a node that lies about its load. Everything follows from the seed. Returns what was
/// violated; empty when all is well.
std::vector<std::string> run_random_scenario(std::uint64_t seed);

}  // namespace openmosix::balance::simulator
