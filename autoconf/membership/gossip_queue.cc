// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/gossip_queue.h"

#include <algorithm>

#include "wire/envelope.h"
#include "wire/message_codec.h"

namespace clusterdisc {

void GossipQueue::add(const Identity& subject, int repetitions) {
    const auto old = std::ranges::find(entries_, subject, &Entry::subject);
    if (old != entries_.end()) {
        entries_.erase(old);
    }
    entries_.push_front(Entry{.subject = subject, .left = repetitions});
}

void GossipQueue::fill(Message& message, const Words& words, const Identity& except) {
    std::size_t size = encoded_size(message);
    // What has been told goes to the end, so that the front is what was told least.
    for (std::size_t left = entries_.size(); left > 0 && message.rumours.size() < max_rumours; --left) {
        Entry entry = entries_.front();
        entries_.pop_front();
        const std::optional<Rumour> rumour = words(entry.subject);
        if (!rumour) {
            continue;
        }
        const bool is_there = entry.subject == except || std::ranges::find(message.rumours, entry.subject,
                                                                           &Rumour::subject) != message.rumours.end();
        if (is_there) {
            entries_.push_back(entry);
            continue;
        }
        const std::size_t more = encoded_size(*rumour);
        if (size + more > max_message) {
            entries_.push_front(entry);
            return;
        }
        size += more;
        message.rumours.push_back(*rumour);
        if (--entry.left > 0) {
            entries_.push_back(entry);
        }
    }
}

}  // namespace clusterdisc
