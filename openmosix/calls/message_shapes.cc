// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/message_shapes.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "calls/system_call_table.h"

namespace openmosix {

namespace {

using Length = CallRequest::Output::Length;

/// UIO_MAXIOV.
constexpr std::uint64_t most_parts = 1024;
/// More than any socket address or option.
constexpr std::uint32_t longest_address = 64U << 10U;

struct Part {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
};

std::vector<Part> read_parts(RequestBuilder& builder, std::uint64_t address, std::uint64_t count) {
    if (count > most_parts) {
        throw Errno{EINVAL};
    }
    const std::size_t word = word_size(builder.abi());
    const auto bytes = builder.read(address, count * 2 * word);
    std::vector<Part> parts(count);
    // What does not fit is cut off: the call then moves less, which its caller must expect.
    std::uint64_t room = builder.largest_area() / 2;
    for (std::size_t i = 0; i < count; ++i) {
        std::memcpy(&parts[i].address, bytes.data() + 2 * word * i, word);
        std::memcpy(&parts[i].size, bytes.data() + 2 * word * i + word, word);
        parts[i].size = std::min(parts[i].size, room);
        room -= parts[i].size;
    }
    return parts;
}

std::uint64_t sum(const std::vector<Part>& parts) {
    std::uint64_t size = 0;
    for (const Part& part : parts) {
        size += part.size;
    }
    return size;
}

std::vector<std::uint8_t> list_of(Abi abi, const std::vector<Part>& parts) {
    const std::size_t word = word_size(abi);
    std::vector<std::uint8_t> bytes(parts.size() * 2 * word);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        std::memcpy(bytes.data() + 2 * word * i + word, &parts[i].size, word);
    }
    return bytes;
}

/// Where the pointers of a list of buffers go: one buffer after another in a block.
void point_parts(RequestBuilder& builder, RequestBuilder::Block list, const std::vector<Part>& parts,
                 RequestBuilder::Block data) {
    std::size_t place = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        builder.point_word(list, 2 * word_size(builder.abi()) * i, data, place);
        place += parts[i].size;
    }
}

RequestBuilder::Block add_input_parts(RequestBuilder& builder, const std::vector<Part>& parts) {
    std::vector<std::uint8_t> data;
    for (const Part& part : parts) {
        const auto bytes = builder.read(part.address, part.size);
        data.insert(data.end(), bytes.begin(), bytes.end());
    }
    const auto list = builder.add_input(list_of(builder.abi(), parts));
    point_parts(builder, list, parts, builder.add_input(std::move(data)));
    return list;
}

RequestBuilder::Block add_output_parts(RequestBuilder& builder, const std::vector<Part>& parts) {
    const auto list = builder.add_input(list_of(builder.abi(), parts));
    const auto data = builder.add_room(sum(parts));
    point_parts(builder, list, parts, data);
    const std::uint32_t output = builder.add_output(data, sum(parts), Length::result);
    std::uint32_t place = 0;
    for (const Part& part : parts) {
        const auto size = static_cast<std::uint32_t>(part.size);
        builder.write_back({output, place, part.address, size, -1});
        place += size;
    }
    return list;
}

/// struct msghdr: name, its length (an int), buffers, their count, control, its length, flags; words but for the ints.
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
};

struct Message {
    std::vector<std::uint8_t> header;
    std::uint64_t name = 0;
    std::uint32_t name_length = 0;
    std::vector<Part> parts;
    std::uint64_t control = 0;
    std::uint64_t control_length = 0;
};

Message read_message(RequestBuilder& builder, std::uint64_t address) {
    const MessageLayout layout(builder.abi());
    Message message;
    message.header = builder.read(address, layout.size());
    const auto get = [&](auto& field, std::size_t place, std::size_t size) {
        std::memcpy(&field, message.header.data() + place, size);
    };
    std::uint64_t parts = 0;
    std::uint64_t count = 0;
    get(message.name, 0, layout.word);
    get(message.name_length, layout.name_length(), sizeof message.name_length);
    get(parts, layout.parts(), layout.word);
    get(count, layout.part_count(), layout.word);
    get(message.control, layout.control(), layout.word);
    get(message.control_length, layout.control_length(), layout.word);
    if (message.name_length > longest_address || message.control_length > builder.largest_area() / 4) {
        throw NeedsHome{};
    }
    message.parts = read_parts(builder, parts, count);
    return message;
}

}  // namespace

void add_vector_input(RequestBuilder& builder, std::size_t index, std::uint64_t count) {
    builder.point_argument(index, add_input_parts(builder, read_parts(builder, builder.argument(index), count)));
}

void add_vector_output(RequestBuilder& builder, std::size_t index, std::uint64_t count) {
    builder.point_argument(index, add_output_parts(builder, read_parts(builder, builder.argument(index), count)));
}

void add_message_input(RequestBuilder& builder, std::size_t index) {
    const MessageLayout layout(builder.abi());
    const Message message = read_message(builder, builder.argument(index));
    const auto header = builder.add_input(message.header);
    builder.point_argument(index, header);
    if (message.name != 0) {
        builder.point_word(header, 0, builder.add_input(builder.read(message.name, message.name_length)));
    }
    builder.point_word(header, layout.parts(), add_input_parts(builder, message.parts));
    if (message.control != 0) {
        builder.point_word(header, layout.control(),
                           builder.add_input(builder.read(message.control, message.control_length)));
    }
}

void add_message_output(RequestBuilder& builder, std::size_t index) {
    const MessageLayout layout(builder.abi());
    const std::uint64_t address = builder.argument(index);
    const Message message = read_message(builder, address);
    const auto header = builder.add_input(message.header);
    builder.point_argument(index, header);
    const std::uint32_t back = builder.add_output(header, layout.size(), Length::fixed);
    const auto write_field = [&](std::size_t place, std::size_t size) {
        builder.write_back({back, static_cast<std::uint32_t>(place), address + place,
                            static_cast<std::uint32_t>(size), -1});
    };
    write_field(layout.control_length(), layout.word);
    write_field(layout.flags(), sizeof(std::uint32_t));
    if (message.name != 0) {
        write_field(layout.name_length(), sizeof(std::uint32_t));
        const auto name = builder.add_room(message.name_length);
        builder.point_word(header, 0, name);
        const std::uint32_t output = builder.add_output(name, message.name_length, Length::fixed);
        builder.write_back({output, 0, message.name, message.name_length, -1});
    }
    builder.point_word(header, layout.parts(), add_output_parts(builder, message.parts));
    if (message.control != 0) {
        const auto control = builder.add_room(message.control_length);
        builder.point_word(header, layout.control(), control);
        const std::uint32_t output = builder.add_output(control, message.control_length, Length::fixed);
        builder.write_back({output, 0, message.control, static_cast<std::uint32_t>(message.control_length), -1});
    }
}

void add_address_output(RequestBuilder& builder, std::size_t index, std::size_t length_index) {
    const std::uint64_t address = builder.argument(index);
    const std::uint64_t length_address = builder.argument(length_index);
    if (length_address == 0) {
        // With an address and no length the kernel says EFAULT, if it comes to that; with neither nothing is wanted.
        return;
    }
    const std::uint32_t length = builder.read_32(length_address);
    const auto length_block = builder.add_input(builder.read(length_address, sizeof length));
    builder.point_argument(length_index, length_block);
    const std::uint32_t length_output = builder.add_output(length_block, sizeof length, Length::fixed);
    if (address != 0) {
        builder.write_back({length_output, 0, length_address, sizeof length, -1});
        const std::uint32_t size = std::min(length, longest_address);
        const auto room = builder.add_room(size);
        builder.point_argument(index, room);
        const std::uint32_t output = builder.add_output(room, size, Length::fixed);
        builder.write_back({output, 0, address, size, static_cast<std::int32_t>(length_output)});
    }
}

std::optional<DirectCall> direct_socket_call(const std::array<std::uint64_t, 6>& arguments, ProcessMemory& memory) {
    struct SubCall {
        std::string_view name;
        std::size_t count;
    };
    // linux/net.h, SYS_SOCKET (1) to SYS_SENDMMSG (20); what has no call of its own is that with more arguments.
    static constexpr std::array<SubCall, 20> sub_calls{{{"socket", 3},     {"bind", 3},        {"connect", 3},
                                                        {"listen", 2},     {"accept4", 3},     {"getsockname", 3},
                                                        {"getpeername", 3}, {"socketpair", 4}, {"sendto", 4},
                                                        {"recvfrom", 4},   {"sendto", 6},      {"recvfrom", 6},
                                                        {"shutdown", 2},   {"setsockopt", 5},  {"getsockopt", 5},
                                                        {"sendmsg", 3},    {"recvmsg", 3},     {"accept4", 4},
                                                        {"recvmmsg", 5},   {"sendmmsg", 4}}};
    const std::uint64_t which = arguments[0];
    if (which < 1 || which > sub_calls.size()) {
        // The kernel says EINVAL: so does this call, with nothing to point to.
        return DirectCall{find_system_call(Abi::i386, "socket")->number, {~0U, ~0U, ~0U, 0, 0, 0}};
    }
    const SubCall& sub_call = sub_calls.at(which - 1);
    std::vector<std::uint8_t> bytes(sub_call.count * 4);
    if (!memory.read(arguments[1], bytes)) {
        return std::nullopt;
    }
    DirectCall call;
    call.number = find_system_call(Abi::i386, sub_call.name)->number;
    for (std::size_t i = 0; i < sub_call.count; ++i) {
        std::memcpy(&call.arguments.at(i), bytes.data() + 4 * i, 4);
    }
    return call;
}

}  // namespace openmosix
