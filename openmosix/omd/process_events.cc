// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/process_events.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace openmosix {

namespace {

/// PROC_EVENT_EXEC and PROC_EVENT_EXIT, which headers define in different places.
constexpr std::uint32_t exec_event = 0x00000002;
constexpr std::uint32_t exit_event = 0x80000000;

/// A message: nlmsghdr, cn_msg, proc_event, of which `event_data` begins with the ids of the thread and of its process.
constexpr std::size_t cn_offset = sizeof(nlmsghdr);
constexpr std::size_t event_offset = cn_offset + sizeof(cn_msg);
constexpr std::size_t pid_offset = event_offset + offsetof(proc_event, event_data);
constexpr std::size_t tgid_offset = pid_offset + sizeof(std::uint32_t);
constexpr std::size_t status_offset = tgid_offset + sizeof(std::uint32_t);
static_assert(event_offset == 36 && pid_offset == 52);

/// The part of an exit code that is the signal which ended the process (wait(2)).
constexpr std::uint32_t signal_mask = 0x7f;

std::uint32_t word_at(std::span<const std::uint8_t> message, std::size_t offset) {
    std::uint32_t word = 0;
    std::memcpy(&word, message.subspan(offset).data(), sizeof word);
    return word;
}

void throw_unless(bool is_good, const char* what) {
    if (!is_good) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

clusterdisc::FileDescriptor open_namespace(const char* path) {
    clusterdisc::FileDescriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    throw_unless(file.is_open(), path);
    return file;
}

/// Closed, and errno set, when the kernel has none.
clusterdisc::FileDescriptor open_connector() {
    return clusterdisc::FileDescriptor(
        ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR));
}

/// The same; a socket stays in the namespace in which it was opened.
clusterdisc::FileDescriptor open_connector_in(const std::string& network) {
    const auto own = open_namespace("/proc/thread-self/ns/net");
    const auto other = open_namespace(network.c_str());
    throw_unless(::setns(other.number(), CLONE_NEWNET) == 0, "the initial network namespace cannot be entered");
    auto socket = open_connector();
    const int error = errno;
    if (::setns(own.number(), CLONE_NEWNET) != 0) {
        // All other sockets of omd would be in a network that it does not know.
        std::abort();
    }
    errno = error;
    return socket;
}

/// Lets through what parse_process_event() takes.
void attach_filter(int socket) {
    // Words are loaded in network byte order.
    std::array<sock_filter, 9> program{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, event_offset),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(exec_event), 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(exit_event), 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, pid_offset),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, tgid_offset),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    }};
    const sock_fprog filter{.len = program.size(), .filter = program.data()};
    throw_unless(::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0,
                 "no filter of events");
}

void request(int socket, proc_cn_mcast_op operation) {
    std::array<std::uint8_t, event_offset + sizeof(std::uint32_t)> message{};
    nlmsghdr header{};
    header.nlmsg_len = message.size();
    header.nlmsg_type = NLMSG_DONE;
    cn_msg connector{};
    connector.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC};
    connector.len = sizeof(std::uint32_t);
    const auto word = static_cast<std::uint32_t>(operation);
    std::memcpy(message.data(), &header, sizeof header);
    std::memcpy(message.data() + cn_offset, &connector, sizeof connector);
    std::memcpy(message.data() + event_offset, &word, sizeof word);
    throw_unless(::send(socket, message.data(), message.size(), 0) == static_cast<ssize_t>(message.size()),
                 "the connector takes no request");
}

}  // namespace

std::optional<ProcessEvent> parse_process_event(std::span<const std::uint8_t> message) {
    if (message.size() < status_offset + sizeof(std::uint32_t)) {
        return std::nullopt;
    }
    const std::uint32_t what = word_at(message, event_offset);
    const std::uint32_t pid = word_at(message, pid_offset);
    const bool is_process = pid == word_at(message, tgid_offset);
    if ((what != exec_event && what != exit_event) || !is_process || static_cast<pid_t>(pid) <= 0) {
        return std::nullopt;
    }
    ProcessEvent event{.kind = ProcessEvent::Kind::executed, .pid = static_cast<pid_t>(pid)};
    if (what == exit_event) {
        const bool is_killed = (word_at(message, status_offset) & signal_mask) != 0;
        event.kind = is_killed ? ProcessEvent::Kind::killed : ProcessEvent::Kind::exited;
    }
    return event;
}

ProcessEvents::ProcessEvents(sd_event* event, const std::string& network,
                             std::function<void(const ProcessEvent&)> on_event)
    : on_event_(std::move(on_event)), socket_(network.empty() ? open_connector() : open_connector_in(network)) {
    throw_unless(socket_.is_open(), "no socket of the connector");
    attach_filter(socket_.number());
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = CN_IDX_PROC;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
    throw_unless(::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
                 "the connector does not let omd hear about processes");
    request(socket_.number(), PROC_CN_MCAST_LISTEN);
    readable_ = clusterdisc::add_io(event, socket_.number(), EPOLLIN, [this](std::uint32_t) { receive(); });
}

ProcessEvents::~ProcessEvents() {
    // The kernel counts listeners by what they say.
    try {
        request(socket_.number(), PROC_CN_MCAST_IGNORE);
    } catch (const std::system_error&) {
        // Then it goes on making messages for nobody.
    }
}

void ProcessEvents::receive() {
    // So that other events get their turn.
    constexpr int max_messages = 64;
    for (int count = 0; count < max_messages; ++count) {
        std::array<std::uint8_t, 512> buffer{};
        sockaddr_nl sender{};
        socklen_t length = sizeof sender;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
        auto* const generic = reinterpret_cast<sockaddr*>(&sender);
        const ssize_t size = ::recvfrom(socket_.number(), buffer.data(), buffer.size(), MSG_DONTWAIT, generic, &length);
        if (size < 0 && errno != ENOBUFS && errno != EINTR) {
            return;
        }
        // Only the kernel has no port.
        if (size > 0 && sender.nl_pid == 0) {
            if (const auto event = parse_process_event(std::span(buffer).first(static_cast<std::size_t>(size)))) {
                on_event_(*event);
            }
        }
    }
}

}  // namespace openmosix
