// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>

#include "wire/message.h"

namespace clusterdisc {

/// Of whom there is news to pass on (SWIM, section 4.1). Only names are queued: what is said of a node is what is known
/// when a message leaves, so that newer news overtakes older.
class GossipQueue {
public:
    /// What to say of a node now; none when nothing.
    using Words = std::function<std::optional<Rumour>(const Identity&)>;

    /// News about `subject`, to be told `repetitions` times.
    void add(const Identity& subject, int repetitions);

    /// Puts as many rumours into the message as fit into a datagram, those told least often first. `except`: who
    /// need not be told of itself.
    void fill(Message& message, const Words& words, const Identity& except);

    [[nodiscard]] bool empty() const { return entries_.empty(); }

private:
    struct Entry {
        Identity subject{};
        int left = 0;
    };
    std::deque<Entry> entries_;
};

}  // namespace clusterdisc
