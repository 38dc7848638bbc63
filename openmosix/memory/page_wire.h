// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi.h"
#include "memory/page_hash.h"

namespace openmosix {

/// What goes over a page connection, in either direction: this header, in the byte order of x86, and what belongs to
/// it.
struct PageHeader {
    enum class Kind : std::uint32_t {
        /// The receiver's process waits for these pages.
        request = 1,
        data = 2,
        /// These pages are zeros.
        zero = 3,
        /// All that is not on request only has been sent; no address, no pages.
        done = 4,
        /// The receiver of pages is there; before it nothing is sent, as what the sender of another time reads is lost.
        begin = 5,
        /// The receiver's process will probably want these soon.
        read_ahead = 6,
        /// The receiver has put in place what came: `address` is work_of() of all `data`, `zero`, `same` and `done`
        /// messages since `begin` or `begin_ahead`; no pages.
        received = 7,
        /// These pages are what the receiver has of them: what came before the process did (AdvanceCopy), or what it
        /// left behind when it went. A seed of 64 bits follows, and the hash of each page by it (PageHasher).
        same = 8,
        /// The receiver has not what was said to be the same.
        lacking = 9,
        /// The receiver takes what is sent ahead of a process (AdvanceCopy); as `begin` otherwise.
        begin_ahead = 10,
        /// Pages as in `data`, compressed (PageCompressor): a block of LZ4 follows. The lower 8 bits of `pages` are the
        /// number of pages, the others the size of the block in bytes. A PageReader hands it on as `data`.
        packed = 11,
    };
    Kind kind = Kind::request;
    std::uint32_t pages = 0;
    std::uint64_t address = 0;
};
static_assert(sizeof(PageHeader) == 16);

/// Of one message with pages or about some: large enough that the cost of a system call does not count.
inline constexpr std::uint32_t max_pages_of_message = 64;

constexpr std::uint32_t bits_of_packed_pages = 8;

/// Returns what `pages` is for a `packed` message of that many pages in `size` bytes.
constexpr std::uint32_t packed_pages(std::uint32_t pages, std::size_t size) {
    return pages | static_cast<std::uint32_t>(size) << bits_of_packed_pages;
}

/// Returns how many pages the message is about.
constexpr std::uint32_t page_count(const PageHeader& header) {
    return header.kind == PageHeader::Kind::packed ? header.pages & ((1U << bits_of_packed_pages) - 1) : header.pages;
}

/// Returns the bytes that follow this header.
constexpr std::size_t size_of_payload(const PageHeader& header) {
    if (header.kind == PageHeader::Kind::same) {
        return sizeof(std::uint64_t) + static_cast<std::size_t>(header.pages) * sizeof(PageHash);
    }
    if (header.kind == PageHeader::Kind::packed) {
        return header.pages >> bits_of_packed_pages;
    }
    return header.kind == PageHeader::Kind::data ? static_cast<std::size_t>(header.pages) * page_size : 0;
}

/// Returns what a message of pages costs both sides, as a number of bytes: pages that the receiver copies itself or
/// unpacks count as if they had come as they are.
constexpr std::uint64_t work_of(const PageHeader& header) {
    if (header.kind == PageHeader::Kind::packed) {
        return sizeof header + std::uint64_t{page_count(header)} * page_size;
    }
    const std::uint64_t copied =
        header.kind == PageHeader::Kind::same ? std::uint64_t{header.pages} * page_size : std::uint64_t{0};
    return sizeof header + size_of_payload(header) + copied;
}

constexpr std::uint64_t max_end = ~std::uint64_t{0};

/// Whether this may come over a connection.
constexpr bool is_valid(const PageHeader& header) {
    switch (header.kind) {
        case PageHeader::Kind::request:
        case PageHeader::Kind::read_ahead:
        case PageHeader::Kind::data:
        case PageHeader::Kind::same:
        case PageHeader::Kind::lacking:
            return header.address % page_size == 0 && header.pages >= 1 && header.pages <= max_pages_of_message &&
                   header.address <= max_end - std::uint64_t{header.pages} * page_size;
        case PageHeader::Kind::packed:
            return header.address % page_size == 0 && page_count(header) >= 1 &&
                   page_count(header) <= max_pages_of_message && size_of_payload(header) >= 1 &&
                   size_of_payload(header) < std::size_t{page_count(header)} * page_size &&
                   header.address <= max_end - std::uint64_t{page_count(header)} * page_size;
        case PageHeader::Kind::zero:
            return header.address % page_size == 0 && header.pages >= 1 &&
                   header.address <= max_end - std::uint64_t{header.pages} * page_size;
        case PageHeader::Kind::done:
        case PageHeader::Kind::begin:
        case PageHeader::Kind::begin_ahead:
        case PageHeader::Kind::received:
            return header.pages == 0;
    }
    return false;
}

}  // namespace openmosix
