// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/unproven_sender.h"

#include <algorithm>

#include "membership/path_table.h"

namespace clusterdisc {

const NodeRecord* record_of_sender(const Message& message) {
    const auto found = std::ranges::find(message.rumours, message.sender, &Rumour::subject);
    return found == message.rumours.end() ? nullptr : found->record.get();
}

bool may_answer_unproven(const Message& message, const Path& from, std::span<const Link> links) {
    const NodeRecord* const record = record_of_sender(message);
    return is_on_link(from, links) ||
           (record != nullptr && std::ranges::find(record->endpoints, from.endpoint) != record->endpoints.end());
}

}  // namespace clusterdisc
