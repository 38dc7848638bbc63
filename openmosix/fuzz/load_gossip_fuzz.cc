// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as a gossip message, or as a question or answer about admission. What is accepted has no
// other encoding; what the view table makes of it is within what a node can have, and decisions can be made on it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "balance/admission_message.h"
#include "balance/explanation.h"
#include "balance/gossip_message.h"
#include "balance/move_planner.h"
#include "balance/plausibility.h"
#include "balance/tuning.h"
#include "balance/view_table.h"
#include "common/fuzz/require.h"

using namespace openmosix::balance;

namespace {

void take_admission(std::span<const std::uint8_t> bytes) {
    const auto message = decode_admission(bytes);
    if (!message) {
        return;
    }
    require(std::ranges::equal(encode(*message), bytes));
    require(bytes.size() <= max_admission_message_size);
    if (const auto* const request = std::get_if<AdmissionRequest>(&message->content)) {
        Admission admission;
        NodeState own;
        own.node = message->recipient;
        own.total_pages = 1000;
        own.free_pages = 500;
        static_cast<void>(admission.request(std::chrono::hours(1), *request, own));
        require(admission.under_way() <= 1);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span bytes(data, size);
    take_admission(bytes);
    const auto message = decode_gossip(bytes);
    if (!message) {
        return 0;
    }
    require(std::ranges::equal(encode(*message), bytes));
    require(size <= max_gossip_message_size);

    const Instant now = std::chrono::hours(1);
    ViewTable view(message->recipient);
    std::vector<NodeId> members = {message->recipient};
    for (const LoadEntry& entry : message->entries) {
        members.push_back(entry.state.node);
    }
    view.set_members(members);
    view.receive(now, *message);
    require(view.receive(now, *message) == 0);

    Situation situation{.now = now, .own = {}, .others = view.known(now, tuning::max_age_for_decision)};
    for (const KnownNode& known : situation.others) {
        require(plausibility_of(known.state) == Plausibility::plausible);
    }
    situation.own.node = message->recipient;
    situation.own.total_pages = 1000;
    situation.own.runnable_hundredths = 500;
    ProcessState process;
    process.id = {.home = message->recipient, .pid = 7};
    process.user = 1000;
    process.processor_time = std::chrono::seconds(10);
    process.pages = 100;
    MovePlanner planner(message->recipient, 1);
    require(planner.round(situation, std::vector{process}, {}).size() <= 1);
    require(!explain_nodes(now, situation.own, situation.others).empty());
    return 0;
}
