// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <systemd/sd-event.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>

#include "common/address.h"
#include "common/event_loop.h"
#include "common/file_descriptor.h"

namespace clusterdisc {

/// Asks machines whether they are there by ICMP and ICMPv6 echo requests (RFC 792, RFC 4443): a kernel answers also
/// when its agent does not. Without CAP_NET_RAW nobody ever answers; that is said once, on standard error.
class EchoProber {
public:
    using OnAnswer = std::function<void(const Path& path)>;

    /// `on_answer` is called once for each request that is answered from the address it went to within 5 seconds, with
    /// the path that was probed. Every request carries 16 random bytes, so nobody can answer who has not seen it.
    EchoProber(sd_event* event, OnAnswer on_answer);

    /// The port plays no part. An error is the same as no answer.
    void probe(const Path& path);

private:
    using Token = std::array<std::uint8_t, 16>;
    struct Request {
        Token token{};
        Path path;
        Instant sent{};
    };

    void on_ready(const FileDescriptor& socket, bool is_ipv6);
    void forget_old(Instant now);

    OnAnswer on_answer_;
    std::deque<Request> requests_;
    std::uint16_t sequence_ = 0;
    FileDescriptor ipv4_;
    FileDescriptor ipv6_;
    EventSource ipv4_source_;
    EventSource ipv6_source_;
};

}  // namespace clusterdisc
