// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as each message of the handshake; and a handshake that would succeed, in which one byte
// is changed on the way.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "common/printable_text.h"
#include "peer/handshake_messages.h"

namespace {

using namespace openmosix;

/// As both ends see it.
ChannelBinding binding() {
    return {.purpose = "migration",
            .client = {.node = 1, .endpoint = {.address = {}, .port = 700}},
            .server = {.node = 2, .endpoint = {.address = {}, .port = 723}},
            .session = {}};
}

const clusterdisc::KeyRing& keys() {
    static const std::vector<clusterdisc::ClusterSecret> secrets = {clusterdisc::ClusterKey{1},
                                                                    clusterdisc::ClusterKey{2}};
    static const clusterdisc::KeyRing ring(secrets, "lab");
    return ring;
}

template <typename Bytes>
Bytes begin_of(std::span<const std::uint8_t> input) {
    Bytes bytes{};
    std::ranges::copy(input.first(std::min(input.size(), bytes.size())), bytes.begin());
    return bytes;
}

/// Whether it is not refused; a refusal must be fit for a log.
template <typename Talk>
bool is_believed(Talk talk) {
    try {
        talk();
        return true;
    } catch (const HandshakeRefused& refusal) {
        if (!clusterdisc::is_printable_text(refusal.what())) {
            std::abort();
        }
        return false;
    }
}

/// Changes the byte at `place`, if that is in this message; `place` counts on through all of them.
template <typename Bytes>
Bytes changed(Bytes bytes, std::size_t& place, std::uint8_t mask) {
    if (place < bytes.size()) {
        bytes.at(place) ^= mask;
    }
    place -= bytes.size();
    return bytes;
}

bool is_believed_with_a_change(std::size_t place, std::uint8_t mask) {
    ClientHandshake client(keys(), binding(), Nonce{1});
    ServerHandshake server(keys(), binding(), Nonce{2});
    return is_believed([&] {
        const ReplyBytes reply = server.reply(changed(client.hello(), place, mask));
        server.check(changed(client.prove(changed(reply, place, mask)), place, mask));
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> input(data, size);
    ClientHandshake client(keys(), binding(), Nonce{1});
    ServerHandshake server(keys(), binding(), Nonce{2});
    is_believed([&] { static_cast<void>(server.reply(begin_of<HelloBytes>(input))); });
    is_believed([&] { static_cast<void>(client.prove(begin_of<ReplyBytes>(input))); });
    if (is_believed([&] { server.check(begin_of<Proof>(input)); })) {
        std::abort();
    }
    constexpr std::size_t all_messages = sizeof(HelloBytes) + sizeof(ReplyBytes) + sizeof(Proof);
    if (size >= 2 && is_believed_with_a_change(data[0] % all_messages, data[1]) != (data[1] == 0)) {
        std::abort();
    }
    return 0;
}
