// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/packing_choice.h"

namespace openmosix {

namespace {

/// How much of the mean the latest message is.
constexpr double weight = 0.25;
/// What the receiver needs for unpacking comes to what the sender needs for packing.
constexpr double cost_of_both_sides = 1.5;
/// Compressing is begun when it saves at least a tenth.
constexpr double worthwhile = 0.9;
/// An attempt follows after so many messages that were sent as they are ...
constexpr unsigned messages_between_attempts = 16;
/// ... or, where the processor is so slow or the link so fast that nothing can be gained, after so many.
constexpr unsigned messages_between_hopeless_attempts = 1024;

}  // namespace

bool PackingChoice::pays(double nanoseconds_of_byte, double ratio) const {
    return cost_of_both_sides * cost_ + ratio * nanoseconds_of_byte < worthwhile * nanoseconds_of_byte;
}

bool PackingChoice::should_pack(std::uint64_t bytes_per_second) {
    constexpr double nanoseconds_of_second = 1e9;
    if (bytes_per_second == 0) {
        return false;
    }
    const double nanoseconds_of_byte = nanoseconds_of_second / static_cast<double>(bytes_per_second);
    if (is_measured_ && !pays(nanoseconds_of_byte, ratio_)) {
        const unsigned wait =
            pays(nanoseconds_of_byte, 0) ? messages_between_attempts : messages_between_hopeless_attempts;
        if (++not_packed_ <= wait) {
            return false;
        }
    }
    not_packed_ = 0;
    return true;
}

void PackingChoice::measured(std::size_t bytes, std::size_t packed, std::int64_t nanoseconds) {
    const double cost = static_cast<double>(nanoseconds) / static_cast<double>(bytes);
    const double ratio = static_cast<double>(packed) / static_cast<double>(bytes);
    cost_ = is_measured_ ? cost_ + weight * (cost - cost_) : cost;
    ratio_ = is_measured_ ? ratio_ + weight * (ratio - ratio_) : ratio;
    is_measured_ = true;
}

}  // namespace openmosix
