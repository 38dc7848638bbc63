// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sodium.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>

#include "image/checkpoint_state.h"
#include "memory/page_ranges.h"

/// The file of a process image, as docs/image-format.md has it: a header, the state, runs of pages, a checksum.
namespace openmosix {

/// Changes with every field of CheckpointState and of what is in it.
inline constexpr std::uint32_t image_version = 2;
inline constexpr std::array<std::uint8_t, 8> image_magic{0x89, 'O', 'M', 'I', 'M', 'A', 'G', 'E'};
/// Of the encoded state, in bytes.
inline constexpr std::uint32_t max_state = std::uint32_t{32} << 20U;
inline constexpr std::uint32_t max_pages_of_run = 256;
inline constexpr std::size_t image_header_size = 16;
inline constexpr std::size_t image_run_size = 16;
inline constexpr std::size_t image_checksum_size = 32;

/// The file is no image, a part of one, or damaged; the text says what is wrong with it.
class ImageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// BLAKE2b (RFC 7693) of what goes through it.
class ImageChecksum {
public:
    ImageChecksum();
    void add(std::span<const std::uint8_t> bytes);
    std::array<std::uint8_t, image_checksum_size> end();

private:
    crypto_generichash_state state_{};
};

/// Makes a file's bytes one after another.
class ImageWriter {
public:
    /// Takes bytes; whatever it throws passes through.
    using Write = std::function<void(std::span<const std::uint8_t>)>;

    /// Writes the header and the state. Throws std::runtime_error when the state is longer than a file may have it.
    ImageWriter(Write write, const CheckpointState& state);
    /// At most max_pages_of_run whole pages, in order of addresses.
    void add_run(std::uint64_t address, std::span<const std::uint8_t> pages);
    /// Nothing comes after it.
    void finish();

private:
    void put(std::span<const std::uint8_t> bytes);

    Write write_;
    ImageChecksum checksum_;
};

/// Takes the bytes of a file, which may be anything, apart. Memory: a small multiple of the state's size, and one run.
class ImageReader {
public:
    /// Fills the bytes as far as there are any; returns how many that were.
    using Read = std::function<std::size_t(std::span<std::uint8_t>)>;

    /// Reads the header and the state. Throws ImageError.
    explicit ImageReader(Read read);
    [[nodiscard]] const CheckpointState& state() const { return state_; }

    struct Run {
        std::uint64_t address = 0;
        /// Valid until the next call.
        std::span<const std::uint8_t> pages;
    };
    /// The next pages, which lie in one of the state's ranges; none at the end, when the checksum is right, too. Throws
    /// ImageError.
    std::optional<Run> next();

private:
    void take(std::span<std::uint8_t> bytes, const char* what);
    void check_end();

    ImageChecksum checksum_;
    Read read_;
    CheckpointState state_;
    PageRanges mapped_;
    std::uint64_t end_ = 0;
    Bytes pages_;
};

}  // namespace openmosix
