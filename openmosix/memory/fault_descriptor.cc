// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/fault_descriptor.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

#include "common/log.h"
#include "image/fields.h"
#include "tracee/call_numbers.h"
#include "tracee/helper_process.h"
#include "tracee/taken_descriptor.h"

#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif

namespace openmosix {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// True while nobody but root may look into a process's memory or take its descriptors (PR_SET_DUMPABLE in prctl(2)).
class ClosedMemory {
public:
    explicit ClosedMemory(Agent& agent)
        : agent_(agent), was_open_(call("prctl PR_GET_DUMPABLE", PR_GET_DUMPABLE) == open) {
        if (was_open_) {
            call("prctl PR_SET_DUMPABLE", PR_SET_DUMPABLE, closed);
        }
    }
    ClosedMemory(const ClosedMemory&) = delete;
    ClosedMemory& operator=(const ClosedMemory&) = delete;
    ClosedMemory(ClosedMemory&&) = delete;
    ClosedMemory& operator=(ClosedMemory&&) = delete;
    ~ClosedMemory() {
        try {
            if (was_open_) {
                call("prctl PR_SET_DUMPABLE", PR_SET_DUMPABLE, open);
            }
        } catch (const std::exception&) {
            // It has ended.
        }
    }

private:
    /// SUID_DUMP_DISABLE and SUID_DUMP_USER of linux/sched/coredump.h.
    static constexpr std::uint64_t closed = 0;
    static constexpr std::uint64_t open = 1;

    std::uint64_t call(const char* what, std::uint64_t option, std::uint64_t value = 0) {
        return static_cast<std::uint64_t>(agent_.call(what, call_numbers(agent_.abi()).prctl, {option, value}));
    }

    Agent& agent_;
    bool was_open_;
};

/// Gives an open file to the process: it makes two connected sockets, and we send it through our copy of one. So nobody
/// else can send anything.
std::uint64_t lend(pid_t pid, Agent& agent, int file) {
    const CallNumbers& numbers = call_numbers(agent.abi());
    agent.call("socketpair", numbers.socketpair, {AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, agent.scratch()});
    std::array<std::uint32_t, 2> sockets{};
    const Bytes numbers_of_sockets = agent.read_scratch(0, sizeof sockets);
    std::memcpy(sockets.data(), numbers_of_sockets.data(), sizeof sockets);
    const clusterdisc::FileDescriptor ours = take_descriptor(pid, static_cast<int>(sockets[0]));
    char byte = 0;
    iovec part{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &file, sizeof file);
    if (::sendmsg(ours.number(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) != 1) {
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
    const std::int64_t received =
        agent.call("recvmsg", numbers.recvmsg, {sockets[1], agent.scratch(), MSG_CMSG_CLOEXEC | MSG_DONTWAIT});
    // struct cmsghdr: the length, a word, then level, type and data, four bytes each.
    const Bytes got = agent.read_scratch(256, word + 12);
    std::array<std::uint32_t, 3> fields{};
    std::memcpy(fields.data(), got.data() + word, sizeof fields);
    if (received != 1 || got.front() != word + 12 || fields[0] != SOL_SOCKET || fields[1] != SCM_RIGHTS) {
        throw std::runtime_error("/dev/userfaultfd cannot be passed to it");
    }
    return fields[2];
}

std::uint64_t open_in_process(pid_t pid, Agent& agent) {
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
    const std::uint64_t lent = lend(pid, agent, device.number());
    return static_cast<std::uint64_t>(
        agent.call("ioctl USERFAULTFD_IOC_NEW", numbers.ioctl, {lent, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK}));
}

clusterdisc::FileDescriptor try_to_make(Tracee& tracee, Agent& agent, const MemoryFile& memory) {
    // In a process with descriptors of its own: those of the traced one can be used up, and be shared with processes
    // that must not have /dev/userfaultfd.
    const ClosedMemory closed(agent);
    HelperProcess helper(tracee, agent, memory);
    const std::uint64_t theirs = open_in_process(helper.pid(), helper.agent());
    clusterdisc::FileDescriptor ours = take_descriptor(helper.pid(), static_cast<int>(theirs));
    uffdio_api api{};
    api.api = UFFD_API;
    if (::ioctl(ours.number(), UFFDIO_API, &api) == -1) {
        fail("userfaultfd");
    }
    return ours;
}

}  // namespace

clusterdisc::FileDescriptor make_fault_descriptor(Tracee& tracee, Agent& agent, const MemoryFile& memory) {
    try {
        return try_to_make(tracee, agent, memory);
    } catch (const std::exception& error) {
        clusterdisc::log_line(
            clusterdisc::LogLevel::info,
            "process " + std::to_string(tracee.pid()) +
                " does not run before all of its memory is here, as its faults cannot be handled: " + error.what());
        return clusterdisc::FileDescriptor();
    }
}

}  // namespace openmosix
