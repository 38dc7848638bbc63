// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi.h"

namespace openmosix {

/// What goes over a page connection, in either direction: this header, in the byte order of x86, and after `data` the
/// pages themselves.
struct PageHeader {
    enum class Kind : std::uint32_t {
        /// The receiver of pages wants these soon.
        request = 1,
        data = 2,
        /// These pages are zeros.
        zero = 3,
        /// All that is not on request only has been sent; no address, no pages.
        done = 4,
        /// The receiver of pages is there; before it nothing is sent, as what the sender of another time reads is lost.
        begin = 5,
    };
    Kind kind = Kind::request;
    std::uint32_t pages = 0;
    std::uint64_t address = 0;
};
static_assert(sizeof(PageHeader) == 16);

/// Of one `data`: small, so that an urgent page does not wait long behind it, and large enough that the cost of a
/// system call does not count.
inline constexpr std::uint32_t max_pages_of_data = 64;
inline constexpr std::uint32_t max_pages_of_request = 64;

/// Whether this may come over a connection.
constexpr bool is_valid(const PageHeader& header) {
    switch (header.kind) {
        case PageHeader::Kind::request:
            return header.address % page_size == 0 && header.pages >= 1 && header.pages <= max_pages_of_request;
        case PageHeader::Kind::data:
            return header.address % page_size == 0 && header.pages >= 1 && header.pages <= max_pages_of_data;
        case PageHeader::Kind::zero:
            return header.address % page_size == 0 && header.pages >= 1 &&
                   header.address <= ~std::uint64_t{0} - std::uint64_t{header.pages} * page_size;
        case PageHeader::Kind::done:
        case PageHeader::Kind::begin:
            return header.pages == 0;
    }
    return false;
}

}  // namespace openmosix
