// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace clusterdisc {

/// Puts numbers (big-endian) and bytes one after another.
class ByteWriter {
public:
    explicit ByteWriter(std::size_t expected_size) { content_.reserve(expected_size); }

    template <std::unsigned_integral Number>
    void number(Number value) {
        for (std::size_t shift = 8 * sizeof value; shift != 0;) {
            shift -= 8;
            content_.push_back(static_cast<std::uint8_t>(value >> shift));
        }
    }

    void bytes(std::span<const std::uint8_t> bytes) { content_.insert(content_.end(), bytes.begin(), bytes.end()); }

    std::vector<std::uint8_t> take() && { return std::move(content_); }

private:
    std::vector<std::uint8_t> content_;
};

/// Counts what a ByteWriter would write.
class ByteCounter {
public:
    template <std::unsigned_integral Number>
    void number(Number value) {
        size_ += sizeof value;
    }

    void bytes(std::span<const std::uint8_t> bytes) { size_ += bytes.size(); }

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::size_t size_ = 0;
};

}  // namespace clusterdisc
