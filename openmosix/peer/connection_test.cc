// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/connection.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "peer/reserved_ports.h"
#include "peer/socket_address.h"

namespace openmosix {
namespace {

using clusterdisc::FileDescriptor;

/// In a network of its own, where only root is: all ports are free.
class Connections : public testing::Test {
protected:
    void SetUp() override {
        home_ = FileDescriptor(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
        if (::unshare(CLONE_NEWNET) != 0) {
            GTEST_SKIP() << "a network of one's own needs root";
        }
        const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ifreq request{};
        std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name);  // NOLINT(*-union-access)
        request.ifr_flags = IFF_UP;                                     // NOLINT(*-union-access)
        ASSERT_EQ(::ioctl(socket.number(), SIOCSIFFLAGS, &request), 0);
    }
    void TearDown() override { ::setns(home_.number(), CLONE_NEWNET); }

    /// Listens at the port.
    static FileDescriptor listen(std::uint16_t port) {
        FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        SocketAddress address =
            to_socket_address({.address = *clusterdisc::parse_ip_address("127.0.0.1"), .port = port});
        EXPECT_EQ(::bind(socket.number(), address.generic(), address.size), 0);
        EXPECT_EQ(::listen(socket.number(), 1024), 0);
        return socket;
    }
    static FileDescriptor accept(const FileDescriptor& listening) {
        return FileDescriptor(::accept4(listening.number(), nullptr, nullptr, SOCK_CLOEXEC));
    }

private:
    FileDescriptor home_;
};

TEST_F(Connections, ComeFromPortsOfRoot) {
    const FileDescriptor listening = listen(default_port);
    std::vector<FileDescriptor> all;
    // As many as there are ports; then there is none left.
    const std::size_t count = peer_ports(0).size();
    for (std::size_t number = 0; number < count; ++number) {
        const FileDescriptor& client = all.emplace_back(connect_to("127.0.0.1", default_port, in_seconds(20)));
        EXPECT_TRUE(is_reserved(own_endpoint(client.number()).port));
        all.push_back(accept(listening));
    }
    EXPECT_THROW(connect_to("127.0.0.1", default_port, in_seconds(20)), std::runtime_error);
    // To another port, and when one has ended, there is.
    const FileDescriptor other = listen(1);
    EXPECT_NO_THROW(connect_to("127.0.0.1", 1, in_seconds(20)));
    all.erase(all.begin(), all.begin() + 2);
    EXPECT_NO_THROW(connect_to("127.0.0.1", default_port, in_seconds(20)));
}

TEST_F(Connections, DoNotRunOutOfPortsBecauseOfThoseThatHaveEnded) {
    const FileDescriptor listening = listen(default_port);
    for (std::size_t number = 0; number < 4 * peer_ports(0).size(); ++number) {
        FileDescriptor client = connect_to("127.0.0.1", default_port, in_seconds(20));
        FileDescriptor server = accept(listening);
        // Whoever closes first keeps the connection's ports for a minute (TIME_WAIT).
        (number % 2 == 0 ? client : server) = FileDescriptor();
    }
}

TEST_F(Connections, OfPagesComeFromTheSameNodeAndItsRoot) {
    const FileDescriptor listening = listen(default_port);
    const FileDescriptor client = connect_to("127.0.0.1", default_port, in_seconds(20));
    const FileDescriptor server = accept(listening);
    const SecondDoor door(server.number());
    EXPECT_TRUE(is_reserved(door.port()));
    // A user of that node cannot come in between.
    const FileDescriptor user(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    SocketAddress address = own_address(server.number());
    address.set_port(door.port());
    ASSERT_EQ(::connect(user.number(), address.generic(), address.size), 0);
    const FileDescriptor pages = connect_to("127.0.0.1", door.port(), in_seconds(20));
    const FileDescriptor taken = door.accept(in_seconds(20));
    EXPECT_EQ(peer_endpoint(taken.number()), own_endpoint(pages.number()));
    char byte = 0;
    EXPECT_LE(::recv(user.number(), &byte, 1, 0), 0);
}

}  // namespace
}  // namespace openmosix
