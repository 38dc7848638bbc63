// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <random>

#include "wire/message.h"

namespace clusterdisc {

/// Messages for tests: any that can be encoded, of all kinds, from empty to beyond what fits into a datagram.
Message random_message(std::mt19937_64& random);

/// A record as most nodes have: a member with one key, an IPv4 and an IPv6 endpoint and a name of 13 characters.
NodeRecord usual_record();

/// A rumour that its node is alive.
Rumour alive(const NodeRecord& record);

/// Whether they say the same, records by their content.
bool is_same(const Message& first, const Message& second);

}  // namespace clusterdisc
