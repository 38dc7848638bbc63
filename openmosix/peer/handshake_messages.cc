// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/handshake_messages.h"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/byte_reader.h"
#include "common/byte_writer.h"

namespace openmosix {
namespace {

using clusterdisc::ByteReader;
using clusterdisc::ByteWriter;
using clusterdisc::DerivedKeys;
using clusterdisc::KeyId;

static_assert(sizeof(Proof) == crypto_generichash_BYTES);
static_assert(sizeof(DerivedKeys::migration) == crypto_generichash_KEYBYTES);

constexpr std::array<std::uint8_t, 5> magic = {'C', 'D', 'o', 'm', 'd'};
static_assert(sizeof(HelloBytes) ==
              sizeof magic + sizeof handshake_version + sizeof(Nonce) + 1 + clusterdisc::max_keys * sizeof(KeyId));
static_assert(sizeof(ReplyBytes) == sizeof handshake_version + 1 + sizeof(KeyId) + sizeof(Nonce) + sizeof(Proof));

enum class Verdict : std::uint8_t { accepted = 0, other_version = 1, no_common_key = 2 };

constexpr const char* no_common_key_text =
    "it has another cluster key or another cluster name; give both nodes the same (clusterkey= and cluster= at the "
    "boot prompt, or the key file)";

std::string other_version_text(unsigned version) {
    return "it speaks version " + std::to_string(version) + " of omd's protocol, this node version " +
           std::to_string(handshake_version) + "; use the same release of ClusterDisc on both";
}

struct Hello {
    std::uint16_t version = 0;
    Nonce nonce{};
    std::vector<KeyId> key_ids;
};

struct Reply {
    std::uint16_t version = handshake_version;
    Verdict verdict = Verdict::accepted;
    KeyId key_id = 0;
    Nonce nonce{};
    Proof proof{};
};

template <typename Bytes>
Bytes fixed_size(ByteWriter writer) {
    const std::vector<std::uint8_t> content = std::move(writer).take();
    Bytes bytes{};
    if (content.size() != bytes.size()) {
        throw std::logic_error("a message of the handshake has the wrong size");
    }
    std::ranges::copy(content, bytes.begin());
    return bytes;
}

void put_key_ids(ByteWriter& writer, std::span<const KeyId> key_ids) {
    writer.number(static_cast<std::uint8_t>(key_ids.size()));
    for (std::size_t place = 0; place < clusterdisc::max_keys; ++place) {
        writer.number(place < key_ids.size() ? key_ids[place] : KeyId{0});
    }
}

ReplyBytes encode(const Reply& reply) {
    ByteWriter writer(sizeof(ReplyBytes));
    writer.number(reply.version);
    writer.number(static_cast<std::uint8_t>(reply.verdict));
    writer.number(reply.key_id);
    writer.bytes(reply.nonce);
    writer.bytes(reply.proof);
    return fixed_size<ReplyBytes>(std::move(writer));
}

/// Of another version only the version is read.
Hello decode(const HelloBytes& bytes) {
    ByteReader reader(bytes);
    if (!std::ranges::equal(reader.bytes(magic.size()), magic)) {
        throw HandshakeRefused("it is not omd: its first bytes are others");
    }
    Hello hello;
    hello.version = reader.number<std::uint16_t>();
    if (hello.version != handshake_version) {
        return hello;
    }
    hello.nonce = reader.array<sizeof(Nonce)>();
    const auto count = reader.number<std::uint8_t>();
    for (std::size_t place = 0; place < clusterdisc::max_keys; ++place) {
        const auto key_id = reader.number<KeyId>();
        if (place < count) {
            hello.key_ids.push_back(key_id);
        } else if (key_id != 0) {
            reader.fail();
        }
    }
    if (!reader.is_complete() || count == 0 || count > clusterdisc::max_keys) {
        throw HandshakeRefused("its greeting is malformed");
    }
    return hello;
}

/// What both proofs are about, apart from the role.
struct Conversation {
    const ChannelBinding& binding;
    std::span<const KeyId> offered;
    const Nonce& client;
    const Nonce& server;
};

void put_address(ByteWriter& writer, const clusterdisc::IpAddress& address) {
    if (address.is_ipv6) {
        writer.bytes(address.bytes);
        return;
    }
    constexpr std::array<std::uint8_t, 12> ipv4_mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    writer.bytes(ipv4_mapped);
    writer.bytes(std::span(address.bytes).first<4>());
}

/// Proofs and sessions.
Proof hash_as(std::string_view role, const Conversation& conversation, const DerivedKeys& key) {
    const ChannelBinding& binding = conversation.binding;
    ByteWriter writer(sizeof(HelloBytes) + sizeof(ReplyBytes) + max_purpose);
    for (const std::string_view text : {role, std::string_view(binding.purpose)}) {
        writer.number(static_cast<std::uint8_t>(text.size()));
        writer.bytes(std::vector<std::uint8_t>(text.begin(), text.end()));
    }
    writer.number(handshake_version);
    writer.number(key.id);
    put_key_ids(writer, conversation.offered);
    writer.bytes(conversation.client);
    writer.bytes(conversation.server);
    for (const ConnectionEnd& end : {binding.client, binding.server}) {
        writer.number(end.node);
        put_address(writer, end.endpoint.address);
        writer.number(end.endpoint.port);
    }
    writer.bytes(binding.session);
    const std::vector<std::uint8_t> content = std::move(writer).take();
    Proof proof{};
    crypto_generichash(proof.data(), proof.size(), content.data(), content.size(), key.migration.data(),
                       key.migration.size());
    return proof;
}

/// In a time that does not depend on where they differ.
void require_equal(const Proof& proof, const Proof& expected) {
    if (::sodium_memcmp(proof.data(), expected.data(), expected.size()) != 0) {
        throw HandshakeRefused(
            "it cannot prove that it has the cluster key, or it is not the node that the node map has there, or "
            "somebody between the nodes passes the connection on, or the connection is for something else");
    }
}

ChannelBinding checked(ChannelBinding binding) {
    if (binding.purpose.size() > max_purpose) {
        throw std::invalid_argument("the purpose of a connection has at most " + std::to_string(max_purpose) +
                                    " bytes, not " + std::to_string(binding.purpose.size()));
    }
    return binding;
}

}  // namespace

ClientHandshake::ClientHandshake(const clusterdisc::KeyRing& keys, ChannelBinding binding, const Nonce& nonce)
    : keys_(keys), binding_(checked(std::move(binding))), nonce_(nonce) {}

HelloBytes ClientHandshake::hello() const {
    ByteWriter writer(sizeof(HelloBytes));
    writer.bytes(magic);
    writer.number(handshake_version);
    writer.bytes(nonce_);
    put_key_ids(writer, keys_.ids());
    return fixed_size<HelloBytes>(std::move(writer));
}

Proof ClientHandshake::prove(const ReplyBytes& reply) {
    ByteReader reader(reply);
    const auto version = reader.number<std::uint16_t>();
    const auto verdict = static_cast<Verdict>(reader.number<std::uint8_t>());
    if (version != handshake_version) {
        throw HandshakeRefused(other_version_text(version));
    }
    if (verdict == Verdict::no_common_key) {
        throw HandshakeRefused(no_common_key_text);
    }
    const auto key_id = reader.number<KeyId>();
    const auto nonce = reader.array<sizeof(Nonce)>();
    const auto proof = reader.array<sizeof(Proof)>();
    const DerivedKeys* const key = keys_.find(key_id);
    if (verdict != Verdict::accepted || key == nullptr || !reader.is_complete()) {
        throw HandshakeRefused("its answer is malformed");
    }
    const std::vector<KeyId> offered = keys_.ids();
    const Conversation conversation{.binding = binding_, .offered = offered, .client = nonce_, .server = nonce};
    require_equal(proof, hash_as("server", conversation, *key));
    session_ = hash_as("session", conversation, *key);
    return hash_as("client", conversation, *key);
}

ServerHandshake::ServerHandshake(const clusterdisc::KeyRing& keys, ChannelBinding binding, const Nonce& nonce)
    : keys_(keys), binding_(checked(std::move(binding))), nonce_(nonce) {}

ReplyBytes ServerHandshake::reply(const HelloBytes& bytes) {
    const Hello hello = decode(bytes);
    if (hello.version != handshake_version) {
        refusal_ = other_version_text(hello.version);
        return encode({.verdict = Verdict::other_version});
    }
    const DerivedKeys* const key = keys_.common(hello.key_ids);
    if (key == nullptr) {
        refusal_ = no_common_key_text;
        return encode({.verdict = Verdict::no_common_key});
    }
    const Conversation conversation{
        .binding = binding_, .offered = hello.key_ids, .client = hello.nonce, .server = nonce_};
    refusal_.clear();
    expected_ = hash_as("client", conversation, *key);
    session_ = hash_as("session", conversation, *key);
    return encode({.key_id = key->id, .nonce = nonce_, .proof = hash_as("server", conversation, *key)});
}

void ServerHandshake::check_reply() const {
    if (!refusal_.empty()) {
        throw HandshakeRefused(refusal_);
    }
}

void ServerHandshake::check(const Proof& proof) const {
    check_reply();
    require_equal(proof, expected_);
}

}  // namespace openmosix
