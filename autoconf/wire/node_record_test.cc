// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/node_record.h"

#include <gtest/gtest.h>

#include "wire/message_samples.h"

namespace clusterdisc {
namespace {

NodeRecord contender(std::uint8_t identity, Stage stage, bool busy, bool settled) {
    NodeRecord record;
    record.identity = {identity};
    record.stage = stage;
    record.busy = busy;
    record.settled = settled;
    return record;
}

TEST(Identity, IsTheBeginningOfTheHashOfThePublicKey) {
    const NodeRecord record = usual_record();
    EXPECT_EQ(to_text(identity_of(record.public_key)), "5c52920a7263e39d57920ca0cb752ac6") << "b2sum says otherwise";
    EXPECT_EQ(short_text(identity_of(record.public_key)), "5c52920a");
}

TEST(OverlayAddress, HasTheNodeIdInItsLastBytes) {
    EXPECT_EQ(to_text(overlay_address(1)), "10.77.0.1");
    EXPECT_EQ(to_text(overlay_address(258)), "10.77.1.2");
    EXPECT_EQ(to_text(overlay_address(last_node_id)), "10.77.255.254");
}

TEST(Outranking, LooksAtBusyThenMemberThenSettledThenIdentity) {
    // From the strongest to the weakest, each stronger in one thing and weaker in all that count less.
    const std::vector<NodeRecord> order = {
        contender(9, Stage::claiming, true, false),  contender(8, Stage::member, false, true),
        contender(7, Stage::member, false, false),   contender(6, Stage::claiming, false, true),
        contender(4, Stage::claiming, false, false), contender(5, Stage::claiming, false, false),
    };
    for (std::size_t first = 0; first < order.size(); ++first) {
        for (std::size_t second = 0; second < order.size(); ++second) {
            EXPECT_EQ(outranks(order[first], order[second]), first < second) << first << " and " << second;
        }
    }
}

}  // namespace
}  // namespace clusterdisc
