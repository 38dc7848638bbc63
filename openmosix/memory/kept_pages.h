// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "memory/layout_plan.h"
#include "memory/page_store.h"
#include "tracee/agent.h"
#include "tracee/memory_file.h"

namespace openmosix {

/// What a process that comes home had here when it left, set aside in its own address space so that its old places can
/// be watched. The kernel may have taken pages away meanwhile (MADV_FREE); they are zeros then.
class KeptPages : public PageStore {
public:
    /// `memory` must live longer.
    explicit KeptPages(const MemoryFile& memory) : memory_(memory) {}

    /// Bytes of address space that set_aside() wants for these steps (LayoutStep::Kind::discard); 0: none.
    [[nodiscard]] static std::uint64_t wanted(const std::vector<LayoutStep>& discards);
    /// Empties the ranges of these steps, and keeps what was in the larger ones from address `area` on, where as much
    /// is free as wanted() says; none: keeps nothing. Throws std::system_error when one can neither be kept nor
    /// discarded.
    void set_aside(Agent& agent, const std::vector<LayoutStep>& discards, std::optional<std::uint64_t> area);
    /// Unmaps all that was set aside.
    void give_back(Agent& agent);

    [[nodiscard]] bool read(std::uint64_t address, std::span<std::uint8_t> page) const override;
    void drop(std::uint64_t) override {}

private:
    struct Place {
        std::uint64_t end = 0;
        std::uint64_t kept_at = 0;
    };

    const MemoryFile& memory_;
    /// By where they were.
    std::map<std::uint64_t, Place> places_;
    std::uint64_t area_ = 0;
    std::uint64_t area_size_ = 0;
};

}  // namespace openmosix
