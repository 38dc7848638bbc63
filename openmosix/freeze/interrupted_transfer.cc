// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/interrupted_transfer.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "calls/message_shapes.h"
#include "calls/partial_transfer.h"
#include "calls/system_call_table.h"
#include "freeze/call_exit.h"
#include "freeze/gathering.h"
#include "memory/body_memory.h"
#include "tracee/kernel_result.h"
#include "tracee/registers.h"
#include "tracee/taken_descriptor.h"
#include "words.h"

namespace openmosix {

namespace {

bool is_read_of_list(std::string_view name) {
    return name == "readv" || name.starts_with("preadv");
}

/// True for /dev/zero, full, random and urandom (major 1 of Documentation/admin-guide/devices.txt).
bool always_has_more(const struct stat& status) {
    constexpr unsigned memory_devices = 1;
    constexpr std::array<unsigned, 4> minors{5, 7, 8, 9};
    return S_ISCHR(status.st_mode) && major(status.st_rdev) == memory_devices &&
           std::ranges::find(minors, minor(status.st_rdev)) != minors.end();
}

/// True of a socket without boundaries between messages.
bool is_stream(pid_t pid, std::uint64_t number) {
    try {
        const auto socket = take_descriptor(pid, static_cast<int>(number));
        int type = 0;
        socklen_t size = sizeof type;
        return ::getsockopt(socket.number(), SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
    } catch (const std::system_error&) {
        // It is closed meanwhile, or this kernel shares no descriptors.
        return false;
    }
}

std::uint64_t word_at(const Bytes& bytes, std::size_t place, Abi abi) {
    return word_in(bytes, place, word_size(abi));
}

/// Lists of buffers become the call's input; all other pointers are the process's own. False when that cannot be read.
bool read_lists(Abi abi, std::string_view name, CallRequest& request, ProcessMemory& memory) {
    constexpr std::uint64_t max_buffers = 1024;
    const std::size_t word = word_size(abi);
    const auto read = [&](std::uint64_t address, std::size_t size) {
        const std::size_t start = request.input.size();
        request.input.resize(start + size);
        return memory.read(address, std::span(request.input).subspan(start));
    };
    if (name == "writev" || name.starts_with("pwritev") || is_read_of_list(name)) {
        request.relocations.push_back({true, 1, 0});
        const std::uint64_t count = request.arguments[2];
        return count <= max_buffers && read(request.arguments[1], static_cast<std::size_t>(count) * 2 * word);
    }
    if (name == "sendmsg" || name == "recvmsg") {
        // struct msghdr: name, its length, buffers, their count ...
        const std::size_t header = 7 * word;
        request.relocations = {{true, 1, 0},
                               {false, static_cast<std::uint32_t>(2 * word), static_cast<std::uint32_t>(header)}};
        if (!read(request.arguments[1], header)) {
            return false;
        }
        const std::uint64_t count = word_at(request.input, 3 * word, abi);
        return count <= max_buffers &&
               read(word_at(request.input, 2 * word, abi), static_cast<std::size_t>(count) * 2 * word);
    }
    return true;
}

/// The call in which the process is and that has moved something.
std::optional<CallRequest> read_call(const Registers& registers, ProcessMemory& memory) {
    if (registers.result() <= 0 || !is_at_call_exit(registers, memory)) {
        return std::nullopt;
    }
    try {
        const auto direct = direct_call(registers.abi, static_cast<std::uint32_t>(registers.call_number()),
                                        registers.arguments(), memory);
        CallRequest request;
        request.number = direct.number;
        request.arguments = direct.arguments;
        request.area = UINT32_MAX;
        const SystemCall* call = find_system_call(registers.abi, request.number);
        if (call == nullptr || !read_lists(registers.abi, call->name, request, memory)) {
            return std::nullopt;
        }
        return request;
    } catch (const Errno&) {
        return std::nullopt;
    }
}

/// Lists that the kernel reads at the call's beginning, below what the program uses of its stack.
class ListsOnStack {
public:
    ListsOnStack(ProcessMemory& memory, const Registers& registers, std::size_t size)
        : memory_(memory), before_(size), address_((registers.stack_pointer() - red_zone - size) & ~std::uint64_t{15}) {
    }
    /// Also puts the pointers right; false when there is no room.
    bool place(CallRequest& request, Abi abi) {
        for (const CallRequest::Relocation& relocation : request.relocations) {
            const std::uint64_t pointer = address_ + relocation.target;
            if (relocation.is_argument) {
                request.arguments.at(relocation.place) = pointer;
            } else {
                std::memcpy(request.input.data() + relocation.place, &pointer, word_size(abi));
            }
        }
        return memory_.read(address_, before_) && memory_.write(address_, request.input);
    }
    void remove() { static_cast<void>(memory_.write(address_, before_)); }

private:
    static constexpr std::uint64_t red_zone = 128;
    ProcessMemory& memory_;
    Bytes before_;
    std::uint64_t address_;
};

}  // namespace

bool may_end_early(pid_t pid, Abi abi, const CallRequest& request) {
    const SystemCall* call = find_system_call(abi, request.number);
    const std::string_view name = call == nullptr ? "" : call->name;
    if (name == "recvfrom" || name == "recvmsg") {
        return !is_stream(pid, request.arguments[0]);
    }
    const bool is_read = name == "read" || name == "pread64" || is_read_of_list(name);
    if (!is_read && !name.starts_with("sendfile")) {
        return false;
    }
    struct stat status {};
    const std::string path =
        "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(static_cast<std::uint32_t>(request.arguments[0]));
    const bool is_known = ::stat(path.c_str(), &status) == 0;
    return is_read ? !(is_known && always_has_more(status)) : is_known && S_ISFIFO(status.st_mode);
}

std::optional<Stop> finish_transfer(Tracee& tracee) {
    const Registers before = tracee.registers();
    BodyMemory memory(tracee.pid());
    const auto call = read_call(before, memory);
    const auto done = static_cast<std::uint64_t>(before.result());
    auto rest = call && !may_end_early(tracee.pid(), before.abi, *call) ? rest_of_transfer(before.abi, *call, done)
                                                                        : std::nullopt;
    if (!rest) {
        return std::nullopt;
    }
    ListsOnStack lists(memory, before, rest->input.size());
    if (!rest->input.empty() && !lists.place(*rest, before.abi)) {
        return std::nullopt;
    }
    Registers registers = before;
    for (std::size_t i = 0; i < rest->arguments.size(); ++i) {
        registers.argument(i) = rest->arguments.at(i);
    }
    registers.repeat_call(rest->number);
    tracee.set_registers(registers);
    // Entry and exit; a handler that comes first leaves the program with what has been done.
    std::int64_t last = 0;
    int signal = 0;
    Stop stop;
    for (int calls = 0; calls < 2;) {
        tracee.run_to_call(std::exchange(signal, 0));
        stop = tracee.wait();
        if (stop.kind == Stop::Kind::ended) {
            return stop;
        }
        if (stop.kind == Stop::Kind::group ||
            (stop.kind == Stop::Kind::signal && read_dispositions(tracee.pid()).catches(stop.signal))) {
            break;
        }
        if (stop.kind == Stop::Kind::signal) {
            signal = stop.signal;
        }
        if (stop.kind == Stop::Kind::call && ++calls == 2) {
            last = tracee.registers().result();
            // By a signal, which comes now: the kernel makes the call again if that does nothing.
            calls = is_broken_off(last) ? 0 : calls;
        }
    }
    if (!rest->input.empty()) {
        lists.remove();
    }
    Registers after = before;
    after.set_result(result_of_transfer(done, last));
    after.forget_call();
    tracee.set_registers(after);
    return stop;
}

}  // namespace openmosix
