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
    };
    Kind kind = Kind::request;
    std::uint32_t pages = 0;
    std::uint64_t address = 0;
};
static_assert(sizeof(PageHeader) == 16);

/// Of one message with pages or about some: large enough that the cost of a system call does not count.
inline constexpr std::uint32_t max_pages_of_message = 64;

/// The bytes that follow this header.
constexpr std::size_t size_of_payload(const PageHeader& header) {
    if (header.kind == PageHeader::Kind::same) {
        return sizeof(std::uint64_t) + static_cast<std::size_t>(header.pages) * sizeof(PageHash);
    }
    return header.kind == PageHeader::Kind::data ? static_cast<std::size_t>(header.pages) * page_size : 0;
}

/// What a message of pages costs both sides, as a number of bytes: pages that the receiver copies itself count as if
/// they had come.
constexpr std::uint64_t work_of(const PageHeader& header) {
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
