// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/message_samples.h"

#include <algorithm>

namespace clusterdisc {
namespace {

std::size_t up_to(std::mt19937_64& random, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random);
}

template <typename Number>
Number any(std::mt19937_64& random) {
    return static_cast<Number>(random());
}

template <typename Bytes>
Bytes any_bytes(std::mt19937_64& random) {
    Bytes bytes{};
    std::ranges::generate(bytes, [&random] { return any<std::uint8_t>(random); });
    return bytes;
}

Endpoint random_endpoint(std::mt19937_64& random) {
    Endpoint endpoint;
    endpoint.address.is_ipv6 = up_to(random, 1) == 1;
    endpoint.address.bytes = any_bytes<std::array<std::uint8_t, 16>>(random);
    if (!endpoint.address.is_ipv6) {
        std::fill(endpoint.address.bytes.begin() + 4, endpoint.address.bytes.end(), std::uint8_t{0});
    }
    endpoint.port = any<std::uint16_t>(random);
    return endpoint;
}

NodeRecord random_record(std::mt19937_64& random) {
    NodeRecord record;
    record.public_key = any_bytes<PublicKey>(random);
    record.identity = identity_of(record.public_key);
    record.incarnation = any<std::uint32_t>(random);
    record.stage = static_cast<Stage>(up_to(random, 2));
    record.id = record.stage == Stage::joining ? NodeId{0} : static_cast<NodeId>(1 + up_to(random, last_node_id - 1U));
    record.busy = up_to(random, 1) == 1;
    record.settled = up_to(random, 1) == 1;
    record.plain = up_to(random, 1) == 1;
    record.hardware = random();
    record.wireguard_port = any<std::uint16_t>(random);
    record.keys.resize(up_to(random, max_keys));
    std::ranges::generate(record.keys, [&random] { return any<KeyId>(random); });
    record.endpoints.resize(up_to(random, max_endpoints));
    std::ranges::generate(record.endpoints, [&random] { return random_endpoint(random); });
    record.name.resize(1 + up_to(random, max_node_name - 1));
    std::ranges::generate(record.name, [&random] { return static_cast<char>('!' + up_to(random, '~' - '!')); });
    return record;
}

Rumour random_rumour(std::mt19937_64& random) {
    Rumour rumour;
    rumour.condition = static_cast<Condition>(up_to(random, 3));
    if (rumour.condition == Condition::alive || up_to(random, 1) == 1) {
        const auto condition = rumour.condition;
        rumour = alive(random_record(random));
        rumour.condition = condition;
    } else {
        rumour.subject = any_bytes<Identity>(random);
        rumour.incarnation = any<std::uint32_t>(random);
    }
    return rumour;
}

bool is_same_rumour(const Rumour& first, const Rumour& second) {
    const bool have_same_record =
        first.record && second.record ? *first.record == *second.record : first.record == second.record;
    return first.subject == second.subject && first.incarnation == second.incarnation &&
           first.condition == second.condition && have_same_record;
}

}  // namespace

Message random_message(std::mt19937_64& random) {
    Message message;
    message.kind = static_cast<Kind>(up_to(random, last_kind));
    message.sender = any_bytes<Identity>(random);
    if (up_to(random, 1) == 1) {
        message.recipient = any_bytes<Identity>(random);
    }
    message.sequence = random();
    message.challenge = random();
    message.echo = random();
    message.table_digest = random();
    if (message.kind == Kind::ping_request || message.kind == Kind::indirect_acknowledgement ||
        message.kind == Kind::indirect_refusal) {
        message.target = any_bytes<Identity>(random);
    }
    if (message.kind == Kind::compare) {
        message.wants_comparison = up_to(random, 1) == 1;
        message.part_digests.resize(up_to(random, 1) * table_parts);
        std::ranges::generate(message.part_digests, [&random] { return random(); });
    }
    // Often few, as in most datagrams.
    const std::size_t most = up_to(random, 3) == 0 ? max_rumours : 6;
    message.rumours.resize(up_to(random, most));
    std::ranges::generate(message.rumours, [&random] { return random_rumour(random); });
    return message;
}

NodeRecord usual_record() {
    NodeRecord record;
    for (std::size_t index = 0; index < record.public_key.size(); ++index) {
        record.public_key.at(index) = static_cast<std::uint8_t>(index);
    }
    record.identity = identity_of(record.public_key);
    record.incarnation = 7;
    record.stage = Stage::member;
    record.id = 258;
    record.settled = true;
    record.hardware = 0x1122334455667788;
    record.wireguard_port = 51820;
    record.keys = {0xA1B2C3D4};
    record.endpoints = {{*parse_ip_address("192.0.2.1"), 5428}, {*parse_ip_address("fe80::1"), 5428}};
    record.name = "node-52540012";
    return record;
}

Rumour alive(const NodeRecord& record) {
    return {.subject = record.identity,
            .incarnation = record.incarnation,
            .condition = Condition::alive,
            .record = std::make_shared<const NodeRecord>(record)};
}

bool is_same(const Message& first, const Message& second) {
    return first.kind == second.kind && first.sender == second.sender && first.recipient == second.recipient &&
           first.sequence == second.sequence && first.challenge == second.challenge && first.echo == second.echo &&
           first.table_digest == second.table_digest && first.target == second.target &&
           first.wants_comparison == second.wants_comparison && first.part_digests == second.part_digests &&
           std::ranges::equal(first.rumours, second.rumours, is_same_rumour);
}

}  // namespace clusterdisc
