// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/handshake.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <future>
#include <system_error>

#include "common/file_descriptor.h"
#include "peer/handshake_messages.h"

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

SocketPair socket_pair(int flags = 0) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0, ends.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    return {.client = FileDescriptor(ends[0]), .server = FileDescriptor(ends[1])};
}

using Authenticate = void (*)(int, const KeyRing&, std::string_view, std::chrono::steady_clock::time_point);

/// What went wrong; empty when nothing did. Closes the socket then, as a caller does.
std::string outcome(Authenticate authenticate, FileDescriptor& socket, const KeyRing& keys,
                    std::string_view purpose = "migration", milliseconds time = long_enough) {
    try {
        authenticate(socket.number(), keys, purpose, in(time));
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
        EXPECT_THAT(result.client, AllOf(StartsWith("peer on this machine: "), HasSubstr("another cluster key")));
        EXPECT_THAT(result.server, AllOf(StartsWith("peer on this machine: "), HasSubstr("another cluster key")));
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
    const HelloBytes hello = ClientHandshake(keys, "migration", Nonce{}).hello();
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, hello.size() - 1, hello.size()}) {
        SocketPair sockets = socket_pair();
        put(sockets.client, std::span(hello).first(size));
        ::shutdown(sockets.client.number(), SHUT_WR);
        EXPECT_THAT(outcome(authenticate_as_server, sockets.server, keys), HasSubstr("closed the connection")) << size;
    }
    SocketPair sockets = socket_pair();
    sockets.server = FileDescriptor();
    EXPECT_THAT(outcome(authenticate_as_client, sockets.client, keys), HasSubstr("connection ended"));
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
    const ClientHandshake client(keys, "migration", Nonce{});
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
    const FileDescriptor listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(listening.number(), generic, size), 0);
    ASSERT_EQ(::listen(listening.number(), 1), 0);
    ASSERT_EQ(::getsockname(listening.number(), generic, &size), 0);
    FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(client.number(), generic, size), 0);
    EXPECT_THAT(outcome(authenticate_as_client, client, ring_of({ClusterKey{1}}), "migration", milliseconds(20)),
                StartsWith("peer 127.0.0.1:" + std::to_string(::ntohs(address.sin_port)) + ": "));
}

}  // namespace
}  // namespace openmosix
