// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace openmosix {

/// Decides which messages of pages are compressed: those that are through sooner so, as the last ones show. What
/// compressing costs and saves is measured; where it did not pay, it is tried again now and then, so seldom that the
/// attempts cost little.
///
/// Pure: the caller measures.
class PackingChoice {
public:
    /// True if the next message shall be compressed. The link carries so many bytes in a second; 0 if that is not known
    /// yet.
    [[nodiscard]] bool should_pack(std::uint64_t bytes_per_second);
    /// So many bytes became so many in this time.
    void measured(std::size_t bytes, std::size_t packed, std::int64_t nanoseconds);

private:
    /// True if compressing at no cost but time would pay on a link that needs this time for a byte.
    [[nodiscard]] bool pays(double nanoseconds_of_byte, double ratio) const;

    /// The nanoseconds that compressing a byte takes, and the share of it that is left; means of the last messages.
    double cost_ = 0;
    double ratio_ = 0;
    bool is_measured_ = false;
    unsigned not_packed_ = 0;
};

}  // namespace openmosix
