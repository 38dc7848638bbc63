// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>

#include "abi.h"
#include "memory/page_store.h"

namespace openmosix {

/// Pages of a process that came before it did. Their memory goes back to the kernel as they are dropped. Not safe in
/// several threads.
class HeldPages : public PageStore {
public:
    /// Holds no more than that many.
    explicit HeldPages(std::size_t max_pages) : max_pages_(max_pages) {}

    [[nodiscard]] std::size_t max_pages() const { return max_pages_; }
    /// In place of an earlier one of the same address; not at all when there are too many.
    void add(std::uint64_t address, std::span<const std::uint8_t> page);
    [[nodiscard]] bool read(std::uint64_t address, std::span<std::uint8_t> page) const override;
    void drop(std::uint64_t address) override { pages_.erase(address); }
    [[nodiscard]] std::size_t size() const { return pages_.size(); }

private:
    class Block;
    /// A page of a block, which lives as long as one of its pages.
    struct Page {
        std::shared_ptr<Block> block;
        std::uint8_t* content = nullptr;
    };

    std::size_t max_pages_;
    std::unordered_map<std::uint64_t, Page> pages_;
    std::shared_ptr<Block> block_;
    std::size_t used_ = 0;
};

/// How many pages may be held for a process that is to come: half of the memory that is free here, and half of what is
/// left to our control group, so that there is something for the next one.
std::size_t max_held_pages();

}  // namespace openmosix
