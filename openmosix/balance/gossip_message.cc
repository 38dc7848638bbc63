// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/gossip_message.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>

#include "common/byte_reader.h"
#include "common/byte_writer.h"

namespace openmosix::balance {
namespace {

using clusterdisc::ByteReader;
using clusterdisc::ByteWriter;

constexpr std::uint8_t gossip_version = 1;
constexpr std::uint8_t all_abis = static_cast<std::uint8_t>(Abi::i386) | static_cast<std::uint8_t>(Abi::amd64);
constexpr std::size_t reserved_bytes = 3;

/// What is wrong with a message, or none. Both directions ask, hence accept the same messages.
const char* fault_of(const GossipMessage& message) {
    if (!is_node(message.sender) || !is_node(message.recipient) || message.sender == message.recipient) {
        return "its sender or its recipient is no node, or both are the same";
    }
    if (message.sequence == 0) {
        return "it has no sequence number";
    }
    if (message.entries.empty() || message.entries.size() > tuning::max_entries_of_message) {
        return "it has no entry or too many";
    }
    const LoadEntry& own = message.entries.front();
    if (own.state.node != message.sender || own.run != message.run || own.age_centiseconds != 0) {
        return "its first entry is not a new one of the sender";
    }
    std::set<NodeId> nodes;
    for (const LoadEntry& entry : message.entries) {
        if (!is_node(entry.state.node) || !nodes.insert(entry.state.node).second) {
            return "an entry is about no node or about one that another entry is about";
        }
        if (entry.state.user > OwnUser::present || entry.state.abis == 0 || (entry.state.abis & ~all_abis) != 0) {
            return "an entry has unknown bits";
        }
    }
    return nullptr;
}

void write(ByteWriter& writer, const LoadEntry& entry) {
    const NodeState& state = entry.state;
    writer.number(state.node);
    writer.number(entry.run);
    writer.number(entry.sequence);
    writer.number(entry.age_centiseconds);
    writer.number(state.speed);
    writer.number(state.processors.cores);
    writer.number(state.processors.threads);
    writer.number(state.processors.limit);
    writer.number(state.runnable_hundredths);
    writer.number(state.total_pages);
    writer.number(state.free_pages);
    writer.number(state.guests);
    writer.number(static_cast<std::uint8_t>(state.user));
    writer.number(state.abis);
    writer.number(state.policies.bits());
    for (std::size_t byte = 0; byte < reserved_bytes; ++byte) {
        writer.number(std::uint8_t{0});
    }
}

LoadEntry read_entry(ByteReader& reader) {
    LoadEntry entry;
    NodeState& state = entry.state;
    state.node = reader.number<NodeId>();
    entry.run = reader.number<std::uint32_t>();
    entry.sequence = reader.number<std::uint32_t>();
    entry.age_centiseconds = reader.number<std::uint16_t>();
    state.speed = reader.number<std::uint32_t>();
    state.processors.cores = reader.number<std::uint16_t>();
    state.processors.threads = reader.number<std::uint16_t>();
    state.processors.limit = reader.number<std::uint32_t>();
    state.runnable_hundredths = reader.number<std::uint32_t>();
    state.total_pages = reader.number<std::uint32_t>();
    state.free_pages = reader.number<std::uint32_t>();
    state.guests = reader.number<std::uint16_t>();
    state.user = static_cast<OwnUser>(reader.number<std::uint8_t>());
    state.abis = reader.number<std::uint8_t>();
    const auto policies = reader.number<std::uint8_t>();
    state.policies = NodePolicies::from_bits(policies);
    const auto reserved = reader.bytes(reserved_bytes);
    if (state.policies.bits() != policies ||
        !std::ranges::all_of(reserved, [](std::uint8_t byte) { return byte == 0; })) {
        reader.fail();
    }
    return entry;
}

}  // namespace

std::vector<std::uint8_t> encode(const GossipMessage& message) {
    if (const char* fault = fault_of(message)) {
        throw std::logic_error(std::string("this gossip message has no encoding: ") + fault);
    }
    ByteWriter writer(gossip_header_size + message.entries.size() * gossip_entry_size);
    writer.number(gossip_version);
    writer.number(message.sender);
    writer.number(message.recipient);
    writer.number(message.run);
    writer.number(message.sequence);
    writer.number(static_cast<std::uint8_t>(message.entries.size()));
    for (const LoadEntry& entry : message.entries) {
        write(writer, entry);
    }
    return std::move(writer).take();
}

std::optional<GossipMessage> decode_gossip(std::span<const std::uint8_t> bytes) {
    ByteReader reader(bytes);
    if (reader.number<std::uint8_t>() != gossip_version) {
        return std::nullopt;
    }
    GossipMessage message;
    message.sender = reader.number<NodeId>();
    message.recipient = reader.number<NodeId>();
    message.run = reader.number<std::uint32_t>();
    message.sequence = reader.number<std::uint32_t>();
    const auto count = reader.number<std::uint8_t>();
    for (std::uint8_t index = 0; index < count && !reader.has_failed(); ++index) {
        message.entries.push_back(read_entry(reader));
    }
    if (!reader.is_complete() || fault_of(message) != nullptr) {
        return std::nullopt;
    }
    return message;
}

}  // namespace openmosix::balance
