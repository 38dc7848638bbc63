// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace clusterdisc {

/// Random numbers for schedules and choices: the same seed gives the same run, which is what the simulator replays.
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). Challenges, which must
/// not be guessed, come from the environment instead.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31U);
    }

    /// 0 to `end` - 1; 0 when `end` is 0.
    std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : next() % end; }

    bool chance(double probability) {
        constexpr double steps = 1U << 30U;
        return static_cast<double>(below(1U << 30U)) < probability * steps;
    }

    template <typename Item>
    void shuffle(std::vector<Item>& items) {
        for (std::size_t left = items.size(); left > 1; --left) {
            using std::swap;
            swap(items[left - 1], items[static_cast<std::size_t>(below(left))]);
        }
    }

private:
    std::uint64_t state_;
};

}  // namespace clusterdisc
