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
enum class Kind : std::uint8_t { request = 1, answer = 2, cancelled = 3 };
constexpr double thousand = 1000;
/// More than any node has: numbers of processes.
constexpr double max_processes = 1e6;
constexpr auto last_purpose = MovePurpose::start;
constexpr auto last_refusal = AdmissionRefusal::not_there;

bool is_abi(Abi abi) {
    return abi == Abi::i386 || abi == Abi::amd64;
}

std::uint32_t to_thousandths(double number) {
    // Also of what is no number.
    return number > 0 ? static_cast<std::uint32_t>(std::lround(std::min(number, max_processes) * thousand)) : 0;
}

bool has_encoding(const AdmissionMessage& message) {
    const bool is_addressed =
        is_node(message.sender) && is_node(message.recipient) && message.sender != message.recipient;
    const auto* const request = std::get_if<AdmissionRequest>(&message.content);
    const bool is_right = request == nullptr || (is_node(request->process.home) && request->process.pid > 0 &&
                                                 request->from == message.sender && is_abi(request->abi));
    return is_addressed && message.sequence != 0 && is_right;
}

Kind kind_of(const AdmissionMessage& message) {
    if (std::holds_alternative<AdmissionRequest>(message.content)) {
        return Kind::request;
    }
    return std::holds_alternative<AdmissionAnswer>(message.content) ? Kind::answer : Kind::cancelled;
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
    } else {
        return std::nullopt;
    }
    if (!reader.is_complete() || !has_encoding(message)) {
        return std::nullopt;
    }
    return message;
}

}  // namespace openmosix::balance
