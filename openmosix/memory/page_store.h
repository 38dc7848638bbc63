// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>

namespace openmosix {

/// Where pages of a process are that need not be sent again, if they are still what they were.
class PageStore {
public:
    PageStore() = default;
    PageStore(const PageStore&) = delete;
    PageStore& operator=(const PageStore&) = delete;
    PageStore(PageStore&&) = delete;
    PageStore& operator=(PageStore&&) = delete;
    virtual ~PageStore() = default;

    /// What is there of the page of this address; false when there is none.
    [[nodiscard]] virtual bool read(std::uint64_t address, std::span<std::uint8_t> page) const = 0;
    /// Nobody will read it.
    virtual void drop(std::uint64_t address) = 0;
};

}  // namespace openmosix
