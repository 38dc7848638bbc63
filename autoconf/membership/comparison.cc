// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/comparison.h"

#include <utility>

#include "membership/tuning.h"
#include "wire/envelope.h"
#include "wire/message_codec.h"

namespace clusterdisc {

void Comparison::see(Peer& peer, std::uint64_t digest, Instant now) {
    if (digest == 0) {
        return;
    }
    if (digest == table_.digest()) {
        different_since_.reset();
        return;
    }
    if (!different_since_) {
        different_since_ = now;
    }
    const bool has_lasted = now - *different_since_ >= tuning::difference_time;
    if (has_lasted && (!last_ || now - *last_ >= tuning::comparison_pause)) {
        ask(peer, now);
    }
}

void Comparison::ask(Peer& peer, Instant now) {
    last_ = now;
    messenger_.compare(peer, true);
}

void Comparison::answer(const Message& message, Peer& peer, Instant now) {
    std::vector<Rumour> rumours = differences(message, now);
    std::vector<Rumour> batch;
    Message empty;
    const std::size_t room = max_message - encoded_size_without_rumours(empty);
    std::size_t size = 0;
    std::size_t datagrams = 0;
    for (Rumour& rumour : rumours) {
        const std::size_t more = encoded_size(rumour);
        if (size + more > room || batch.size() == max_rumours) {
            messenger_.tell(peer, std::exchange(batch, {}));
            size = 0;
            if (++datagrams == tuning::max_datagrams_of_comparison) {
                break;
            }
        }
        size += more;
        batch.push_back(std::move(rumour));
    }
    if (!batch.empty()) {
        messenger_.tell(peer, std::move(batch));
    }
    if (message.wants_comparison) {
        messenger_.compare(peer, false);
    }
}

std::vector<Rumour> Comparison::differences(const Message& message, Instant now) {
    std::vector<Rumour> rumours;
    const auto differs = [&](const Identity& identity) {
        const std::size_t part = PeerTable::part_of(identity);
        return part < message.part_digests.size() && message.part_digests.at(part) != table_.part_digests().at(part);
    };
    if (differs(table_.self().identity)) {
        rumours.push_back(table_.rumour_about_self());
    }
    for (const auto& [identity, peer] : table_.peers()) {
        const bool is_of_use = peer.is_known() && (peer.is_live() || now - peer.since < tuning::obituary_time);
        if (is_of_use && differs(identity)) {
            rumours.push_back(PeerTable::rumour_about(peer, peer.is_live()));
        }
    }
    // When there are more than one answer can take, another comparison brings others.
    random_.shuffle(rumours);
    return rumours;
}

}  // namespace clusterdisc
