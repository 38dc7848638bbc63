// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/command_shapes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace openmosix {

namespace {

using Length = CallRequest::Output::Length;

enum class Direction : std::uint8_t { none, in, out, inout };

struct Command {
    std::uint32_t number;
    Direction direction;
    /// Bytes, on i386 and on amd64.
    std::uint8_t size_i386;
    std::uint8_t size_amd64;
};

/// asm-generic/ioctls.h, linux/sockios.h: what an old number does not say itself.
constexpr std::array<Command, 62> ioctls{{
    {0x5401, Direction::out, 36, 36},   // TCGETS
    {0x5402, Direction::in, 36, 36},    // TCSETS, TCSETSW, TCSETSF
    {0x5403, Direction::in, 36, 36},
    {0x5404, Direction::in, 36, 36},
    {0x5405, Direction::out, 18, 18},   // TCGETA
    {0x5406, Direction::in, 18, 18},    // TCSETA, TCSETAW, TCSETAF
    {0x5407, Direction::in, 18, 18},
    {0x5408, Direction::in, 18, 18},
    {0x5409, Direction::none, 0, 0},    // TCSBRK, TCXONC, TCFLSH, TIOCEXCL, TIOCNXCL, TIOCSCTTY
    {0x540a, Direction::none, 0, 0},
    {0x540b, Direction::none, 0, 0},
    {0x540c, Direction::none, 0, 0},
    {0x540d, Direction::none, 0, 0},
    {0x540e, Direction::none, 0, 0},
    {0x540f, Direction::out, 4, 4},     // TIOCGPGRP
    {0x5410, Direction::in, 4, 4},      // TIOCSPGRP
    {0x5411, Direction::out, 4, 4},     // TIOCOUTQ
    {0x5412, Direction::in, 1, 1},      // TIOCSTI
    {0x5413, Direction::out, 8, 8},     // TIOCGWINSZ
    {0x5414, Direction::in, 8, 8},      // TIOCSWINSZ
    {0x5415, Direction::out, 4, 4},     // TIOCMGET
    {0x5416, Direction::in, 4, 4},      // TIOCMBIS, TIOCMBIC, TIOCMSET
    {0x5417, Direction::in, 4, 4},
    {0x5418, Direction::in, 4, 4},
    {0x5419, Direction::out, 4, 4},     // TIOCGSOFTCAR
    {0x541a, Direction::in, 4, 4},      // TIOCSSOFTCAR
    {0x541b, Direction::out, 4, 4},     // FIONREAD
    {0x541d, Direction::none, 0, 0},    // TIOCCONS
    {0x5420, Direction::in, 4, 4},      // TIOCPKT
    {0x5421, Direction::in, 4, 4},      // FIONBIO
    {0x5422, Direction::none, 0, 0},    // TIOCNOTTY
    {0x5423, Direction::in, 4, 4},      // TIOCSETD
    {0x5424, Direction::out, 4, 4},     // TIOCGETD
    {0x5425, Direction::none, 0, 0},    // TCSBRKP, TIOCSBRK, TIOCCBRK
    {0x5427, Direction::none, 0, 0},
    {0x5428, Direction::none, 0, 0},
    {0x5429, Direction::out, 4, 4},     // TIOCGSID
    {0x5437, Direction::none, 0, 0},    // TIOCVHANGUP
    {0x5441, Direction::none, 0, 0},    // TIOCGPTPEER
    {0x5450, Direction::none, 0, 0},    // FIONCLEX, FIOCLEX
    {0x5451, Direction::none, 0, 0},
    {0x5452, Direction::in, 4, 4},      // FIOASYNC
    {0x5456, Direction::out, 36, 36},   // TIOCGLCKTRMIOS
    {0x5457, Direction::in, 36, 36},    // TIOCSLCKTRMIOS
    {0x5460, Direction::out, 8, 8},     // FIOQSIZE
    {0x80045430, Direction::out, 4, 4},  // TIOCGPTN
    {0x40045431, Direction::in, 4, 4},   // TIOCSPTLCK
    {0x80045438, Direction::out, 4, 4},  // TIOCGPKT
    {0x80045439, Direction::out, 4, 4},  // TIOCGPTLCK
    {0x80045440, Direction::out, 4, 4},  // TIOCGEXCL
    {0x8905, Direction::out, 4, 4},     // SIOCATMARK
    {0x8910, Direction::inout, 32, 40},  // SIOCGIFNAME, then SIOCGIF*: struct ifreq
    {0x8913, Direction::inout, 32, 40},
    {0x8915, Direction::inout, 32, 40},
    {0x8917, Direction::inout, 32, 40},
    {0x8919, Direction::inout, 32, 40},
    {0x891b, Direction::inout, 32, 40},
    {0x891d, Direction::inout, 32, 40},
    {0x8921, Direction::inout, 32, 40},
    {0x8927, Direction::inout, 32, 40},
    {0x8933, Direction::inout, 32, 40},
    {0x8942, Direction::inout, 32, 40},
}};

/// asm-generic/fcntl.h, linux/fcntl.h: the commands that point to something.
constexpr std::array<Command, 13> fcntls{{
    {5, Direction::inout, 16, 32},      // F_GETLK
    {6, Direction::in, 16, 32},         // F_SETLK, F_SETLKW
    {7, Direction::in, 16, 32},
    {12, Direction::inout, 24, 32},     // F_GETLK64
    {13, Direction::in, 24, 32},        // F_SETLK64, F_SETLKW64
    {14, Direction::in, 24, 32},
    {15, Direction::in, 8, 8},          // F_SETOWN_EX
    {16, Direction::out, 8, 8},         // F_GETOWN_EX
    {17, Direction::out, 8, 8},         // F_GETOWNER_UIDS
    {36, Direction::inout, 24, 32},     // F_OFD_GETLK
    {37, Direction::in, 24, 32},        // F_OFD_SETLK, F_OFD_SETLKW
    {38, Direction::in, 24, 32},
    {1036, Direction::in, 8, 8},        // F_SET_RW_HINT
}};

/// linux/prctl.h: the options that home can do for a program elsewhere; `in` of a name is up to 16 bytes.
constexpr std::array<Command, 23> prctls{{
    {1, Direction::none, 0, 0},         // PR_SET_PDEATHSIG
    {2, Direction::out, 4, 4},          // PR_GET_PDEATHSIG
    {3, Direction::none, 0, 0},         // PR_GET_DUMPABLE, PR_SET_DUMPABLE
    {4, Direction::none, 0, 0},
    {7, Direction::none, 0, 0},         // PR_GET_KEEPCAPS, PR_SET_KEEPCAPS
    {8, Direction::none, 0, 0},
    {15, Direction::in, 16, 16},        // PR_SET_NAME
    {16, Direction::out, 16, 16},       // PR_GET_NAME
    {21, Direction::none, 0, 0},        // PR_GET_SECCOMP
    {23, Direction::none, 0, 0},        // PR_CAPBSET_READ, PR_CAPBSET_DROP
    {24, Direction::none, 0, 0},
    {27, Direction::none, 0, 0},        // PR_GET_SECUREBITS, PR_SET_SECUREBITS
    {28, Direction::none, 0, 0},
    {29, Direction::none, 0, 0},        // PR_SET_TIMERSLACK, PR_GET_TIMERSLACK
    {30, Direction::none, 0, 0},
    {36, Direction::none, 0, 0},        // PR_SET_CHILD_SUBREAPER
    {37, Direction::out, 4, 4},         // PR_GET_CHILD_SUBREAPER
    {38, Direction::none, 0, 0},        // PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS
    {39, Direction::none, 0, 0},
    {41, Direction::none, 0, 0},        // PR_SET_THP_DISABLE, PR_GET_THP_DISABLE
    {42, Direction::none, 0, 0},
    {47, Direction::none, 0, 0},        // PR_CAP_AMBIENT
    {52, Direction::none, 0, 0},        // PR_GET_SPECULATION_CTRL
}};

template <std::size_t Count>
const Command* find(const std::array<Command, Count>& commands, std::uint32_t number) {
    const auto found = std::ranges::find(commands, number, &Command::number);
    return found != commands.end() ? &*found : nullptr;
}

void add(RequestBuilder& builder, const Command& command, std::size_t index) {
    const std::size_t size = builder.abi() == Abi::i386 ? command.size_i386 : command.size_amd64;
    switch (command.direction) {
        case Direction::none:
            return;
        case Direction::in:
            builder.in(index, size);
            return;
        case Direction::out:
            builder.out(index, size, Length::fixed);
            return;
        case Direction::inout:
            builder.inout(index, size, Length::fixed);
            return;
    }
}

}  // namespace

void add_ioctl(RequestBuilder& builder) {
    const Command* command = find(ioctls, static_cast<std::uint32_t>(builder.argument(1)));
    if (command == nullptr) {
        throw NeedsHome{};
    }
    add(builder, *command, 2);
}

void add_fcntl(RequestBuilder& builder) {
    if (const Command* command = find(fcntls, static_cast<std::uint32_t>(builder.argument(1)))) {
        add(builder, *command, 2);
    } else if (static_cast<std::uint32_t>(builder.argument(1)) >= 1035) {
        // F_GET_RW_HINT and its kin, and what is not known yet; the pipe sizes and leases have no pointers.
        if (static_cast<std::uint32_t>(builder.argument(1)) > 1037 ||
            static_cast<std::uint32_t>(builder.argument(1)) == 1035) {
            throw NeedsHome{};
        }
    }
}

void add_prctl(RequestBuilder& builder) {
    const Command* command = find(prctls, static_cast<std::uint32_t>(builder.argument(0)));
    if (command == nullptr) {
        throw NeedsHome{};
    }
    if (command->number == 15) {
        // Up to 16 bytes, fewer when it ends before.
        builder.path(1);
        return;
    }
    add(builder, *command, 1);
}

void add_select(RequestBuilder& builder, std::string_view name) {
    const bool is_i386 = builder.abi() == Abi::i386;
    if (is_i386 && name == "select") {
        // The oldest way: one pointer to all arguments.
        throw NeedsHome{};
    }
    const auto count = static_cast<std::int32_t>(builder.argument(0));
    constexpr std::int32_t most_files = 1 << 20;
    if (count < 0 || count > most_files) {
        throw Errno{EINVAL};
    }
    const std::size_t word_bits = 8 * word_size(builder.abi());
    const std::size_t set_size = (static_cast<std::size_t>(count) + word_bits - 1) / word_bits * word_size(builder.abi());
    for (std::size_t index = 1; index <= 3; ++index) {
        builder.inout(index, set_size, Length::fixed);
    }
    const std::size_t timeout_size = is_i386 && !name.ends_with("time64") ? 8 : 16;
    builder.inout(4, timeout_size, Length::always);
    if (name.starts_with("pselect6") && builder.argument(5) != 0) {
        // A pointer to a signal mask, and its size.
        const std::uint64_t address = builder.argument(5);
        const std::size_t word = word_size(builder.abi());
        const auto pair = builder.add_input(builder.read(address, 2 * word));
        builder.point_argument(5, pair);
        const std::uint64_t mask = builder.read_word(address);
        const std::uint64_t size = builder.read_word(address + word);
        if (mask != 0) {
            builder.point_word(pair, 0, builder.add_input(builder.read(mask, std::min<std::uint64_t>(size, 128))));
        }
    }
}

}  // namespace openmosix
