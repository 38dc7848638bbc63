// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/marshalling.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "calls/buffer_lists.h"
#include "calls/command_shapes.h"
#include "calls/message_shapes.h"
#include "calls/system_call_table.h"
#include "tracee/kernel_result.h"

namespace openmosix {

namespace {

using Length = CallRequest::Output::Length;
using Rule = WriteBack::Rule;

/// PATH_MAX; without a zero byte in so many the kernel says ENAMETOOLONG.
constexpr std::uint64_t max_string = 4096;

std::uint64_t count_of(const RequestBuilder& builder, const ArgumentShape& shape) {
    const std::uint64_t count = builder.argument(shape.length_argument);
    return shape.length_is_int ? static_cast<std::uint32_t>(count) : count;
}

/// How many bytes a buffer has; where a call has less to say than fits, a greater buffer is none.
std::uint64_t size_of(RequestBuilder& builder, const ArgumentShape& shape) {
    if (shape.length_argument == no_argument) {
        return shape.size;
    }
    std::uint64_t count = count_of(builder, shape);
    const std::uint64_t greatest = shape.length_is_int || builder.abi() == Abi::i386 ? INT32_MAX : INT64_MAX;
    const std::uint64_t room = builder.room_left() / shape.size;
    if (count > greatest) {
        // Negative, for the kernel.
        throw NeedsHome{};
    }
    if (count > room) {
        if (!shape.is_only_limit || room == 0) {
            throw NeedsHome{};
        }
        count = room;
        builder.set_argument(shape.length_argument, count);
    }
    return count * shape.size;
}

void add_input(RequestBuilder& builder, const SystemCall& call, const ArgumentShape& shape, std::size_t index) {
    const std::uint64_t size = size_of(builder, shape);
    if (!call.name.ends_with("write") && !call.name.ends_with("write64")) {
        builder.in(index, size);
        return;
    }
    // The kernel writes what it can read, and fails only when that is nothing.
    const auto [block, readable] = builder.add_readable_input(builder.argument(index), size);
    if (readable == 0 && size != 0) {
        builder.point_argument_nowhere(index);
        return;
    }
    builder.set_argument(shape.length_argument, readable);
    builder.point_argument(index, block);
}

void marshal(RequestBuilder& builder, const SystemCall& call, std::size_t index) {
    const ArgumentShape& shape = call.arguments.at(index);
    // What lies before a type: struct msgbuf.
    const std::uint64_t type_size = word_size(builder.abi());
    switch (shape.kind) {
        case ArgumentKind::plain:
        case ArgumentKind::socketcall:
            return;
        case ArgumentKind::path:
            builder.path(index, max_string);
            return;
        case ArgumentKind::in:
            add_input(builder, call, shape, index);
            return;
        case ArgumentKind::out:
            if (shape.length_argument != no_argument) {
                builder.out(index, size_of(builder, shape), shape.size);
                return;
            }
            [[fallthrough]];
        case ArgumentKind::outall:
        case ArgumentKind::inout:
            // What the kernel leaves alone stays as it is.
            builder.inout(index, size_of(builder, shape), Length::fixed);
            return;
        case ArgumentKind::rest:
            builder.inout(index, size_of(builder, shape), Length::always, Rule::changes);
            return;
        case ArgumentKind::timeout:
            builder.inout(index, shape.size, Length::always, Rule::changes_if_possible);
            return;
        case ArgumentKind::iovin:
            add_vector_input(builder, index, count_of(builder, shape));
            return;
        case ArgumentKind::iovout:
            add_vector_output(builder, index, count_of(builder, shape));
            return;
        case ArgumentKind::msgin:
            add_message_input(builder, index);
            return;
        case ArgumentKind::msgout:
            add_message_output(builder, index);
            return;
        case ArgumentKind::mmsgin:
            add_messages_input(builder, index, shape.length_argument);
            return;
        case ArgumentKind::mmsgout:
            add_messages_output(builder, index, shape.length_argument);
            return;
        case ArgumentKind::addrout:
            add_address_output(builder, index, shape.length_argument);
            return;
        case ArgumentKind::sysvin:
            builder.in(index, type_size + size_of(builder, shape));
            return;
        case ArgumentKind::sysvout:
            builder.inout(index, type_size + size_of(builder, shape), Length::fixed, Rule::changes);
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
        case ArgumentKind::sockopt:
            add_socket_option(builder, call.name == "setsockopt");
            return;
        case ArgumentKind::select:
            add_select(builder, call.name);
            return;
        case ArgumentKind::ipc:
            add_ipc(builder);
            return;
    }
}

/// The bytes of an output that go to the body, and where in it they begin.
std::pair<std::size_t, std::span<const std::uint8_t>> changed_part(std::span<const std::uint8_t> before,
                                                                   std::span<const std::uint8_t> after) {
    const std::size_t common = std::min(before.size(), after.size());
    const auto first = std::ranges::mismatch(before.first(common), after.first(common)).in2;
    const auto start = static_cast<std::size_t>(first - after.begin());
    std::size_t end = after.size();
    while (end > start && end <= common && before[end - 1] == after[end - 1]) {
        --end;
    }
    return {start, after.subspan(start, end - start)};
}

}  // namespace

std::variant<ForwardedCall, NeedsHome, Errno> ForwardedCall::prepare(Abi abi, std::uint32_t number,
                                                                     const std::array<std::uint64_t, 6>& arguments,
                                                                     ProcessMemory& memory, std::uint32_t max_area) {
    try {
        const DirectCall direct = direct_call(abi, number, arguments, memory);
        const SystemCall* call = find_system_call(abi, direct.number);
        if (call == nullptr) {
            return Errno{ENOSYS};
        }
        RequestBuilder builder(abi, direct.number, direct.arguments, memory, max_area);
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

CallRequest ForwardedCall::take_request() {
    const bool is_compared =
        std::ranges::any_of(backs_, [](const WriteBack& back) { return back.rule != WriteBack::Rule::all; });
    if (is_compared) {
        return request_;
    }
    CallRequest request = std::move(request_);
    request_ = CallRequest();
    request_.outputs = request.outputs;
    return request;
}

std::uint32_t output_length(const CallRequest::Output& output, std::int64_t value) {
    switch (output.length) {
        case Length::always:
            return output.size;
        case Length::fixed:
            return is_error(value) ? 0 : output.size;
        case Length::result: {
            if (is_error(value) || output.unit == 0) {
                return 0;
            }
            const std::uint64_t end = std::uint64_t{output.before} + output.size;
            const std::uint64_t length = static_cast<std::uint64_t>(value) > end / output.unit
                                             ? end
                                             : static_cast<std::uint64_t>(value) * output.unit;
            return length < output.before ? 0 : static_cast<std::uint32_t>(length - output.before);
        }
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
        if (output.size() <= back.from || (back.min_value > 0 && result.value < back.min_value)) {
            continue;
        }
        std::size_t size = std::min<std::size_t>(back.size, output.size() - back.from);
        if (back.length) {
            std::uint64_t length = 0;
            const auto said = outputs.at(back.length->output);
            const std::size_t length_size = std::min<std::size_t>(back.length->size, sizeof length);
            if (said.size() < back.length->from + length_size) {
                continue;
            }
            std::memcpy(&length, said.data() + back.length->from, length_size);
            // Of all buffers of a list together.
            size = static_cast<std::size_t>(
                std::min<std::uint64_t>(size, length - std::min<std::uint64_t>(length, back.from)));
        }
        std::span<const std::uint8_t> bytes = output.subspan(back.from, size);
        std::uint64_t address = back.address;
        if (back.rule != Rule::all) {
            const std::size_t place = std::size_t{request_.outputs.at(back.output).offset} + back.from;
            const auto before = std::span(request_.input).subspan(std::min(place, request_.input.size()));
            const auto [start, changed] = changed_part(before, bytes);
            address += start;
            bytes = changed;
        }
        if (!bytes.empty() && !memory.write(address, bytes) && back.rule != Rule::changes_if_possible) {
            value = -EFAULT;
        }
    }
    return value;
}

}  // namespace openmosix
