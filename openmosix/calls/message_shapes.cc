// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/message_shapes.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "calls/system_call_table.h"

namespace openmosix {

namespace {

using Length = CallRequest::Output::Length;
using Rule = WriteBack::Rule;
using Block = RequestBuilder::Block;
using Bytes = std::vector<std::uint8_t>;

/// UIO_MAXIOV.
constexpr std::uint64_t most_parts = 1024;
/// sizeof(struct sockaddr_storage); the kernel neither reads nor writes more.
constexpr std::uint32_t longest_address = 128;

struct Part {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
};

std::vector<Part> read_parts(RequestBuilder& builder, std::uint64_t address, std::uint64_t count) {
    const std::size_t word = word_size(builder.abi());
    const std::uint64_t greatest = builder.abi() == Abi::i386 ? INT32_MAX : INT64_MAX;
    const Bytes bytes = builder.read(address, count * 2 * word);
    std::vector<Part> parts(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        std::memcpy(&parts[i].address, bytes.data() + 2 * word * i, word);
        std::memcpy(&parts[i].size, bytes.data() + 2 * word * i + word, word);
        if (parts[i].size > greatest) {
            throw Errno{EINVAL};
        }
    }
    return parts;
}

void skip(std::vector<Part>& parts, std::uint64_t done) {
    for (Part& part : parts) {
        const std::uint64_t step = std::min(part.size, done);
        part.address += step;
        part.size -= step;
        done -= step;
    }
}

/// What does not fit is cut off: the call then moves less, which its caller
/// must expect.
void clamp(RequestBuilder& builder, std::vector<Part>& parts) {
    const std::uint64_t list = parts.size() * 2 * word_size(builder.abi());
    std::uint64_t room = builder.room_left() > list ? builder.room_left() - list : 0;
    for (Part& part : parts) {
        if (part.size > room) {
            part.size = room;
            builder.mark_clamped();
        }
        room -= part.size;
    }
}

std::uint64_t sum(const std::vector<Part>& parts) {
    std::uint64_t size = 0;
    for (const Part& part : parts) {
        size += part.size;
    }
    return size;
}

Block add_list(RequestBuilder& builder, const std::vector<Part>& parts) {
    const std::size_t word = word_size(builder.abi());
    Bytes bytes(parts.size() * 2 * word);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        std::memcpy(bytes.data() + 2 * word * i + word, &parts[i].size, word);
    }
    return builder.add_input(bytes);
}

/// Where the pointers of a list of buffers go: one buffer after another in a
/// block.
void point_parts(RequestBuilder& builder, Block list, const std::vector<Part>& parts, Block data) {
    std::size_t place = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        builder.point_word(list, 2 * word_size(builder.abi()) * i, data, place);
        place += static_cast<std::size_t>(parts[i].size);
    }
}

Block add_input_parts(RequestBuilder& builder, const std::vector<Part>& parts) {
    Bytes data;
    for (const Part& part : parts) {
        const Bytes bytes = builder.read(part.address, part.size);
        data.insert(data.end(), bytes.begin(), bytes.end());
    }
    const Block list = add_list(builder, parts);
    point_parts(builder, list, parts, builder.add_input(data));
    return list;
}

/// `said` is where a number says how much there is; none: the call's result
/// does.
Block add_output_parts(RequestBuilder& builder, const std::vector<Part>& parts,
                       const std::optional<WriteBack::Length>& said = std::nullopt, std::int64_t least_value = 0) {
    const Block list = add_list(builder, parts);
    const Block data = builder.add_room(sum(parts));
    point_parts(builder, list, parts, data);
    const std::uint32_t output =
        builder.add_output(data, static_cast<std::size_t>(sum(parts)), said ? Length::fixed : Length::result);
    std::uint32_t place = 0;
    for (const Part& part : parts) {
        const auto size = static_cast<std::uint32_t>(part.size);
        builder.write_back({output, place, part.address, size, Rule::all, said, least_value});
        place += size;
    }
    return list;
}

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
    std::int64_t least_value = 0;
};

struct Message {
    std::uint64_t name = 0;
    std::uint32_t name_length = 0;
    std::vector<Part> parts;
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
    if (count > most_parts) {
        throw Errno{EMSGSIZE};
    }
    message.name_length = std::min(message.name_length, longest_address);
    message.parts = read_parts(builder, parts, count);
    return message;
}

void add_input_content(RequestBuilder& builder, const MessagePlace& place, const Message& message) {
    const MessageLayout layout(builder.abi());
    if (message.name != 0) {
        builder.point_word(place.block, place.offset,
                           builder.add_input(builder.read(message.name, message.name_length)));
    }
    builder.point_word(place.block, place.offset + layout.parts(), add_input_parts(builder, message.parts));
    if (message.control != 0) {
        builder.point_word(place.block, place.offset + layout.control(),
                           builder.add_input(builder.read(message.control, message.control_length)));
    }
}

/// `data_length`: as `said` above.
void add_output_content(RequestBuilder& builder, const MessagePlace& place, const Message& message,
                        const std::optional<WriteBack::Length>& data_length) {
    const MessageLayout layout(builder.abi());
    const auto write_field = [&](std::size_t field, std::size_t size) {
        builder.write_back({place.output, static_cast<std::uint32_t>(place.offset + field), place.address + field,
                            static_cast<std::uint32_t>(size), Rule::all, std::nullopt, place.least_value});
    };
    // What is there already stays as far as the call does not write.
    const auto add_block = [&](std::size_t field, std::uint64_t address, std::uint64_t size) {
        const Block block = builder.add_input(builder.read(address, size));
        builder.point_word(place.block, place.offset + field, block);
        const std::uint32_t output = builder.add_output(block, static_cast<std::size_t>(size), Length::fixed);
        builder.write_back(
            {output, 0, address, static_cast<std::uint32_t>(size), Rule::changes, std::nullopt, place.least_value});
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
    builder.point_word(place.block, place.offset + layout.parts(),
                       add_output_parts(builder, message.parts, data_length, place.least_value));
}

struct MessageList {
    Bytes bytes;
    std::vector<MessagePlace> places;
};

MessageList add_list_of_messages(RequestBuilder& builder, std::size_t index, std::size_t count_index) {
    // Each needs up to three outputs; like the kernel, which does at most
    // UIO_MAXIOV, this does fewer.
    constexpr std::uint32_t most_messages = 256;
    const std::size_t size = MessageLayout(builder.abi()).size_in_list();
    const std::uint32_t count = std::min(static_cast<std::uint32_t>(builder.argument(count_index)), most_messages);
    builder.set_argument(count_index, count);
    const std::uint64_t address = builder.argument(index);
    MessageList list;
    list.bytes = builder.read(address, count * size);
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
            place.least_value};
}

}  // namespace

void add_vector_input(RequestBuilder& builder, std::size_t index, std::uint64_t count, std::uint64_t done) {
    if (count > most_parts) {
        throw Errno{EINVAL};
    }
    std::vector<Part> parts = read_parts(builder, builder.argument(index), count);
    skip(parts, done);
    clamp(builder, parts);
    builder.set_transfer_size(sum(parts));
    builder.point_argument(index, add_input_parts(builder, parts));
}

void add_vector_output(RequestBuilder& builder, std::size_t index, std::uint64_t count, std::uint64_t done) {
    if (count > most_parts) {
        throw Errno{EINVAL};
    }
    std::vector<Part> parts = read_parts(builder, builder.argument(index), count);
    skip(parts, done);
    clamp(builder, parts);
    builder.set_transfer_size(sum(parts));
    builder.point_argument(index, add_output_parts(builder, parts));
}

void add_message_input(RequestBuilder& builder, std::size_t index) {
    const Bytes header = builder.read(builder.argument(index), MessageLayout(builder.abi()).size());
    Message message = parse_message(builder, header);
    clamp(builder, message.parts);
    const Block block = builder.add_input(header);
    builder.point_argument(index, block);
    add_input_content(builder, {builder.argument(index), block, 0, 0, 0}, message);
}

void add_message_output(RequestBuilder& builder, std::size_t index) {
    const Bytes header = builder.read(builder.argument(index), MessageLayout(builder.abi()).size());
    Message message = parse_message(builder, header);
    if (message.control != 0 && message.control_length > builder.room_left()) {
        throw NeedsHome{};
    }
    clamp(builder, message.parts);
    const Block block = builder.add_input(header);
    builder.point_argument(index, block);
    const std::uint32_t output = builder.add_output(block, header.size(), Length::fixed);
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
    const std::uint32_t size = std::min(builder.read_32(length_address), longest_address);
    builder.inout(length_index, sizeof size, Length::fixed);
    builder.inout(index, size, Length::fixed, Rule::changes);
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
