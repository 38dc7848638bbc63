// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/fault_descriptor.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "image/fields.h"
#include "tracee/call_numbers.h"

#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif

namespace openmosix {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// Gives an open file to the process: it makes a socket with a name of the kernel's choice, to which we send it.
std::uint64_t lend(Tracee& tracee, Agent& agent, int file) {
    const CallNumbers& numbers = call_numbers(agent.abi());
    const Bytes family{AF_UNIX, 0};
    agent.write_scratch(0, family);
    const auto socket =
        static_cast<std::uint64_t>(agent.call("socket", numbers.socket, {AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0}));
    agent.call("bind", numbers.bind, {socket, agent.scratch(), family.size()});

    const clusterdisc::FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, tracee.pid(), 0)));
    const clusterdisc::FileDescriptor theirs(static_cast<int>(::syscall(SYS_pidfd_getfd, process.number(), socket, 0)));
    sockaddr_un name{};
    socklen_t length = sizeof name;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    if (!theirs.is_open() || ::getsockname(theirs.number(), reinterpret_cast<sockaddr*>(&name), &length) != 0) {
        fail("socket of the process");
    }
    const clusterdisc::FileDescriptor ours(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    char byte = 0;
    iovec part{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_name = &name;
    message.msg_namelen = length;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &file, sizeof file);
    if (!ours.is_open() || ::sendmsg(ours.number(), &message, 0) != 1) {
        fail("sendmsg");
    }

    // In the process: struct msghdr at 0, struct iovec at 128, the byte at 192, the control message at 256.
    const std::size_t word = word_size(agent.abi());
    Bytes memory(512);
    const auto put = [&](std::size_t place, std::uint64_t value) { std::memcpy(memory.data() + place, &value, word); };
    put(2 * word, agent.scratch() + 128);
    put(3 * word, 1);
    put(4 * word, agent.scratch() + 256);
    put(5 * word, 64);
    put(128, agent.scratch() + 192);
    put(128 + word, 1);
    agent.write_scratch(0, memory);
    agent.call("recvmsg", numbers.recvmsg, {socket, agent.scratch(), MSG_CMSG_CLOEXEC});
    // struct cmsghdr has a length of a word and two ints before the data.
    const Bytes got = agent.read_scratch(256 + word + 8, 4);
    agent.call("close", numbers.close, {socket});
    std::uint32_t number = 0;
    std::memcpy(&number, got.data(), sizeof number);
    return number;
}

std::uint64_t open_in_process(Tracee& tracee, Agent& agent) {
    const CallNumbers& numbers = call_numbers(agent.abi());
    std::array<InjectedCall, 1> direct{{{numbers.userfaultfd, {O_CLOEXEC | O_NONBLOCK}}}};
    agent.run(direct);
    if (direct[0].result >= 0) {
        return static_cast<std::uint64_t>(direct[0].result);
    }
    const clusterdisc::FileDescriptor device(::open("/dev/userfaultfd", O_RDWR | O_CLOEXEC));
    if (!device.is_open()) {
        fail("/dev/userfaultfd");
    }
    const std::uint64_t lent = lend(tracee, agent, device.number());
    const std::int64_t result =
        agent.call("ioctl USERFAULTFD_IOC_NEW", numbers.ioctl, {lent, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK});
    agent.call("close", numbers.close, {lent});
    return static_cast<std::uint64_t>(result);
}

}  // namespace

clusterdisc::FileDescriptor make_fault_descriptor(Tracee& tracee, Agent& agent) {
    const std::uint64_t theirs = open_in_process(tracee, agent);
    const clusterdisc::FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, tracee.pid(), 0)));
    clusterdisc::FileDescriptor ours(static_cast<int>(::syscall(SYS_pidfd_getfd, process.number(), theirs, 0)));
    agent.call("close", call_numbers(agent.abi()).close, {theirs});
    uffdio_api api{};
    api.api = UFFD_API;
    if (!ours.is_open() || ::ioctl(ours.number(), UFFDIO_API, &api) == -1) {
        fail("userfaultfd");
    }
    return ours;
}

}  // namespace openmosix
