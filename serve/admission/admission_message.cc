// SPDX-License-Identifier: GPL-2.0-or-later
#include "admission/admission_message.h"

#include <algorithm>
#include <utility>

#include "common/byte_reader.h"
#include "common/byte_writer.h"

namespace clusterdisc {
namespace {

constexpr std::array<std::uint8_t, 4> request_magic = {'C', 'D', 'K', 'Q'};
constexpr std::array<std::uint8_t, 4> reply_magic = {'C', 'D', 'K', 'A'};
constexpr std::uint8_t version = 1;

}  // namespace

std::vector<std::uint8_t> encode(const AdmissionRequest& request) {
    ByteWriter writer(admission_request_size);
    writer.bytes(request_magic);
    writer.number(version);
    writer.bytes(request.nonce);
    writer.bytes(request.mac);
    writer.bytes(request.public_key);
    std::vector<std::uint8_t> content = std::move(writer).take();
    content.resize(admission_request_size);
    return content;
}

std::optional<AdmissionReply> parse_admission_reply(std::span<const std::uint8_t> bytes) {
    ByteReader reader(bytes);
    if (reader.array<reply_magic.size()>() != reply_magic || reader.number<std::uint8_t>() != version) {
        return std::nullopt;
    }
    AdmissionReply reply;
    const auto status = reader.number<std::uint8_t>();
    if (status > static_cast<std::uint8_t>(AdmissionStatus::no_key)) {
        return std::nullopt;
    }
    reply.status = static_cast<AdmissionStatus>(status);
    reply.nonce = reader.array<sizeof(AdmissionNonce)>();
    if (reply.status == AdmissionStatus::admitted) {
        std::ranges::copy(reader.bytes(reply.sealed_key.size()), reply.sealed_key.begin());
    }
    if (!reader.is_complete()) {
        return std::nullopt;
    }
    return reply;
}

std::optional<ClusterKey> open_admission_reply(const AdmissionReply& reply, const AdmissionKeys& keys) {
    ClusterKey key{};
    if (reply.status != AdmissionStatus::admitted ||
        ::crypto_box_seal_open(key.data(), reply.sealed_key.data(), reply.sealed_key.size(), keys.public_key.data(),
                               keys.secret_key.data()) != 0) {
        return std::nullopt;
    }
    return key;
}

}  // namespace clusterdisc
