// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/command_shapes.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>

#include "calls/guest_body_for_tests.h"

namespace openmosix {
namespace {

class CommandShapes : public EachAbi {
protected:
    std::size_t input_of(std::string_view name, const GuestBody::Arguments& arguments) {
        return body_.forwarded(name, arguments).request().input.size();
    }
    bool is_written(std::string_view name, const GuestBody::Arguments& arguments) {
        return !body_.forwarded(name, arguments).request().outputs.empty();
    }
    bool is_amd64_ = GetParam() == Abi::amd64;
    std::uint64_t place_ = body_.put_filled(256, 0);
};
INSTANTIATE_TEST_SUITE_P(Abi, CommandShapes, testing::Values(Abi::i386, Abi::amd64), name_of_abi);

TEST_P(CommandShapes, KnowTerminals) {
    EXPECT_TRUE(is_written("ioctl", {0, TCGETS, place_}));
    EXPECT_EQ(input_of("ioctl", {0, TCSETS, place_}), 36U);
    EXPECT_FALSE(is_written("ioctl", {0, TCSETS, place_}));
    EXPECT_TRUE(is_written("ioctl", {0, TIOCGWINSZ, place_}));
    EXPECT_EQ(input_of("ioctl", {0, TCFLSH, 2}), 0U);
    EXPECT_EQ(input_of("ioctl", {0, FIONREAD, place_}), 4U);
}

TEST_P(CommandShapes, ReadSizesThatNumbersSay) {
    EXPECT_EQ(input_of("ioctl", {0, 0x802c542a, place_}), 44U) << "TCGETS2";
    EXPECT_EQ(input_of("ioctl", {0, 0x801c581f, place_}), 28U) << "FS_IOC_FSGETXATTR";
    EXPECT_EQ(input_of("ioctl", {0, 0x80041272, place_}), 8U) << "BLKGETSIZE64 says another size than it has";
    EXPECT_EQ(input_of("ioctl", {0, 0x40045436, 2}), 0U) << "TIOCSIG has a number";
}

TEST_P(CommandShapes, GoHomeWithWhatIsNotKnown) {
    EXPECT_TRUE(body_.needs_home("ioctl", {0, 0x8946, place_})) << "SIOCETHTOOL has a pointer";
    EXPECT_TRUE(body_.needs_home("ioctl", {0, 0xc020660b, place_})) << "FS_IOC_FIEMAP has what lies behind it";
    EXPECT_TRUE(body_.needs_home("ioctl", {0, 0x400454ca, place_})) << "TUNSETIFF has another size than it says";
    EXPECT_TRUE(body_.needs_home("ioctl", {0, 0xc0106401, place_})) << "drm";
    EXPECT_TRUE(body_.needs_home("fcntl", {0, 4711, 0}));
    EXPECT_TRUE(body_.needs_home("prctl", {PR_SET_SECCOMP, 1, 0}));
    EXPECT_TRUE(body_.needs_home("prctl", {PR_SET_MM, 1, 0}));
    EXPECT_TRUE(body_.needs_home("prctl", {PR_SET_DUMPABLE, 0}));
}

TEST_P(CommandShapes, KnowInterfaces) {
    EXPECT_EQ(input_of("ioctl", {3, 0x8913, place_}), is_amd64_ ? 40U : 32U) << "SIOCGIFFLAGS";
    const std::uint64_t list = body_.put_filled(80, '.');
    const std::uint64_t question = body_.put_words({80, list});
    const ForwardedCall call = body_.forwarded("ioctl", {3, 0x8912, question});
    EXPECT_EQ(call.request().relocations.size(), 2U);
    std::vector<std::uint8_t> answer{40, 0, 0, 0};
    answer.resize(44, 'i');
    answer.resize(84, '.');
    EXPECT_EQ(call.finish({0, answer}, body_.memory()), 0);
    EXPECT_EQ(body_.get_number(question, 4), 40U);
    EXPECT_EQ(body_.get_word(question + body_.word()), list);
    EXPECT_EQ(body_.get_text(list, 42), std::string(40, 'i') + "..");
    EXPECT_EQ(body_.forwarded("ioctl", {3, 0x8912, body_.put_words({0, 0})}).request().relocations.size(), 1U);
}

TEST_P(CommandShapes, KnowLocks) {
    EXPECT_EQ(input_of("fcntl", {3, 6, place_}), is_amd64_ ? 32U : 16U) << "F_SETLK";
    EXPECT_TRUE(is_written("fcntl", {3, 5, place_})) << "F_GETLK";
    EXPECT_EQ(input_of("fcntl", {3, F_SETFL, O_NONBLOCK}), 0U);
    EXPECT_EQ(body_.forwarded("fcntl", {3, F_DUPFD, 10}).request().arguments[2], 10U);
    EXPECT_EQ(input_of("fcntl", {3, F_SETPIPE_SZ, 65536}), 0U);
    if (!is_amd64_) {
        EXPECT_EQ(input_of("fcntl64", {3, 13, place_}), 24U) << "F_SETLK64";
    }
}

TEST_P(CommandShapes, KnowProcessOptions) {
    EXPECT_EQ(input_of("prctl", {PR_SET_NAME, body_.put_text("a name that is too long")}), 16U);
    EXPECT_EQ(input_of("prctl", {PR_SET_NAME, body_.put_text("ab")}), 3U);
    EXPECT_TRUE(is_written("prctl", {PR_GET_NAME, place_}));
    EXPECT_EQ(input_of("prctl", {PR_SET_PDEATHSIG, 9}), 0U);
}

TEST_P(CommandShapes, KnowSocketOptions) {
    const auto number = [](int value) { return static_cast<std::uint64_t>(value); };
    EXPECT_EQ(input_of("setsockopt", {3, number(SOL_SOCKET), number(SO_REUSEADDR), place_, 4}), 4U);
    EXPECT_TRUE(body_.needs_home("setsockopt", {3, number(SOL_SOCKET), number(SO_ATTACH_FILTER), place_, 16}));
    EXPECT_EQ(input_of("setsockopt", {3, number(IPPROTO_TCP), number(TCP_NODELAY), place_, 4}), 4U);
    EXPECT_TRUE(body_.needs_home("setsockopt", {3, number(IPPROTO_IP), 64, place_, 4})) << "IPT_SO_SET_REPLACE";
    EXPECT_TRUE(body_.needs_home("setsockopt", {3, 4711, 1, place_, 4}));
    const std::uint64_t length = body_.put_numbers({{4, 4}});
    const ForwardedCall call = body_.forwarded("getsockopt", {3, number(SOL_SOCKET), number(SO_TYPE), place_, length});
    EXPECT_EQ(call.finish({0, {4, 0, 0, 0, 1, 0, 0, 0}}, body_.memory()), 0);
    EXPECT_EQ(body_.get_number(place_, 4), 1U);
}

TEST_P(CommandShapes, SelectSendsSetsInWholeWords) {
    const std::uint64_t set = body_.put_filled(64, 0);
    const std::uint64_t timeout = body_.put_words({1, 0});
    const CallRequest request =
        body_.forwarded(is_amd64_ ? "select" : "_newselect", {33, set, 0, 0, timeout}).request();
    ASSERT_EQ(request.outputs.size(), 2U);
    EXPECT_EQ(request.outputs[0].size, 8U);
    EXPECT_EQ(request.outputs[0].length, CallRequest::Output::Length::fixed);
    EXPECT_EQ(request.outputs[1].size, 2 * body_.word());
    EXPECT_EQ(request.outputs[1].length, CallRequest::Output::Length::always);
}

TEST_P(CommandShapes, SelectBelievesNoSizeThatGoesTooFar) {
    const std::uint64_t set = GuestBody::memory_start + GuestBody::pages * page_size - 128;
    const ForwardedCall call = body_.forwarded(is_amd64_ ? "select" : "_newselect", {1U << 20U, set, 0, 0, 0});
    std::vector<std::uint8_t> answer(call.request().outputs[0].size);
    answer.at(3) = 1;
    EXPECT_EQ(call.finish({1, answer}, body_.memory()), 1);
    EXPECT_EQ(body_.get_number(set, 4), 0x1000000U);
    EXPECT_EQ(body_.error(is_amd64_ ? "select" : "_newselect", {0xffffffff, set, 0, 0, 0}), EINVAL);
    EXPECT_TRUE(body_.leads_nowhere(is_amd64_ ? "select" : "_newselect", {8, GuestBody::nowhere, 0, 0, 0}, 1));
}

TEST_P(CommandShapes, SelectSendsTheMask) {
    const std::uint64_t mask = body_.put_numbers({{0x1122334455667788, 8}});
    const std::uint64_t pair = body_.put_words({mask, 8});
    const CallRequest request = body_.forwarded("pselect6", {0, 0, 0, 0, 0, pair}).request();
    EXPECT_EQ(request.relocations.size(), 2U);
    EXPECT_EQ(request.input.at(16), 0x88U);
    EXPECT_EQ(body_.forwarded("pselect6", {0, 0, 0, 0, 0, body_.put_words({0, 8})}).request().relocations.size(), 1U);
}

TEST(Ipc, IsWhatItsNumberSays) {
    GuestBody body(Abi::i386);
    const std::uint64_t place = body.put_filled(256, 'm');
    EXPECT_EQ(body.forwarded("ipc", {1, 7, 2, 0, place, 0}).request().input.size(), 12U) << "semop";
    EXPECT_EQ(body.forwarded("ipc", {4, 7, 1, 0, place, place}).request().input.size(), 24U) << "semtimedop";
    EXPECT_EQ(body.forwarded("ipc", {11, 7, 10, 0, place, 0}).request().input.size(), 14U) << "msgsnd";
    EXPECT_TRUE(body.forwarded("ipc", {13, 7, 0, 0, 0, 0}).request().relocations.empty()) << "msgget";
    const CallRequest direct = body.forwarded("ipc", {0x1000c, 7, 10, 0, place, 0}).request();
    EXPECT_EQ(direct.relocations.size(), 1U);
    const std::uint64_t pair = body.put_words({place, 5});
    const ForwardedCall call = body.forwarded("ipc", {12, 7, 10, 0, pair, 0});
    EXPECT_EQ(call.request().relocations.size(), 2U);
    EXPECT_EQ(call.finish({2, {5, 0, 0, 0, 'h', 'i', 'm', 'm', 'm', 'm', 'm', 'm', 'm', 'm'}}, body.memory()), 2);
    EXPECT_EQ(body.get_text(place + 4, 3), "him");
    EXPECT_TRUE(body.needs_home("ipc", {21, 7, 0, 0, place, 0})) << "shmat";
}

}  // namespace
}  // namespace openmosix
