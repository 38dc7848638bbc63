// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/message_shapes.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "calls/buffer_lists.h"
#include "calls/system_call_table.h"

namespace openmosix {

namespace {

using Length = CallRequest::Output::Length;
using Rule = WriteBack::Rule;
using Block = RequestBuilder::Block;
using Bytes = std::vector<std::uint8_t>;

/// sizeof(struct sockaddr_storage); the kernel neither reads nor writes more.
constexpr std::uint32_t max_address = 128;

/// struct msghdr: name, its length (an int), buffers, their count, control, its
/// length, flags; words but for the ints. struct mmsghdr: this, a length (an
/// int), and what makes it whole words.
struct MessageLayout {
    explicit MessageLayout(Abi abi) : word(word_size(abi)) {}
    std::size_t word;
    [[nodiscard]] std::size_t name_length() const { return word; }
    [[nodiscard]] std::size_t parts() const { return 2 * word; }
    [[nodiscard]] std::size_t part_count() const { return 3 * word; }
    [[nodiscard]] std::size_t control() const { return 4 * word; }
    [[nodiscard]] std::size_t control_length() const { return 5 * word; }
    [[nodiscard]] std::size_t flags() const { return 6 * word; }
    [[nodiscard]] std::size_t size() const { return 7 * word; }
    [[nodiscard]] std::size_t size_in_list() const { return 8 * word; }
};

/// Where a struct msghdr lies: in the body, and in a block that is also an
/// output.
struct MessagePlace {
    std::uint64_t address = 0;
    Block block = 0;
    std::size_t offset = 0;
    std::uint32_t output = 0;
    /// The call's result when the message is one of those that were sent or
    /// received.
    std::int64_t min_value = 0;
};

struct Message {
    std::uint64_t name = 0;
    std::uint32_t name_length = 0;
    /// None when the kernel will not take it.
    std::optional<std::vector<Buffer>> buffers;
    std::uint64_t control = 0;
    std::uint64_t control_length = 0;
};

Message parse_message(RequestBuilder& builder, std::span<const std::uint8_t> header) {
    const MessageLayout layout(builder.abi());
    Message message;
    const auto get = [&](auto& field, std::size_t place, std::size_t size) {
        std::memcpy(&field, header.data() + place, size);
    };
    std::uint64_t parts = 0;
    std::uint64_t count = 0;
    get(message.name, 0, layout.word);
    get(message.name_length, layout.name_length(), sizeof message.name_length);
    get(parts, layout.parts(), layout.word);
    get(count, layout.part_count(), layout.word);
    get(message.control, layout.control(), layout.word);
    get(message.control_length, layout.control_length(), layout.word);
    message.name_length = std::min(message.name_length, max_address);
    message.buffers = read_buffer_list(builder, parts, count);
    return message;
}

/// A block that a field of the header points to; none when it cannot be read.
std::optional<Block> add_part(RequestBuilder& builder, const MessagePlace& place, std::size_t field,
                              std::uint64_t address, std::uint64_t size) {
    const auto block = builder.add_input_from(address, size);
    if (block) {
        builder.point_word(place.block, place.offset + field, *block);
    } else {
        builder.point_word_nowhere(place.block, place.offset + field);
    }
    return block;
}

void add_input_content(RequestBuilder& builder, const MessagePlace& place, const Message& message) {
    const MessageLayout layout(builder.abi());
    if (message.name != 0) {
        add_part(builder, place, 0, message.name, message.name_length);
    }
    if (message.buffers) {
        builder.point_word(place.block, place.offset + layout.parts(),
                           add_input_buffers(builder, *message.buffers, Unreadable::stays));
    } else {
        builder.point_word_nowhere(place.block, place.offset + layout.parts());
    }
    if (message.control != 0) {
        add_part(builder, place, layout.control(), message.control, message.control_length);
    }
}

/// `data_length`: as `said` of add_message_buffers().
void add_output_content(RequestBuilder& builder, const MessagePlace& place, const Message& message,
                        const std::optional<WriteBack::Length>& data_length) {
    const MessageLayout layout(builder.abi());
    const auto write_field = [&](std::size_t field, std::size_t size) {
        builder.write_back({place.output, static_cast<std::uint32_t>(place.offset + field), place.address + field,
                            static_cast<std::uint32_t>(size), Rule::all, std::nullopt, place.min_value});
    };
    // What is there already stays as far as the call does not write.
    const auto add_block = [&](std::size_t field, std::uint64_t address, std::uint64_t size) {
        if (const auto block = add_part(builder, place, field, address, size)) {
            const std::uint32_t output = builder.add_output(*block, static_cast<std::size_t>(size), Length::fixed);
            builder.write_back(
                {output, 0, address, static_cast<std::uint32_t>(size), Rule::changes, std::nullopt, place.min_value});
        }
    };
    write_field(layout.control_length(), layout.word);
    write_field(layout.flags(), sizeof(std::uint32_t));
    if (message.name != 0) {
        write_field(layout.name_length(), sizeof(std::uint32_t));
        add_block(0, message.name, message.name_length);
    }
    if (message.control != 0) {
        add_block(layout.control(), message.control, message.control_length);
    }
    if (message.buffers) {
        builder.point_word(place.block, place.offset + layout.parts(),
                           add_message_buffers(builder, *message.buffers, data_length, place.min_value));
    } else {
        builder.point_word_nowhere(place.block, place.offset + layout.parts());
    }
}

struct MessageList {
    Bytes bytes;
    std::vector<MessagePlace> places;
};

MessageList add_list_of_messages(RequestBuilder& builder, std::size_t index, std::size_t count_index) {
    const std::size_t size = MessageLayout(builder.abi()).size_in_list();
    const std::uint64_t wanted =
        std::min<std::uint64_t>(static_cast<std::uint32_t>(builder.argument(count_index)), max_list_length);
    const std::uint64_t address = builder.argument(index);
    MessageList list;
    // The kernel takes one after another, up to what cannot be read.
    list.bytes = builder.read_prefix(address, wanted * size);
    const std::size_t count = list.bytes.size() / size;
    if (count == 0 && wanted != 0) {
        builder.point_argument_nowhere(index);
        return list;
    }
    list.bytes.resize(count * size);
    builder.set_argument(count_index, count);
    const Block block = builder.add_input(list.bytes);
    builder.point_argument(index, block);
    const std::uint32_t output = builder.add_output(block, list.bytes.size(), Length::fixed);
    for (std::size_t i = 0; i < count; ++i) {
        list.places.push_back({address + size * i, block, size * i, output, static_cast<std::int64_t>(i) + 1});
    }
    return list;
}

WriteBack length_of_message(const MessagePlace& place, std::size_t field) {
    return {place.output,
            static_cast<std::uint32_t>(place.offset + field),
            place.address + field,
            sizeof(std::uint32_t),
            Rule::all,
            std::nullopt,
            place.min_value};
}

}  // namespace

void add_message_input(RequestBuilder& builder, std::size_t index) {
    const auto header = builder.read(builder.argument(index), MessageLayout(builder.abi()).size());
    if (!header) {
        builder.point_argument_nowhere(index);
        return;
    }
    const Message message = parse_message(builder, *header);
    const Block block = builder.add_input(*header);
    builder.point_argument(index, block);
    add_input_content(builder, {builder.argument(index), block, 0, 0, 0}, message);
}

void add_message_output(RequestBuilder& builder, std::size_t index) {
    const auto header = builder.read(builder.argument(index), MessageLayout(builder.abi()).size());
    if (!header) {
        builder.point_argument_nowhere(index);
        return;
    }
    const Message message = parse_message(builder, *header);
    const Block block = builder.add_input(*header);
    builder.point_argument(index, block);
    const std::uint32_t output = builder.add_output(block, header->size(), Length::fixed);
    add_output_content(builder, {builder.argument(index), block, 0, output, 0}, message, std::nullopt);
}

void add_messages_input(RequestBuilder& builder, std::size_t index, std::size_t count_index) {
    const MessageLayout layout(builder.abi());
    const MessageList list = add_list_of_messages(builder, index, count_index);
    for (const MessagePlace& place : list.places) {
        const Message message =
            parse_message(builder, std::span(list.bytes).subspan(place.offset, layout.size_in_list()));
        add_input_content(builder, place, message);
        builder.write_back(length_of_message(place, layout.size()));
    }
}

void add_messages_output(RequestBuilder& builder, std::size_t index, std::size_t count_index) {
    const MessageLayout layout(builder.abi());
    const MessageList list = add_list_of_messages(builder, index, count_index);
    for (const MessagePlace& place : list.places) {
        const Message message =
            parse_message(builder, std::span(list.bytes).subspan(place.offset, layout.size_in_list()));
        const WriteBack length = length_of_message(place, layout.size());
        add_output_content(builder, place, message, WriteBack::Length{length.output, length.from, length.size});
        builder.write_back(length);
    }
}

void add_address_output(RequestBuilder& builder, std::size_t index, std::size_t length_index) {
    const std::uint64_t address = builder.argument(index);
    const std::uint64_t length_address = builder.argument(length_index);
    if (address == 0 || length_address == 0) {
        // Nothing is wanted, and the kernel does not look at the other; or it says
        // EFAULT.
        builder.set_argument(length_index, 0);
        return;
    }
    const auto size = builder.read_32(length_address);
    builder.inout(length_index, sizeof *size, Length::fixed);
    if (size) {
        builder.inout(index, std::min(*size, max_address), Length::fixed, Rule::changes);
    } else {
        builder.point_argument_nowhere(index);
    }
}

DirectCall direct_call(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments,
                       ProcessMemory& memory) {
    struct SubCall {
        std::string_view name;
        std::size_t count = 0;
    };
    // linux/net.h, SYS_SOCKET (1) to SYS_SENDMMSG (20); what has no call of its own is that with more arguments.
    static constexpr std::array<SubCall, 20> sub_calls{
        {{"socket", 3},      {"bind", 3},        {"connect", 3},    {"listen", 2},     {"accept4", 3},
         {"getsockname", 3}, {"getpeername", 3}, {"socketpair", 4}, {"sendto", 4},     {"recvfrom", 4},
         {"sendto", 6},      {"recvfrom", 6},    {"shutdown", 2},   {"setsockopt", 5}, {"getsockopt", 5},
         {"sendmsg", 3},     {"recvmsg", 3},     {"accept4", 4},    {"recvmmsg", 5},   {"sendmmsg", 4}}};
    const SystemCall* call = find_system_call(abi, number);
    const bool is_socket_call = call != nullptr && call->arguments[0].kind == ArgumentKind::socketcall;
    if (call == nullptr || abi != Abi::i386 || (!is_socket_call && call->name != "select")) {
        return {number, arguments};
    }
    SubCall sub_call{"_newselect", 5};
    std::uint64_t address = arguments[0];
    if (is_socket_call) {
        const auto which = static_cast<std::uint32_t>(arguments[0]);
        if (which < 1 || which > sub_calls.size()) {
            throw Errno{EINVAL};
        }
        sub_call = sub_calls.at(which - 1);
        address = arguments[1];
    }
    Bytes bytes(sub_call.count * sizeof(std::uint32_t));
    if (!memory.read(address, bytes)) {
        throw Errno{EFAULT};
    }
    DirectCall direct;
    direct.number = find_system_call(abi, sub_call.name)->number;
    for (std::size_t i = 0; i < sub_call.count; ++i) {
        std::memcpy(&direct.arguments.at(i), bytes.data() + sizeof(std::uint32_t) * i, sizeof(std::uint32_t));
    }
    return direct;
}

}  // namespace openmosix
