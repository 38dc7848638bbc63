// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace clusterdisc {

/// Takes numbers (big-endian) and bytes one after another. At the first thing that is not there it fails, and gives
/// zeros and nothing from then on, so that only the end must be checked.
class ByteReader {
public:
    explicit ByteReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

    template <std::unsigned_integral Number>
    Number number() {
        Number value = 0;
        for (const std::uint8_t byte : bytes(sizeof value)) {
            value = static_cast<Number>(std::uint64_t{value} << 8U | byte);
        }
        return value;
    }

    /// A part of what the reader was made from; nothing when there are not so many bytes.
    std::span<const std::uint8_t> bytes(std::size_t size) {
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const auto part = rest_.first(size);
        rest_ = rest_.subspan(size);
        return part;
    }

    template <std::size_t Size>
    std::array<std::uint8_t, Size> array() {
        std::array<std::uint8_t, Size> result{};
        std::ranges::copy(bytes(Size), result.begin());
        return result;
    }

    /// Says that what was read is malformed.
    void fail() {
        has_failed_ = true;
        rest_ = {};
    }

    [[nodiscard]] bool has_failed() const { return has_failed_; }
    /// Nothing failed, and nothing is left.
    [[nodiscard]] bool is_complete() const { return !has_failed_ && rest_.empty(); }

private:
    std::span<const std::uint8_t> rest_;
    bool has_failed_ = false;
};

}  // namespace clusterdisc
