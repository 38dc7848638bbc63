// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/message_codec.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "common/byte_reader.h"
#include "common/byte_writer.h"

namespace clusterdisc {
namespace {

constexpr std::uint8_t condition_mask = 0x03;
constexpr std::uint8_t has_record_bit = 0x04;

constexpr std::uint8_t stage_mask = 0x03;
constexpr std::uint8_t busy_bit = 0x04;
constexpr std::uint8_t settled_bit = 0x08;
constexpr std::uint8_t plain_bit = 0x10;

constexpr std::uint8_t ipv4_family = 4;
constexpr std::uint8_t ipv6_family = 6;
constexpr std::size_t ipv4_size = 4;

bool has_target(Kind kind) {
    return kind == Kind::ping_request || kind == Kind::indirect_acknowledgement || kind == Kind::indirect_refusal;
}

// What a message must be so that it has an encoding and the encoding a meaning. Both directions ask the same functions,
// hence accept the same messages. Each returns what is wrong, or none.

const char* fault_of(const Endpoint& endpoint) {
    const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
    if (!endpoint.address.is_ipv6 &&
        !std::all_of(endpoint.address.bytes.begin() + ipv4_size, endpoint.address.bytes.end(), is_zero)) {
        return "an IPv4 address has more than four bytes";
    }
    return nullptr;
}

const char* fault_of_name(const std::string& name) {
    if (name.empty() || name.size() > max_node_name) {
        return "a node's name is empty or too long";
    }
    if (!std::ranges::all_of(name, [](char character) { return character >= '!' && character <= '~'; })) {
        return "a node's name has a character outside 0x21 to 0x7e";
    }
    return nullptr;
}

const char* fault_of(const NodeRecord& record) {
    if (record.stage > Stage::member) {
        return "a node's stage is unknown";
    }
    if (record.id > last_node_id || (record.stage == Stage::joining) != (record.id == 0)) {
        return "a node's id is out of range or does not go with its stage";
    }
    if (record.keys.size() > max_keys) {
        return "a node has too many keys";
    }
    if (record.endpoints.size() > max_endpoints) {
        return "a node has too many endpoints";
    }
    for (const Endpoint& endpoint : record.endpoints) {
        if (const char* fault = fault_of(endpoint)) {
            return fault;
        }
    }
    return fault_of_name(record.name);
}

const char* fault_of(const Rumour& rumour) {
    if (rumour.subject == Identity{}) {
        return "a rumour is about nobody";
    }
    if (rumour.condition > Condition::left) {
        return "a rumour's condition is unknown";
    }
    if (!rumour.record) {
        return rumour.condition == Condition::alive ? "a rumour says that a node is alive without its record" : nullptr;
    }
    if (rumour.record->identity != rumour.subject || rumour.record->incarnation != rumour.incarnation) {
        return "a rumour has a record of another node or incarnation";
    }
    return fault_of(*rumour.record);
}

const char* fault_of(const Message& message) {
    if (static_cast<std::uint8_t>(message.kind) > last_kind) {
        return "its kind is unknown";
    }
    if (message.sender == Identity{}) {
        return "it has no sender";
    }
    if (!has_target(message.kind) && message.target != Identity{}) {
        return "it has a target, but its kind has none";
    }
    if (message.kind != Kind::compare && (message.wants_comparison || !message.part_digests.empty())) {
        return "it compares tables, but its kind does not";
    }
    if (!message.part_digests.empty() && message.part_digests.size() != table_parts) {
        return "it has digests of some parts of the table only";
    }
    if (message.rumours.size() > max_rumours) {
        return "it has too many rumours";
    }
    for (const Rumour& rumour : message.rumours) {
        if (const char* fault = fault_of(rumour)) {
            return fault;
        }
    }
    return nullptr;
}

// What writes is a template, so that sizes come from the same code: a Writer is a ByteWriter or a ByteCounter.

template <typename Writer>
void write_count(Writer& writer, std::size_t count) {
    writer.number(static_cast<std::uint8_t>(count));
}

template <typename Writer>
void write(Writer& writer, const Endpoint& endpoint) {
    const std::span<const std::uint8_t> bytes = endpoint.address.bytes;
    writer.number(endpoint.address.is_ipv6 ? ipv6_family : ipv4_family);
    writer.bytes(endpoint.address.is_ipv6 ? bytes : bytes.first(ipv4_size));
    writer.number(endpoint.port);
}

template <typename Writer>
void write(Writer& writer, const NodeRecord& record) {
    const auto state = static_cast<unsigned>(record.stage) | (record.busy ? unsigned{busy_bit} : 0U) |
                       (record.settled ? unsigned{settled_bit} : 0U) | (record.plain ? unsigned{plain_bit} : 0U);
    writer.number(static_cast<std::uint8_t>(state));
    writer.number(record.id);
    writer.number(record.hardware);
    writer.bytes(record.public_key);
    writer.number(record.wireguard_port);
    write_count(writer, record.keys.size());
    for (const KeyId key : record.keys) {
        writer.number(key);
    }
    write_count(writer, record.endpoints.size());
    for (const Endpoint& endpoint : record.endpoints) {
        write(writer, endpoint);
    }
    write_count(writer, record.name.size());
    for (const char character : record.name) {
        writer.number(static_cast<std::uint8_t>(character));
    }
}

template <typename Writer>
void write(Writer& writer, const Rumour& rumour) {
    const auto head = static_cast<unsigned>(rumour.condition) | (rumour.record ? unsigned{has_record_bit} : 0U);
    writer.number(static_cast<std::uint8_t>(head));
    if (!rumour.record) {
        writer.bytes(rumour.subject);
    }
    writer.number(rumour.incarnation);
    if (rumour.record) {
        write(writer, *rumour.record);
    }
}

template <typename Writer>
void write_without_rumours(Writer& writer, const Message& message) {
    writer.number(static_cast<std::uint8_t>(message.kind));
    writer.bytes(message.sender);
    writer.bytes(message.recipient);
    writer.number(message.sequence);
    writer.number(message.challenge);
    writer.number(message.echo);
    writer.number(message.table_digest);
    if (has_target(message.kind)) {
        writer.bytes(message.target);
    }
    if (message.kind == Kind::compare) {
        writer.number(static_cast<std::uint8_t>(message.wants_comparison ? 1 : 0));
        write_count(writer, message.part_digests.size());
        for (const std::uint64_t digest : message.part_digests) {
            writer.number(digest);
        }
    }
    write_count(writer, message.rumours.size());
}

bool read_flag(unsigned& bits, std::uint8_t bit) {
    const bool is_set = (bits & bit) != 0;
    bits &= ~unsigned{bit};
    return is_set;
}

Endpoint read_endpoint(ByteReader& reader) {
    Endpoint endpoint;
    const auto family = reader.number<std::uint8_t>();
    if (family != ipv4_family && family != ipv6_family) {
        reader.fail();
    }
    endpoint.address.is_ipv6 = family == ipv6_family;
    const std::size_t size = endpoint.address.is_ipv6 ? endpoint.address.bytes.size() : ipv4_size;
    std::ranges::copy(reader.bytes(size), endpoint.address.bytes.begin());
    endpoint.port = reader.number<std::uint16_t>();
    return endpoint;
}

std::shared_ptr<const NodeRecord> read_record(ByteReader& reader, std::uint32_t incarnation) {
    auto record = std::make_shared<NodeRecord>();
    record->incarnation = incarnation;
    unsigned state = reader.number<std::uint8_t>();
    record->busy = read_flag(state, busy_bit);
    record->settled = read_flag(state, settled_bit);
    record->plain = read_flag(state, plain_bit);
    if (state > stage_mask) {
        reader.fail();
    }
    record->stage = static_cast<Stage>(state & stage_mask);
    record->id = reader.number<NodeId>();
    record->hardware = reader.number<std::uint64_t>();
    record->public_key = reader.array<std::tuple_size_v<PublicKey>>();
    record->wireguard_port = reader.number<std::uint16_t>();
    for (unsigned left = reader.number<std::uint8_t>(); left > 0 && !reader.has_failed(); --left) {
        record->keys.push_back(reader.number<KeyId>());
    }
    for (unsigned left = reader.number<std::uint8_t>(); left > 0 && !reader.has_failed(); --left) {
        record->endpoints.push_back(read_endpoint(reader));
    }
    const auto name = reader.bytes(reader.number<std::uint8_t>());
    record->name.assign(name.begin(), name.end());
    record->identity = identity_of(record->public_key);
    return record;
}

Rumour read_rumour(ByteReader& reader) {
    Rumour rumour;
    unsigned head = reader.number<std::uint8_t>();
    const bool has_record = read_flag(head, has_record_bit);
    if (head > condition_mask) {
        reader.fail();
    }
    rumour.condition = static_cast<Condition>(head & condition_mask);
    if (!has_record) {
        rumour.subject = reader.array<std::tuple_size_v<Identity>>();
    }
    rumour.incarnation = reader.number<std::uint32_t>();
    if (has_record) {
        rumour.record = read_record(reader, rumour.incarnation);
        rumour.subject = rumour.record->identity;
    }
    return rumour;
}

void read_comparison(ByteReader& reader, Message& message) {
    const auto wants_comparison = reader.number<std::uint8_t>();
    if (wants_comparison > 1) {
        reader.fail();
    }
    message.wants_comparison = wants_comparison == 1;
    for (unsigned left = reader.number<std::uint8_t>(); left > 0 && !reader.has_failed(); --left) {
        message.part_digests.push_back(reader.number<std::uint64_t>());
    }
}

}  // namespace

std::vector<std::uint8_t> encode(const Message& message) {
    if (const char* fault = fault_of(message)) {
        throw std::logic_error(std::string("this message cannot be sent: ") + fault);
    }
    for (const Rumour& rumour : message.rumours) {
        if (rumour.record && identity_of(rumour.record->public_key) != rumour.subject) {
            throw std::logic_error("this message cannot be sent: an identity is not the hash of the public key");
        }
    }
    ByteWriter writer(encoded_size(message));
    write_without_rumours(writer, message);
    for (const Rumour& rumour : message.rumours) {
        write(writer, rumour);
    }
    return std::move(writer).take();
}

std::optional<Message> decode(std::span<const std::uint8_t> bytes) {
    ByteReader reader(bytes);
    Message message;
    message.kind = static_cast<Kind>(reader.number<std::uint8_t>());
    message.sender = reader.array<std::tuple_size_v<Identity>>();
    message.recipient = reader.array<std::tuple_size_v<Identity>>();
    message.sequence = reader.number<std::uint64_t>();
    message.challenge = reader.number<std::uint64_t>();
    message.echo = reader.number<std::uint64_t>();
    message.table_digest = reader.number<std::uint64_t>();
    if (has_target(message.kind)) {
        message.target = reader.array<std::tuple_size_v<Identity>>();
    }
    if (message.kind == Kind::compare) {
        read_comparison(reader, message);
    }
    for (unsigned left = reader.number<std::uint8_t>(); left > 0 && !reader.has_failed(); --left) {
        message.rumours.push_back(read_rumour(reader));
    }
    if (!reader.is_complete() || fault_of(message) != nullptr) {
        return std::nullopt;
    }
    return message;
}

std::size_t encoded_size(const Rumour& rumour) {
    ByteCounter counter;
    write(counter, rumour);
    return counter.size();
}

std::size_t encoded_size(const Message& message) {
    std::size_t size = encoded_size_without_rumours(message);
    for (const Rumour& rumour : message.rumours) {
        size += encoded_size(rumour);
    }
    return size;
}

std::size_t encoded_size_without_rumours(const Message& message) {
    ByteCounter counter;
    write_without_rumours(counter, message);
    return counter.size();
}

}  // namespace clusterdisc
