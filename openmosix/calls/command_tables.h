// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace openmosix {

/// What a command's argument is: a number, or a pointer to something that the
/// call reads, or may change.
enum class Direction : std::uint8_t { none, in, inout };

struct Command {
    std::uint32_t number = 0;
    Direction direction = Direction::none;
    /// Bytes, on i386 and on amd64.
    std::uint8_t size_i386 = 0;
    std::uint8_t size_amd64 = 0;
};

/// asm-generic/ioctls.h, linux/sockios.h, linux/fs.h: what a number does not
/// say itself, or says wrongly.
inline constexpr std::array ioctl_commands{
    Command{0x0001, Direction::inout, 4, 4},  // FIBMAP
    Command{0x0002, Direction::inout, 4, 4},  // FIGETBSZ
    Command{0x125e, Direction::inout, 4, 4},  // BLKROGET
    Command{0x1260, Direction::inout, 4, 8},  // BLKGETSIZE
    Command{0x1261, Direction::none},         // BLKFLSBUF
    Command{0x1263, Direction::inout, 4, 8},  // BLKRAGET
    Command{0x1268, Direction::inout, 4, 4},  // BLKSSZGET
    Command{0x1278, Direction::inout, 4, 4},  // BLKIOMIN, BLKIOOPT, BLKALIGNOFF, BLKPBSZGET
    Command{0x1279, Direction::inout, 4, 4}, Command{0x127a, Direction::inout, 4, 4},
    Command{0x127b, Direction::inout, 4, 4},
    Command{0x80041272, Direction::inout, 8, 8},  // BLKGETSIZE64; its number names the size of a pointer
    Command{0x80081272, Direction::inout, 8, 8}, Command{0x5401, Direction::inout, 36, 36},  // TCGETS
    Command{0x5402, Direction::in, 36, 36},                                                  // TCSETS, TCSETSW, TCSETSF
    Command{0x5403, Direction::in, 36, 36}, Command{0x5404, Direction::in, 36, 36},
    Command{0x5405, Direction::inout, 18, 18},  // TCGETA
    Command{0x5406, Direction::in, 18, 18},     // TCSETA, TCSETAW, TCSETAF
    Command{0x5407, Direction::in, 18, 18}, Command{0x5408, Direction::in, 18, 18},
    Command{0x5409, Direction::none},  // TCSBRK, TCXONC, TCFLSH, TIOCEXCL,
                                       // TIOCNXCL, TIOCSCTTY
    Command{0x540a, Direction::none}, Command{0x540b, Direction::none}, Command{0x540c, Direction::none},
    Command{0x540d, Direction::none}, Command{0x540e, Direction::none},
    Command{0x540f, Direction::inout, 4, 4},  // TIOCGPGRP
    Command{0x5410, Direction::in, 4, 4},     // TIOCSPGRP
    Command{0x5411, Direction::inout, 4, 4},  // TIOCOUTQ
    Command{0x5412, Direction::in, 1, 1},     // TIOCSTI
    Command{0x5413, Direction::inout, 8, 8},  // TIOCGWINSZ
    Command{0x5414, Direction::in, 8, 8},     // TIOCSWINSZ
    Command{0x5415, Direction::inout, 4, 4},  // TIOCMGET
    Command{0x5416, Direction::in, 4, 4},     // TIOCMBIS, TIOCMBIC, TIOCMSET
    Command{0x5417, Direction::in, 4, 4}, Command{0x5418, Direction::in, 4, 4},
    Command{0x5419, Direction::inout, 4, 4},  // TIOCGSOFTCAR
    Command{0x541a, Direction::in, 4, 4},     // TIOCSSOFTCAR
    Command{0x541b, Direction::inout, 4, 4},  // FIONREAD
    Command{0x541d, Direction::none},         // TIOCCONS
    Command{0x5420, Direction::in, 4, 4},     // TIOCPKT
    Command{0x5421, Direction::in, 4, 4},     // FIONBIO
    Command{0x5422, Direction::none},         // TIOCNOTTY
    Command{0x5423, Direction::in, 4, 4},     // TIOCSETD
    Command{0x5424, Direction::inout, 4, 4},  // TIOCGETD
    Command{0x5425, Direction::none},         // TCSBRKP, TIOCSBRK, TIOCCBRK
    Command{0x5427, Direction::none}, Command{0x5428, Direction::none},
    Command{0x5429, Direction::inout, 4, 4},                                 // TIOCGSID
    Command{0x5437, Direction::none},                                        // TIOCVHANGUP
    Command{0x40045436, Direction::none},                                    // TIOCSIG: a number, whatever it says
    Command{0x5441, Direction::none},                                        // TIOCGPTPEER
    Command{0x5450, Direction::none},                                        // FIONCLEX, FIOCLEX
    Command{0x5451, Direction::none}, Command{0x5452, Direction::in, 4, 4},  // FIOASYNC
    Command{0x5456, Direction::inout, 36, 36},                               // TIOCGLCKTRMIOS
    Command{0x5457, Direction::in, 36, 36},                                  // TIOCSLCKTRMIOS
    Command{0x5459, Direction::inout, 4, 4},                                 // TIOCSERGETLSR
    Command{0x545c, Direction::none},                                        // TIOCMIWAIT
    Command{0x5460, Direction::inout, 8, 8},                                 // FIOQSIZE
    Command{0x8901, Direction::in, 4, 4},                                    // FIOSETOWN, SIOCSPGRP
    Command{0x8902, Direction::in, 4, 4}, Command{0x8903, Direction::inout, 4, 4},  // FIOGETOWN, SIOCGPGRP, SIOCATMARK
    Command{0x8904, Direction::inout, 4, 4}, Command{0x8905, Direction::inout, 4, 4},
    Command{0x8906, Direction::inout, 8, 16},                                        // SIOCGSTAMP, SIOCGSTAMPNS
    Command{0x8907, Direction::inout, 8, 16}, Command{0x40049409, Direction::none},  // FICLONE: a descriptor
    Command{0x4020940d, Direction::in, 32, 32},                                      // FICLONERANGE
};

/// SIOCGIFNAME to SIOCSIFTXQLEN, those whose argument is a struct ifreq without
/// pointers. SIOCGIFCONF is none of them.
inline constexpr std::array<std::uint32_t, 26> interface_commands{
    0x8910, 0x8913, 0x8914, 0x8915, 0x8916, 0x8917, 0x8918, 0x8919, 0x891a, 0x891b, 0x891c, 0x891d, 0x891e,
    0x8921, 0x8922, 0x8923, 0x8924, 0x8927, 0x8931, 0x8932, 0x8933, 0x8934, 0x8937, 0x8938, 0x8942, 0x8943};

/// Commands whose number says truly how large the structure is that they point
/// to (asm-generic/ioctl.h), and where that has no pointers.
struct CommandRange {
    std::uint8_t type = 0;
    std::uint8_t first = 0;
    std::uint8_t last = 0;
};
inline constexpr std::array<CommandRange, 11> flat_commands{{
    {'E', 0x01, 0x7f},   // linux/input.h
    {'R', 0x00, 0x01},   // linux/random.h
    {'T', 0x2a, 0x40},   // asm-generic/ioctls.h; from 200 on it is
                         // linux/if_tun.h, which is different
    {'W', 0x00, 0x0a},   // linux/watchdog.h
    {'X', 0x1f, 0x20},   // linux/fs.h: FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR
    {'X', 0x77, 0x79},   // FIFREEZE, FITHAW, FITRIM
    {'f', 0x01, 0x04},   // FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and of ext4
    {'p', 0x01, 0x0b},   // linux/rtc.h
    {'v', 0x01, 0x02},   // FS_IOC_GETVERSION, FS_IOC_SETVERSION
    {0x89, 0x06, 0x07},  // SIOCGSTAMP_NEW, SIOCGSTAMPNS_NEW
    {0x12, 0x7c, 0x7f},  // BLKDISCARDZEROES, BLKROTATIONAL, BLKZEROOUT
}};

/// asm-generic/fcntl.h, linux/fcntl.h.
inline constexpr std::array fcntl_commands{
    Command{0, Direction::none},  // F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL
    Command{1, Direction::none},
    Command{2, Direction::none},
    Command{3, Direction::none},
    Command{4, Direction::none},
    Command{5, Direction::inout, 16, 32},  // F_GETLK
    Command{6, Direction::in, 16, 32},     // F_SETLK, F_SETLKW
    Command{7, Direction::in, 16, 32},
    Command{8, Direction::none},  // F_SETOWN, F_GETOWN, F_SETSIG, F_GETSIG
    Command{9, Direction::none},
    Command{10, Direction::none},
    Command{11, Direction::none},
    Command{12, Direction::inout, 24, 32},  // F_GETLK64
    Command{13, Direction::in, 24, 32},     // F_SETLK64, F_SETLKW64
    Command{14, Direction::in, 24, 32},
    Command{15, Direction::in, 8, 8},       // F_SETOWN_EX
    Command{16, Direction::inout, 8, 8},    // F_GETOWN_EX
    Command{17, Direction::inout, 8, 8},    // F_GETOWNER_UIDS
    Command{36, Direction::inout, 24, 32},  // F_OFD_GETLK
    Command{37, Direction::in, 24, 32},     // F_OFD_SETLK, F_OFD_SETLKW
    Command{38, Direction::in, 24, 32},
    Command{1024, Direction::none},  // F_SETLEASE, F_GETLEASE, F_NOTIFY
    Command{1025, Direction::none},
    Command{1026, Direction::none},
    Command{1030, Direction::none},  // F_DUPFD_CLOEXEC, F_SETPIPE_SZ,
                                     // F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS
    Command{1031, Direction::none},
    Command{1032, Direction::none},
    Command{1033, Direction::none},
    Command{1034, Direction::none},
    Command{1035, Direction::inout, 8, 8},  // F_GET_RW_HINT, F_SET_RW_HINT, F_GET_FILE_RW_HINT,
                                            // F_SET_FILE_RW_HINT
    Command{1036, Direction::in, 8, 8},
    Command{1037, Direction::inout, 8, 8},
    Command{1038, Direction::in, 8, 8},
};

/// linux/prctl.h: the options that home can do for a program elsewhere.
/// PR_SET_NAME is not here: it is a string. Nor is PR_SET_DUMPABLE: it decides whether the program may be elsewhere.
inline constexpr std::array prctl_options{
    Command{1, Direction::none},                                                  // PR_SET_PDEATHSIG
    Command{2, Direction::inout, 4, 4},                                           // PR_GET_PDEATHSIG
    Command{3, Direction::none},                                                  // PR_GET_DUMPABLE
    Command{7, Direction::none},                                                  // PR_GET_KEEPCAPS, PR_SET_KEEPCAPS
    Command{8, Direction::none},          Command{16, Direction::inout, 16, 16},  // PR_GET_NAME
    Command{21, Direction::none},                                                 // PR_GET_SECCOMP
    Command{23, Direction::none},                                                 // PR_CAPBSET_READ, PR_CAPBSET_DROP
    Command{24, Direction::none},         Command{27, Direction::none},  // PR_GET_SECUREBITS, PR_SET_SECUREBITS
    Command{28, Direction::none},         Command{29, Direction::none},  // PR_SET_TIMERSLACK, PR_GET_TIMERSLACK
    Command{30, Direction::none},         Command{33, Direction::none},  // PR_MCE_KILL, PR_MCE_KILL_GET
    Command{34, Direction::none},         Command{36, Direction::none},  // PR_SET_CHILD_SUBREAPER
    Command{37, Direction::inout, 4, 4},                                 // PR_GET_CHILD_SUBREAPER
    Command{38, Direction::none},                                        // PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS
    Command{39, Direction::none},         Command{41, Direction::none},  // PR_SET_THP_DISABLE, PR_GET_THP_DISABLE
    Command{42, Direction::none},         Command{47, Direction::none},  // PR_CAP_AMBIENT
    Command{52, Direction::none},                                        // PR_GET_SPECULATION_CTRL
    Command{0x59616d61, Direction::none},                                // PR_SET_PTRACER
};

/// Socket options whose value has no pointers: those of a level but for some.
struct OptionLevel {
    std::uint32_t level = 0;
    /// From here on the level has other options.
    std::uint32_t end = 0;
    std::array<std::uint32_t, 3> others{};
};
constexpr std::uint32_t every_option = 0xffffffff;
inline constexpr std::array<OptionLevel, 11> socket_options{{
    {1, every_option, {26, 51, 60}},                                  // SOL_SOCKET: SO_ATTACH_FILTER,
                                                                      // SO_ATTACH_REUSEPORT_CBPF, SO_ZEROCOPY
    {0, 96, {64, 65, every_option}},                                  // IPPROTO_IP: netfilter
    {6, every_option, {35, every_option, every_option}},              // IPPROTO_TCP: TCP_ZEROCOPY_RECEIVE
    {17, every_option, {every_option, every_option, every_option}},   // IPPROTO_UDP
    {41, 96, {64, 65, every_option}},                                 // IPPROTO_IPV6: netfilter
    {58, every_option, {every_option, every_option, every_option}},   // IPPROTO_ICMPV6
    {255, every_option, {every_option, every_option, every_option}},  // SOL_RAW
    {263, every_option, {5, 13, 22}},  // SOL_PACKET: PACKET_RX_RING, PACKET_TX_RING, PACKET_FANOUT_DATA
    {270, every_option, {every_option, every_option, every_option}},  // SOL_NETLINK
    {282, every_option, {every_option, every_option, every_option}},  // SOL_TLS
    {287, every_option, {every_option, every_option, every_option}},  // AF_VSOCK
}};

}  // namespace openmosix
