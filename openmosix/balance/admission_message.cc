// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/admission_message.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "common/byte_reader.h"
#include "common/byte_writer.h"

namespace openmosix::balance {
namespace {

constexpr std::uint8_t admission_version = 3;
enum class Kind : std::uint8_t { request = 1, answer = 2, cancelled = 3, relay = 4 };
constexpr double thousand = 1000;
/// More than any node has: numbers of processes.
constexpr double max_processes = 1e6;
constexpr auto last_purpose = MovePurpose::start;
constexpr auto last_refusal = AdmissionRefusal::no_answer;

bool is_abi(Abi abi) {
    return abi == Abi::i386 || abi == Abi::amd64;
}

std::uint32_t to_thousandths(double number) {
    // Also of what is no number.
    return number > 0 ? static_cast<std::uint32_t>(std::lround(std::min(number, max_processes) * thousand)) : 0;
}

bool is_right(const AdmissionMessage& message, const AdmissionRequest& request) {
    return is_node(request.process.home) && request.process.pid > 0 && request.from == message.sender &&
           is_abi(request.abi);
}

bool is_right(const AdmissionMessage& message, const RelayRequest& relay) {
    return is_right(message, relay.request) && relay.request.process.home == message.recipient &&
           is_node(relay.target) && relay.target != message.sender && relay.target != message.recipient;
}

bool is_right(const AdmissionMessage& /*message*/, const AdmissionAnswer& /*answer*/) {
    return true;
}

bool is_right(const AdmissionMessage& /*message*/, const AdmissionCancelled& /*cancelled*/) {
    return true;
}

bool has_encoding(const AdmissionMessage& message) {
    const bool is_addressed =
        is_node(message.sender) && is_node(message.recipient) && message.sender != message.recipient;
    return is_addressed && message.sequence != 0 &&
           std::visit([&message](const auto& content) { return is_right(message, content); }, message.content);
}

Kind kind_of(const AdmissionMessage& message) {
    if (std::holds_alternative<AdmissionRequest>(message.content)) {
        return Kind::request;
    }
    if (std::holds_alternative<AdmissionAnswer>(message.content)) {
        return Kind::answer;
    }
    return std::holds_alternative<RelayRequest>(message.content) ? Kind::relay : Kind::cancelled;
}

void write(clusterdisc::ByteWriter& writer, const AdmissionRequest& request) {
    writer.number(request.process.home);
    writer.number(static_cast<std::uint32_t>(request.process.pid));
    writer.number(static_cast<std::uint8_t>(request.purpose));
    writer.number(static_cast<std::uint8_t>(request.abi));
    writer.number(request.pages);
    writer.number(to_thousandths(request.demand));
    writer.number(to_thousandths(request.expected_runnable));
}

void write(clusterdisc::ByteWriter& writer, const AdmissionAnswer& answer) {
    writer.number(static_cast<std::uint8_t>(answer.refusal ? static_cast<std::uint8_t>(*answer.refusal) + 1 : 0));
}

void write(clusterdisc::ByteWriter& /*writer*/, const AdmissionCancelled& /*cancelled*/) {}

void write(clusterdisc::ByteWriter& writer, const RelayRequest& relay) {
    write(writer, relay.request);
    writer.number(relay.target);
}

AdmissionRequest read_request(clusterdisc::ByteReader& reader, NodeId from) {
    AdmissionRequest request;
    request.from = from;
    request.process.home = reader.number<NodeId>();
    request.process.pid = static_cast<pid_t>(reader.number<std::uint32_t>());
    const auto purpose = reader.number<std::uint8_t>();
    request.purpose = static_cast<MovePurpose>(purpose);
    request.abi = static_cast<Abi>(reader.number<std::uint8_t>());
    request.pages = reader.number<std::uint32_t>();
    const auto demand = reader.number<std::uint32_t>();
    const auto expected = reader.number<std::uint32_t>();
    request.demand = demand / thousand;
    request.expected_runnable = expected / thousand;
    if (purpose > static_cast<std::uint8_t>(last_purpose) || demand > max_processes * thousand ||
        expected > max_processes * thousand) {
        reader.fail();
    }
    return request;
}

AdmissionAnswer read_answer(clusterdisc::ByteReader& reader) {
    const auto refusal = reader.number<std::uint8_t>();
    if (refusal == 0) {
        return {};
    }
    if (refusal > static_cast<std::uint8_t>(last_refusal) + 1) {
        reader.fail();
        return {};
    }
    return {static_cast<AdmissionRefusal>(refusal - 1)};
}

}  // namespace

std::vector<std::uint8_t> encode(const AdmissionMessage& message) {
    if (!has_encoding(message)) {
        throw std::logic_error("this admission message has no encoding");
    }
    clusterdisc::ByteWriter writer(max_admission_message_size);
    writer.number(admission_version);
    writer.number(static_cast<std::uint8_t>(kind_of(message)));
    writer.number(message.sender);
    writer.number(message.recipient);
    writer.number(message.run);
    writer.number(message.sequence);
    std::visit([&writer](const auto& content) { write(writer, content); }, message.content);
    return std::move(writer).take();
}

std::optional<AdmissionMessage> decode_admission(std::span<const std::uint8_t> bytes) {
    clusterdisc::ByteReader reader(bytes);
    if (reader.number<std::uint8_t>() != admission_version) {
        return std::nullopt;
    }
    const auto kind = reader.number<std::uint8_t>();
    AdmissionMessage message;
    message.sender = reader.number<NodeId>();
    message.recipient = reader.number<NodeId>();
    message.run = reader.number<std::uint32_t>();
    message.sequence = reader.number<std::uint32_t>();
    if (kind == static_cast<std::uint8_t>(Kind::request)) {
        message.content = read_request(reader, message.sender);
    } else if (kind == static_cast<std::uint8_t>(Kind::answer)) {
        message.content = read_answer(reader);
    } else if (kind == static_cast<std::uint8_t>(Kind::cancelled)) {
        message.content = AdmissionCancelled{};
    } else if (kind == static_cast<std::uint8_t>(Kind::relay)) {
        RelayRequest relay{.request = read_request(reader, message.sender)};
        relay.target = reader.number<NodeId>();
        message.content = relay;
    } else {
        return std::nullopt;
    }
    if (!reader.is_complete() || !has_encoding(message)) {
        return std::nullopt;
    }
    return message;
}

}  // namespace openmosix::balance
