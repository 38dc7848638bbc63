// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/held_pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <limits>

#include "procfs/group_memory.h"
#include "procfs/memory_information.h"

namespace openmosix {

namespace {

constexpr std::size_t pages_of_block = 64;
/// The limit where our own address space is small.
constexpr std::uint64_t max_bytes =
    sizeof(void*) == 4 ? std::uint64_t{1} << 30U : std::numeric_limits<std::uint64_t>::max();

}  // namespace

class HeldPages::Block {
public:
    Block() : memory_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    Block(Block&&) = delete;
    Block& operator=(Block&&) = delete;
    ~Block() {
        if (memory_ != MAP_FAILED) {
            ::munmap(memory_, size);
        }
    }

    /// None when there was no memory.
    [[nodiscard]] std::uint8_t* page(std::size_t number) const {
        return memory_ == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(memory_) + number * page_size;
    }

private:
    static constexpr std::size_t size = pages_of_block * page_size;
    void* memory_;
};

void HeldPages::add(std::uint64_t address, std::span<const std::uint8_t> page) {
    auto found = pages_.find(address);
    if (found == pages_.end()) {
        if (pages_.size() >= max_pages_) {
            return;
        }
        if (!block_ || used_ == pages_of_block) {
            block_ = std::make_shared<Block>();
            used_ = 0;
        }
        std::uint8_t* content = block_->page(used_);
        if (content == nullptr) {
            max_pages_ = pages_.size();
            return;
        }
        ++used_;
        found = pages_.emplace(address, Page{block_, content}).first;
    }
    std::ranges::copy(page.first(page_size), found->second.content);
}

bool HeldPages::read(std::uint64_t address, std::span<std::uint8_t> page) const {
    const auto found = pages_.find(address);
    if (found == pages_.end()) {
        return false;
    }
    std::ranges::copy(std::span(found->second.content, page_size), page.begin());
    return true;
}

std::size_t max_held_pages() {
    return static_cast<std::size_t>(std::min({available_memory(), room_in_own_group(), max_bytes}) / 2 / page_size);
}

}  // namespace openmosix
