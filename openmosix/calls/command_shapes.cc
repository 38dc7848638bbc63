// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/command_shapes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "calls/command_tables.h"

namespace openmosix {

namespace {

using Length = CallRequest::Output::Length;
using Rule = WriteBack::Rule;

std::uint32_t low_half(std::uint64_t value) {
    return static_cast<std::uint32_t>(value);
}

const Command& find(std::span<const Command> commands, std::uint32_t number) {
    const auto found = std::ranges::find(commands, number, &Command::number);
    if (found == commands.end()) {
        throw NeedsHome{};
    }
    return *found;
}

void add(RequestBuilder& builder, Direction direction, std::size_t size, std::size_t index) {
    if (direction == Direction::in) {
        builder.in(index, size);
    } else if (direction == Direction::inout) {
        builder.inout(index, size, Length::fixed);
    }
}

void add(RequestBuilder& builder, const Command& command, std::size_t index) {
    add(builder, command.direction, builder.abi() == Abi::i386 ? command.size_i386 : command.size_amd64, index);
}

/// SIOCGIFCONF: struct ifconf, a length and a pointer to so many bytes.
void add_interface_list(RequestBuilder& builder) {
    const std::uint64_t address = builder.argument(2);
    const std::size_t word = word_size(builder.abi());
    const auto header = builder.add_input_from(address, 2 * word);
    if (!header) {
        builder.point_argument_nowhere(2);
        return;
    }
    builder.point_argument(2, *header);
    constexpr std::uint32_t length_size = 4;
    const std::uint32_t length_output = builder.add_output(*header, length_size, Length::fixed);
    builder.write_back({length_output, 0, address, length_size});
    const std::uint64_t list = builder.read_word(address + word).value_or(0);
    if (list == 0) {
        return;
    }
    const std::uint32_t size = builder.read_32(address).value_or(0);
    if (const auto content = builder.add_input_from(list, size)) {
        builder.point_word(*header, word, *content);
        builder.write_back({builder.add_output(*content, size, Length::fixed), 0, list, size, Rule::changes});
    } else {
        builder.point_word_nowhere(*header, word);
    }
}

/// Reads a set of descriptors. The kernel does not look at numbers that are
/// greater than any open descriptor, so a program may say that its set is
/// larger than it is (getdtablesize(3)).
void add_set(RequestBuilder& builder, std::size_t index, std::size_t size) {
    const std::uint64_t address = builder.argument(index);
    if (address == 0) {
        return;
    }
    auto bytes = builder.read_prefix(address, size);
    if (bytes.empty() && size != 0) {
        builder.point_argument_nowhere(index);
        return;
    }
    bytes.resize(size);
    const auto block = builder.add_input(bytes);
    builder.point_argument(index, block);
    builder.write_back(
        {builder.add_output(block, size, Length::fixed), 0, address, static_cast<std::uint32_t>(size), Rule::changes});
}

}  // namespace

void add_ioctl(RequestBuilder& builder) {
    const std::uint32_t number = low_half(builder.argument(1));
    constexpr std::uint32_t interface_list = 0x8912;
    constexpr std::size_t interface_request_i386 = 32;
    constexpr std::size_t interface_request_amd64 = 40;
    if (number == interface_list && builder.argument(2) != 0) {
        add_interface_list(builder);
        return;
    }
    if (std::ranges::find(interface_commands, number) != interface_commands.end()) {
        add(builder, Direction::inout, builder.abi() == Abi::i386 ? interface_request_i386 : interface_request_amd64,
            2);
        return;
    }
    const std::span<const Command> commands = ioctl_commands;
    if (const auto known = std::ranges::find(commands, number, &Command::number); known != commands.end()) {
        add(builder, *known, 2);
        return;
    }
    // asm-generic/ioctl.h: number and type, a byte each, size (14 bits),
    // direction (2 bits).
    const std::uint32_t place = number & 0xffU;
    const std::uint32_t type = number >> 8U & 0xffU;
    const auto is_here = [&](const CommandRange& range) {
        return range.type == type && range.first <= place && place <= range.last;
    };
    if (std::ranges::none_of(flat_commands, is_here)) {
        throw NeedsHome{};
    }
    if (number >> 30U != 0) {
        add(builder, Direction::inout, number >> 16U & 0x3fffU, 2);
    }
}

void add_fcntl(RequestBuilder& builder) {
    add(builder, find(fcntl_commands, low_half(builder.argument(1))), 2);
}

void add_prctl(RequestBuilder& builder) {
    constexpr std::uint32_t set_name = 15;
    constexpr std::uint64_t max_name = 16;
    if (low_half(builder.argument(0)) == set_name) {
        builder.path(1, max_name);
    } else {
        add(builder, find(prctl_options, low_half(builder.argument(0))), 1);
    }
}

void add_socket_option(RequestBuilder& builder, bool is_set) {
    const std::uint32_t option = low_half(builder.argument(2));
    const std::span<const OptionLevel> levels = socket_options;
    const auto level = std::ranges::find(levels, low_half(builder.argument(1)), &OptionLevel::level);
    if (level == levels.end() || option >= level->end ||
        std::ranges::find(level->others, option) != level->others.end()) {
        throw NeedsHome{};
    }
    if (is_set) {
        builder.in(3, low_half(builder.argument(4)));
        return;
    }
    const std::uint64_t length_address = builder.argument(4);
    if (length_address != 0) {
        const auto size = builder.read_32(length_address);
        builder.inout(4, sizeof *size, Length::fixed);
        // Some options read what they are to find.
        if (size) {
            builder.inout(3, *size, Length::fixed, Rule::changes);
        } else {
            builder.point_argument_nowhere(3);
        }
    }
}

void add_ipc(RequestBuilder& builder) {
    // linux/ipc.h: SEMOP, SEMGET, SEMTIMEDOP, MSGSND, MSGRCV, MSGGET, SHMGET; the
    // upper half is a version.
    constexpr std::uint64_t operation_size = 6;
    constexpr std::uint64_t type_size = 4;
    constexpr std::uint64_t timeout_size = 8;
    const std::uint64_t count = low_half(builder.argument(2));
    const bool is_old = builder.argument(0) >> 16U == 0;
    switch (builder.argument(0) & 0xffffU) {
        case 2:
        case 13:
        case 23:
            return;
        case 1:
            builder.in(4, operation_size * count);
            return;
        case 4:
            builder.in(4, operation_size * count);
            builder.in(5, timeout_size);
            return;
        case 11:
            builder.in(4, type_size + count);
            return;
        case 12:
            if (is_old) {
                // One pointer to the message's address and the wanted type.
                const std::uint64_t pair = builder.argument(4);
                const auto block = builder.add_input_from(pair, 8);
                if (!block) {
                    builder.point_argument_nowhere(4);
                    return;
                }
                builder.point_argument(4, *block);
                const std::uint64_t address = builder.read_word(pair).value_or(0);
                const std::uint64_t size = type_size + count;
                if (const auto message = builder.add_input_from(address, size)) {
                    builder.point_word(*block, 0, *message);
                    builder.write_back({builder.add_output(*message, static_cast<std::size_t>(size), Length::fixed), 0,
                                        address, static_cast<std::uint32_t>(size), Rule::changes});
                } else {
                    builder.point_word_nowhere(*block, 0);
                }
            } else {
                builder.inout(4, type_size + count, Length::fixed, Rule::changes);
            }
            return;
        default:
            throw NeedsHome{};
    }
}

void add_select(RequestBuilder& builder, std::string_view name) {
    const bool is_i386 = builder.abi() == Abi::i386;
    const auto count = static_cast<std::int32_t>(low_half(builder.argument(0)));
    if (count < 0) {
        throw Errno{EINVAL};
    }
    // NR_OPEN as sysctl_nr_open has it usually. What the kernel does not look at
    // need not be sent.
    constexpr std::int32_t max_files = 1 << 20;
    const std::size_t word = word_size(builder.abi());
    const std::size_t word_bits = 8 * word;
    const auto bits = static_cast<std::size_t>(std::min(count, max_files));
    for (std::size_t index = 1; index <= 3; ++index) {
        add_set(builder, index, (bits + word_bits - 1) / word_bits * word);
    }
    builder.set_argument(0, bits);
    const std::size_t timeout_size = is_i386 && !name.ends_with("time64") ? 8 : 16;
    builder.inout(4, timeout_size, Length::always, Rule::changes_if_possible);
    if (name.starts_with("pselect6") && builder.argument(5) != 0) {
        // A pointer to a signal mask, and its size.
        const std::uint64_t address = builder.argument(5);
        const auto pair = builder.add_input_from(address, 2 * word);
        if (!pair) {
            builder.point_argument_nowhere(5);
            return;
        }
        builder.point_argument(5, *pair);
        const std::uint64_t mask = builder.read_word(address).value_or(0);
        const std::uint64_t size = builder.read_word(address + word).value_or(0);
        constexpr std::uint64_t mask_size = 8;
        if (mask == 0) {
            return;
        }
        // Of another size it is EINVAL, whatever it is.
        if (const auto block = builder.add_input_from(mask, std::min(size, mask_size))) {
            builder.point_word(*pair, 0, *block);
        } else {
            builder.point_word_nowhere(*pair, 0);
        }
    }
}

}  // namespace openmosix
