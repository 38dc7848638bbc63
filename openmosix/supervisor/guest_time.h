// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "peer/used_time.h"

namespace openmosix {

/// Where a guest runs: what it has used of processors, here and before. None of it ever decreases.
class GuestTime {
public:
    GuestTime() = default;
    /// As home says (Arrive).
    GuestTime(std::uint64_t at_home, const UsedTime& elsewhere, const UsedTime& counted);

    /// What the body has used: nanoseconds in all, and what of it, less exactly, for the system.
    void set_body(std::uint64_t all, std::uint64_t system);
    void set_counted(const UsedTime& counted) { counted_ = grown(counted_, counted, max_used_time); }

    [[nodiscard]] UsedTime elsewhere() const { return before_ + body_; }
    /// What of elsewhere() home's kernel does not add to what it says.
    [[nodiscard]] UsedTime uncounted() const { return without(elsewhere(), counted_); }
    /// Everything, home included, when the body has used so many nanoseconds.
    [[nodiscard]] std::uint64_t all(std::uint64_t body) const;

private:
    std::uint64_t at_home_ = 0;
    UsedTime before_;
    UsedTime body_;
    UsedTime counted_;
};

}  // namespace openmosix
