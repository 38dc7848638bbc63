// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/call_timeout.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "calls/system_call_table.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::int64_t nanoseconds_per_millisecond = 1'000'000;
/// Longer ones are as good as none.
constexpr std::int64_t max_seconds = std::int64_t{1} << 32U;

enum class Unit : std::uint8_t { milliseconds, timespec, timespec64 };

struct Row {
    std::string_view name;
    std::size_t argument;
    Unit unit;
    std::int64_t expired;
};

constexpr std::array<Row, 8> rows{{{"poll", 2, Unit::milliseconds, 0},
                                   {"epoll_wait", 3, Unit::milliseconds, 0},
                                   {"epoll_pwait", 3, Unit::milliseconds, 0},
                                   {"epoll_pwait2", 3, Unit::timespec64, 0},
                                   {"rt_sigtimedwait", 2, Unit::timespec, -EAGAIN},
                                   {"rt_sigtimedwait_time64", 2, Unit::timespec64, -EAGAIN},
                                   {"semtimedop", 3, Unit::timespec, -EAGAIN},
                                   {"semtimedop_time64", 3, Unit::timespec64, -EAGAIN}}};

// linux/ipc.h and linux/net.h.
constexpr std::uint64_t ipc_semtimedop = 4;
constexpr std::uint64_t socketcall_connect = 3;
constexpr std::array<std::uint64_t, 5> socketcalls_that_receive{5, 10, 12, 17, 18};
constexpr std::array<std::uint64_t, 3> socketcalls_that_send{9, 11, 16};

constexpr std::array<std::string_view, 7> names_that_receive{"read",     "readv",  "recvfrom", "recvmsg",
                                                             "recvmmsg", "accept", "accept4"};
constexpr std::array<std::string_view, 6> names_that_send{"write",   "writev",   "sendto",
                                                          "sendmsg", "sendmmsg", "connect"};

std::optional<std::int64_t> read_timespec(std::size_t argument, std::size_t word, const ReadArgument& read) {
    std::vector<std::uint8_t> bytes(2 * word);
    if (!read(argument, bytes)) {
        return std::nullopt;
    }
    auto seconds = static_cast<std::int64_t>(word_in(bytes, 0, word));
    const auto nanoseconds = static_cast<std::int64_t>(word_in(bytes, word, word));
    if (word == 4) {
        seconds = static_cast<std::int32_t>(seconds);
    }
    if (seconds < 0 || seconds > max_seconds || nanoseconds < 0 || nanoseconds >= nanoseconds_per_second) {
        return std::nullopt;
    }
    return seconds * nanoseconds_per_second + nanoseconds;
}

template <typename Values, typename Value>
bool is_one_of(const Values& values, const Value& value) {
    return std::ranges::find(values, value) != values.end();
}

std::optional<SocketWait> find_socketcall_wait(std::uint64_t operation, const ReadArgument& read) {
    const bool connects = operation == socketcall_connect;
    const bool receives = is_one_of(socketcalls_that_receive, operation);
    std::vector<std::uint8_t> first(4);
    if ((!connects && !receives && !is_one_of(socketcalls_that_send, operation)) || !read(1, first)) {
        return std::nullopt;
    }
    return SocketWait{static_cast<std::int32_t>(word_in(first, 0, 4)), receives ? SO_RCVTIMEO : SO_SNDTIMEO,
                      connects ? -EINPROGRESS : -EAGAIN};
}

}  // namespace

std::optional<CallTimeout> find_call_timeout(Abi abi, std::uint32_t number,
                                             const std::array<std::uint64_t, 6>& arguments, const ReadArgument& read) {
    const SystemCall* call = find_system_call(abi, number);
    if (call == nullptr) {
        return std::nullopt;
    }
    std::optional<std::int64_t> time;
    std::int64_t expired = -EAGAIN;
    if (call->name == "ipc") {
        constexpr std::size_t timeout_argument = 5;
        if ((arguments[0] & 0xffffU) == ipc_semtimedop && arguments[timeout_argument] != 0) {
            time = read_timespec(timeout_argument, word_size(abi), read);
        }
    } else if (const auto* row = std::ranges::find(rows, call->name, &Row::name); row != rows.end()) {
        const std::uint64_t argument = arguments.at(row->argument);
        expired = row->expired;
        if (row->unit == Unit::milliseconds) {
            const auto milliseconds = static_cast<std::int32_t>(static_cast<std::uint32_t>(argument));
            time = milliseconds < 0 ? std::nullopt : std::optional(milliseconds * nanoseconds_per_millisecond);
        } else if (argument != 0) {
            time = read_timespec(row->argument, row->unit == Unit::timespec64 ? 8 : word_size(abi), read);
        }
    }
    return time ? std::optional(CallTimeout{*time, expired}) : std::nullopt;
}

std::optional<SocketWait> find_socket_wait(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments,
                                           const ReadArgument& read) {
    const SystemCall* call = find_system_call(abi, number);
    if (call == nullptr) {
        return std::nullopt;
    }
    if (call->name == "socketcall") {
        return find_socketcall_wait(arguments[0], read);
    }
    const bool receives = is_one_of(names_that_receive, call->name);
    if (!receives && !is_one_of(names_that_send, call->name)) {
        return std::nullopt;
    }
    return SocketWait{static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[0])),
                      receives ? SO_RCVTIMEO : SO_SNDTIMEO, call->name == "connect" ? -EINPROGRESS : -EAGAIN};
}

}  // namespace openmosix
