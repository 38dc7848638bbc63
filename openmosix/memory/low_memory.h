// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace openmosix {

/// A block of our own memory below 4 GiB. Of there alone userfaultfd(2) copies into an i386 process: since Linux 6.6 it
/// wants the source, too, within what the process that faults can address (mm/userfaultfd.c, fs/userfaultfd.c,
/// validate_unaligned_range()).
class LowMemory {
public:
    /// Throws std::system_error.
    explicit LowMemory(std::size_t size);
    LowMemory(LowMemory&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    LowMemory& operator=(LowMemory&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    LowMemory(const LowMemory&) = delete;
    LowMemory& operator=(const LowMemory&) = delete;
    ~LowMemory();

    [[nodiscard]] std::uint8_t* data() const { return bytes_.data(); }
    [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }
    [[nodiscard]] std::span<std::uint8_t> writable() const { return bytes_; }

private:
    std::span<std::uint8_t> bytes_;
};

}  // namespace openmosix
