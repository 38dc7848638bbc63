// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/handshake.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <future>
#include <optional>
#include <system_error>
#include <utility>

#include "common/file_descriptor.h"
#include "peer/handshake_messages.h"
#include "peer/socket_address.h"

namespace openmosix {
namespace {

using clusterdisc::ClusterKey;
using clusterdisc::ClusterSecret;
using clusterdisc::FileDescriptor;
using clusterdisc::KeyRing;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// Long enough for a machine that is busy otherwise; nothing waits for it when all is well.
constexpr auto long_enough = std::chrono::seconds(20);

KeyRing ring_of(const std::vector<ClusterSecret>& secrets, std::string_view cluster = "lab") {
    return {secrets, cluster};
}

std::chrono::steady_clock::time_point in(milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

struct SocketPair {
    FileDescriptor client;
    FileDescriptor server;
};

/// Connected over TCP.
SocketPair socket_pair(int flags = 0) {
    const FileDescriptor listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    SocketAddress address = to_socket_address({.address = clusterdisc::parse_ip_address("127.0.0.1").value()});
    SocketPair sockets{.client = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
                       .server = FileDescriptor()};
    if (::bind(listening.number(), address.generic(), address.size) == 0 && ::listen(listening.number(), 1) == 0) {
        address = own_address(listening.number());
        if (::connect(sockets.client.number(), address.generic(), address.size) == 0) {
            sockets.server = FileDescriptor(::accept4(listening.number(), nullptr, nullptr, SOCK_CLOEXEC | flags));
        }
    }
    if (!sockets.server.is_open() || ::fcntl(sockets.client.number(), F_SETFL, O_RDWR | flags) != 0) {
        throw std::system_error(errno, std::generic_category(), "a pair of TCP sockets");
    }
    return sockets;
}

using Authenticate = Session (*)(int, const KeyRing&, const PeerConnection&, std::chrono::steady_clock::time_point);

/// What went wrong; empty when nothing did. Closes the socket then, as a caller does.
std::string outcome(Authenticate authenticate, FileDescriptor& socket, const KeyRing& keys,
                    std::string_view purpose = "migration", milliseconds time = long_enough) {
    const bool is_client = authenticate == authenticate_as_client;
    const PeerConnection connection{.purpose = purpose,
                                    .own_node = static_cast<clusterdisc::NodeId>(is_client ? 1 : 2),
                                    .peer_node = static_cast<clusterdisc::NodeId>(is_client ? 2 : 1)};
    try {
        authenticate(socket.number(), keys, connection, in(time));
        return "";
    } catch (const std::runtime_error& error) {
        socket = FileDescriptor();
        return error.what();
    }
}

struct Outcomes {
    std::string client;
    std::string server;
};

Outcomes outcomes(SocketPair& sockets, const KeyRing& client, const KeyRing& server,
                  std::string_view server_purpose = "migration") {
    auto answering = std::async(
        std::launch::async, [&] { return outcome(authenticate_as_server, sockets.server, server, server_purpose); });
    std::string asking = outcome(authenticate_as_client, sockets.client, client);
    return {.client = std::move(asking), .server = answering.get()};
}

void put(const FileDescriptor& socket, std::span<const std::uint8_t> bytes) {
    ASSERT_EQ(::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

TEST(Handshake, SucceedsWithTheSameKey) {
    for (const int flags : {0, static_cast<int>(SOCK_NONBLOCK)}) {
        SocketPair sockets = socket_pair(flags);
        const Outcomes result = outcomes(sockets, ring_of({ClusterKey{1}}), ring_of({ClusterKey{1}}));
        EXPECT_THAT(result.client, IsEmpty());
        EXPECT_THAT(result.server, IsEmpty());
        EXPECT_EQ(::fcntl(sockets.client.number(), F_GETFL) & O_NONBLOCK, flags & SOCK_NONBLOCK);
    }
}

TEST(Handshake, SucceedsWhileKeysAreRotated) {
    const std::vector<ClusterSecret> old_key = {ClusterKey{1}};
    const std::vector<ClusterSecret> old_and_new = {ClusterKey{1}, ClusterKey{2}};
    const std::vector<ClusterSecret> new_and_old = {ClusterKey{2}, ClusterKey{1}};
    const std::vector<ClusterSecret> new_key = {ClusterKey{2}};
    for (const auto& [client, server] : std::vector<std::pair<std::vector<ClusterSecret>, std::vector<ClusterSecret>>>{
             {old_key, old_and_new}, {old_and_new, old_key}, {old_and_new, new_and_old}, {new_and_old, new_key}}) {
        SocketPair sockets = socket_pair();
        const Outcomes result = outcomes(sockets, ring_of(client), ring_of(server));
        EXPECT_THAT(result.client, IsEmpty());
        EXPECT_THAT(result.server, IsEmpty());
    }
}

TEST(Handshake, TellsBothSidesThatTheyHaveNoKeyInCommon) {
    for (const KeyRing& server :
         {ring_of({ClusterKey{2}}), ring_of({ClusterKey{1}}, "other"), ring_of({ClusterKey{3}, ClusterKey{4}})}) {
        SocketPair sockets = socket_pair();
        const Outcomes result = outcomes(sockets, ring_of({ClusterKey{1}}), server);
        EXPECT_THAT(result.client, AllOf(StartsWith("peer 127.0.0.1:"), HasSubstr("another cluster key")));
        EXPECT_THAT(result.server, AllOf(StartsWith("peer 127.0.0.1:"), HasSubstr("another cluster key")));
    }
}

TEST(Handshake, FailsForAnotherPurpose) {
    SocketPair sockets = socket_pair();
    const Outcomes result = outcomes(sockets, ring_of({ClusterKey{1}}), ring_of({ClusterKey{1}}), "omd status");
    EXPECT_THAT(result.client, HasSubstr("for something else"));
    EXPECT_THAT(result.server, HasSubstr("closed the connection"));
}

TEST(Handshake, TakesNothingOfWhatFollows) {
    SocketPair sockets = socket_pair();
    const KeyRing keys = ring_of({ClusterKey{1}});
    auto answering = std::async(std::launch::async, [&] {
        std::string result = outcome(authenticate_as_server, sockets.server, keys);
        put(sockets.server, std::array<std::uint8_t, 1>{'s'});
        return result;
    });
    EXPECT_THAT(outcome(authenticate_as_client, sockets.client, keys), IsEmpty());
    put(sockets.client, std::array<std::uint8_t, 1>{'c'});
    EXPECT_THAT(answering.get(), IsEmpty());
    for (const FileDescriptor* const end : {&sockets.client, &sockets.server}) {
        std::array<char, 2> bytes{};
        EXPECT_EQ(::recv(end->number(), bytes.data(), bytes.size(), 0), 1);
        EXPECT_EQ(bytes[0], end == &sockets.client ? 's' : 'c');
    }
}

TEST(Handshake, DoesNotBelieveAnEcho) {
    SocketPair sockets = socket_pair();
    auto echo = std::async(std::launch::async, [&] {
        std::array<std::uint8_t, 256> bytes{};
        for (;;) {
            const ssize_t size = ::recv(sockets.server.number(), bytes.data(), bytes.size(), 0);
            if (size <= 0) {
                return;
            }
            // Repeated, as the answer is longer.
            put(sockets.server, std::span(bytes).first(static_cast<std::size_t>(size)));
            put(sockets.server, std::span(bytes).first(static_cast<std::size_t>(size)));
        }
    });
    EXPECT_THAT(outcome(authenticate_as_client, sockets.client, ring_of({ClusterKey{1}})), HasSubstr("version"));
    echo.get();
}

TEST(Handshake, EndsWithTheConnection) {
    const KeyRing keys = ring_of({ClusterKey{1}});
    const HelloBytes hello = ClientHandshake(keys, ChannelBinding(), Nonce{}).hello();
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, hello.size() - 1, hello.size()}) {
        SocketPair sockets = socket_pair();
        put(sockets.client, std::span(hello).first(size));
        ::shutdown(sockets.client.number(), SHUT_WR);
        EXPECT_THAT(outcome(authenticate_as_server, sockets.server, keys), HasSubstr("closed the connection")) << size;
    }
    SocketPair sockets = socket_pair();
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(sockets.server.number(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    sockets.server = FileDescriptor();
    EXPECT_THAT(outcome(authenticate_as_client, sockets.client, keys), HasSubstr("connection has ended"));
}

TEST(Handshake, AnswersNothingToGarbage) {
    SocketPair sockets = socket_pair();
    const std::string garbage = "GET / HTTP/1.1\r\nHost: 10.77.0.2\r\nAccept: text/html, */*\r\n\r\n";
    put(sockets.client, std::vector<std::uint8_t>(garbage.begin(), garbage.end()));
    EXPECT_THAT(outcome(authenticate_as_server, sockets.server, ring_of({ClusterKey{1}})), HasSubstr("not omd"));
    std::array<char, 1> byte{};
    EXPECT_LE(::recv(sockets.client.number(), byte.data(), byte.size(), 0), 0);
}

TEST(Handshake, WaitsForASlowPeerUntilTheDeadline) {
    const KeyRing keys = ring_of({ClusterKey{1}});
    constexpr auto short_time = milliseconds(50);
    for (const int flags : {0, static_cast<int>(SOCK_NONBLOCK)}) {
        SocketPair sockets = socket_pair(flags);
        put(sockets.client, std::array<std::uint8_t, 3>{'C', 'D', 'o'});
        const auto start = std::chrono::steady_clock::now();
        EXPECT_THAT(outcome(authenticate_as_server, sockets.server, keys, "migration", short_time),
                    HasSubstr("in time"));
        EXPECT_GE(std::chrono::steady_clock::now() - start, short_time);
    }
    SocketPair sockets = socket_pair();
    EXPECT_THAT(outcome(authenticate_as_client, sockets.client, keys, "migration", short_time), HasSubstr("in time"));
    SocketPair late = socket_pair();
    EXPECT_THAT(outcome(authenticate_as_client, late.client, keys, "migration", milliseconds(-1)),
                HasSubstr("in time"));
}

TEST(Handshake, TakesAPeerThatSendsByteByByte) {
    SocketPair sockets = socket_pair();
    const KeyRing keys = ring_of({ClusterKey{1}});
    auto answering =
        std::async(std::launch::async, [&] { return outcome(authenticate_as_server, sockets.server, keys); });
    ClientHandshake client(keys,
                           {.purpose = "migration",
                            .client = {.node = 1, .endpoint = own_endpoint(sockets.client.number())},
                            .server = {.node = 2, .endpoint = peer_endpoint(sockets.client.number())}},
                           Nonce{});
    for (const std::uint8_t byte : client.hello()) {
        put(sockets.client, std::span(&byte, 1));
    }
    ReplyBytes reply{};
    ASSERT_EQ(::recv(sockets.client.number(), reply.data(), reply.size(), MSG_WAITALL),
              static_cast<ssize_t>(reply.size()));
    for (const std::uint8_t byte : client.prove(reply)) {
        put(sockets.client, std::span(&byte, 1));
    }
    EXPECT_THAT(answering.get(), IsEmpty());
}

TEST(Handshake, NamesTheAddressOfThePeer) {
    SocketPair sockets = socket_pair();
    EXPECT_THAT(
        outcome(authenticate_as_client, sockets.client, ring_of({ClusterKey{1}}), "migration", milliseconds(20)),
        StartsWith("peer " + to_text(own_endpoint(sockets.server.number())) + ": "));
}

/// Passes on what comes at either of two sockets until one ends.
void relay(const FileDescriptor& one, const FileDescriptor& other) {
    std::array<std::uint8_t, 256> bytes{};
    for (;;) {
        std::array<pollfd, 2> waits{pollfd{one.number(), POLLIN, 0}, pollfd{other.number(), POLLIN, 0}};
        ::poll(waits.data(), waits.size(), -1);
        const bool is_one = waits[0].revents != 0;
        const ssize_t size = ::recv((is_one ? one : other).number(), bytes.data(), bytes.size(), 0);
        if (size <= 0) {
            ::shutdown(one.number(), SHUT_RDWR);
            ::shutdown(other.number(), SHUT_RDWR);
            return;
        }
        ::send((is_one ? other : one).number(), bytes.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL);
    }
}

TEST(Handshake, IsNotPassedOn) {
    const KeyRing keys = ring_of({ClusterKey{1}});
    SocketPair first = socket_pair();
    SocketPair second = socket_pair();
    auto between = std::async(std::launch::async, [&] { relay(first.server, second.client); });
    auto answering =
        std::async(std::launch::async, [&] { return outcome(authenticate_as_server, second.server, keys); });
    EXPECT_THAT(outcome(authenticate_as_client, first.client, keys), HasSubstr("passes the connection on"));
    EXPECT_THAT(answering.get(), HasSubstr("closed the connection"));
    between.get();
}

TEST(Handshake, IsForTheNodesThatBothMean) {
    const KeyRing keys = ring_of({ClusterKey{1}});
    SocketPair sockets = socket_pair();
    auto answering = std::async(std::launch::async, [&] {
        const PeerConnection seen{.purpose = "migration", .own_node = 2, .peer_node = 3};
        EXPECT_THROW(authenticate_as_server(sockets.server.number(), keys, seen, in(long_enough)), std::runtime_error);
    });
    EXPECT_THAT(outcome(authenticate_as_client, sockets.client, keys), HasSubstr("not the node"));
    answering.get();
}

TEST(Handshake, OfASecondConnectionBelongsToTheFirst) {
    const KeyRing keys = ring_of({ClusterKey{1}});
    const auto sessions = [&](const Session& of_client, const Session& of_server) {
        SocketPair sockets = socket_pair();
        auto answering = std::async(std::launch::async, [&]() -> std::optional<Session> {
            try {
                return authenticate_as_server(sockets.server.number(), keys, {"pages", 2, 1, of_server},
                                              in(long_enough));
            } catch (const std::runtime_error&) {
                return std::nullopt;
            }
        });
        std::optional<Session> asking;
        try {
            asking = authenticate_as_client(sockets.client.number(), keys, {"pages", 1, 2, of_client}, in(long_enough));
        } catch (const std::runtime_error&) {
            sockets.client = FileDescriptor();
        }
        return std::pair(asking, answering.get());
    };
    const auto [first, same] = sessions({}, {});
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first, same);
    EXPECT_TRUE(sessions(*first, *first).first.has_value());
    EXPECT_EQ(sessions(*first, {}), (std::pair<std::optional<Session>, std::optional<Session>>()));
}

}  // namespace
}  // namespace openmosix
