// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace clusterdisc::simulator {

/// A minute or two in the life of a few PCs in which all that can go wrong goes wrong: PCs with one hardware address,
/// ids wished for twice, crashes, resets, stops, pulled cables, networks that fall apart and come together, losses,
/// repeated and recorded messages. Everything follows from the seed. Then the disturbances end, and after a while all
/// must agree. Returns what was violated; empty when all is well.
std::vector<std::string> run_random_scenario(std::uint64_t seed);

}  // namespace clusterdisc::simulator
