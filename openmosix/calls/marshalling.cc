// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/marshalling.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "calls/command_shapes.h"
#include "calls/message_shapes.h"
#include "calls/system_call_table.h"

namespace openmosix {

namespace {

using Length = CallRequest::Output::Length;

bool is_error(std::int64_t value) { return value < 0 && value >= -4095; }

/// What may be cut short: its caller has to look at the result anyway.
bool may_be_short(std::string_view name) {
    return name == "write" || name == "pwrite64" || name == "read" || name == "pread64" || name == "recvfrom" ||
           name.starts_with("getdents") || name == "readlink" || name == "readlinkat";
}

std::uint64_t length_of(RequestBuilder& builder, const SystemCall& call, const ArgumentShape& shape) {
    // The kernel takes lengths as unsigned words; on i386 the upper half is not there.
    std::uint64_t count = builder.argument(shape.length_argument);
    const std::uint64_t room = builder.largest_area() - std::uint64_t{512};
    if (count * shape.size > room && may_be_short(call.name)) {
        count = room;
        builder.set_argument(shape.length_argument, count);
    }
    if (count > room) {
        throw NeedsHome{};
    }
    return count * shape.size;
}

void marshal(RequestBuilder& builder, const SystemCall& call, std::size_t index) {
    const ArgumentShape& shape = call.arguments.at(index);
    const bool has_length = shape.length_argument != no_argument;
    const auto size = [&] { return has_length ? length_of(builder, call, shape) : shape.size; };
    switch (shape.kind) {
        case ArgumentKind::plain:
            return;
        case ArgumentKind::path:
            builder.path(index);
            return;
        case ArgumentKind::in:
            builder.in(index, size());
            return;
        case ArgumentKind::out:
            builder.out(index, size(), has_length ? Length::result : Length::fixed, shape.size);
            return;
        case ArgumentKind::outall:
            builder.out(index, size(), Length::fixed);
            return;
        case ArgumentKind::inout:
            builder.inout(index, size(), Length::fixed);
            return;
        case ArgumentKind::rest:
            builder.inout(index, shape.size, Length::always);
            return;
        case ArgumentKind::iovin:
            add_vector_input(builder, index, builder.argument(shape.length_argument));
            return;
        case ArgumentKind::iovout:
            add_vector_output(builder, index, builder.argument(shape.length_argument));
            return;
        case ArgumentKind::msgin:
            add_message_input(builder, index);
            return;
        case ArgumentKind::msgout:
            add_message_output(builder, index);
            return;
        case ArgumentKind::addrout:
            add_address_output(builder, index, shape.length_argument);
            return;
        case ArgumentKind::ioctl:
            add_ioctl(builder);
            return;
        case ArgumentKind::fcntl:
            add_fcntl(builder);
            return;
        case ArgumentKind::prctl:
            add_prctl(builder);
            return;
        case ArgumentKind::select:
            add_select(builder, call.name);
            return;
        case ArgumentKind::socketcall:
            throw NeedsHome{};
    }
}

}  // namespace

std::variant<ForwardedCall, NeedsHome, Errno> ForwardedCall::prepare(Abi abi, std::uint32_t number,
                                                                     const std::array<std::uint64_t, 6>& arguments,
                                                                     ProcessMemory& memory, std::uint32_t largest_area) {
    const SystemCall* call = find_system_call(abi, number);
    if (call == nullptr) {
        return Errno{ENOSYS};
    }
    if (call->arguments[0].kind == ArgumentKind::socketcall) {
        // The old way to all socket calls: a number and a pointer to the arguments.
        const auto direct = direct_socket_call(arguments, memory);
        return direct ? prepare(abi, direct->number, direct->arguments, memory, largest_area)
                      : std::variant<ForwardedCall, NeedsHome, Errno>(Errno{EFAULT});
    }
    try {
        RequestBuilder builder(abi, number, arguments, memory, largest_area);
        for (std::size_t index = 0; index < call->arguments.size(); ++index) {
            marshal(builder, *call, index);
        }
        ForwardedCall result;
        result.request_ = builder.finish();
        result.backs_ = builder.take_backs();
        return result;
    } catch (const NeedsHome& home) {
        return home;
    } catch (const Errno& error) {
        return error;
    }
}

std::uint32_t output_length(const CallRequest::Output& output, std::int64_t value) {
    switch (output.length) {
        case Length::always:
            return output.size;
        case Length::fixed:
            return is_error(value) ? 0 : output.size;
        case Length::result:
            return is_error(value) ? 0
                                   : static_cast<std::uint32_t>(std::min<std::uint64_t>(
                                         output.size, static_cast<std::uint64_t>(value) * output.unit));
    }
    return 0;
}

std::int64_t ForwardedCall::finish(const CallResult& result, ProcessMemory& memory) const {
    std::vector<std::span<const std::uint8_t>> outputs;
    std::span<const std::uint8_t> rest = result.output;
    for (const CallRequest::Output& output : request_.outputs) {
        const std::size_t length = std::min<std::size_t>(output_length(output, result.value), rest.size());
        outputs.push_back(rest.first(length));
        rest = rest.subspan(length);
    }
    std::int64_t value = result.value;
    for (const WriteBack& back : backs_) {
        const auto output = outputs.at(back.output);
        if (output.size() <= back.from) {
            continue;
        }
        std::size_t size = std::min<std::size_t>(back.size, output.size() - back.from);
        if (back.length_output >= 0) {
            std::uint32_t length = 0;
            const auto said = outputs.at(static_cast<std::size_t>(back.length_output));
            std::memcpy(&length, said.data(), std::min(said.size(), sizeof length));
            size = std::min<std::size_t>(size, length);
        }
        if (size != 0 && !memory.write(back.address, output.subspan(back.from, size))) {
            value = -EFAULT;
        }
    }
    return value;
}

}  // namespace openmosix
