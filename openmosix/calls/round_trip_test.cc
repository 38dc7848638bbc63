// SPDX-License-Identifier: GPL-2.0-or-later
//
// Calls from a body whose memory is elsewhere, made by this machine's kernel on what was sent of it.
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "calls/guest_body_for_tests.h"
#include "common/temporary_folder.h"

namespace openmosix {
namespace {

class RoundTrip : public EachAbiOfTheKernel {
protected:
    std::string path(const std::string& name) { return folder_.path(name); }
    std::uint64_t open(const std::string& name, int flags) {
        const std::int64_t file = body_.call("open", {body_.put_text(name), static_cast<std::uint64_t>(flags), 0600});
        EXPECT_GE(file, 0) << name;
        return static_cast<std::uint64_t>(file);
    }
    void close(std::uint64_t file) { EXPECT_EQ(body_.call("close", {file}), 0); }

    clusterdisc::TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Abi, RoundTrip, testing::Values(Abi::i386, Abi::amd64), name_of_abi);

TEST_P(RoundTrip, WritesAndReadsAFile) {
    const std::uint64_t file = open(path("file"), O_RDWR | O_CREAT);
    EXPECT_EQ(body_.call("write", {file, body_.put_text("hello, home"), 11}), 11);
    const std::uint64_t buffer = body_.put_filled(20, '.');
    EXPECT_EQ(body_.call("pread64", {file, buffer, 20, 7, 0}), 4);
    EXPECT_EQ(body_.get_text(buffer, 6), "home..");
    EXPECT_EQ(body_.call("lseek", {file, 2, SEEK_SET}), 2);
    const std::uint64_t parts = body_.put_words({buffer, 3, buffer + 10, 8});
    EXPECT_EQ(body_.call("readv", {file, parts, 2}), 9);
    EXPECT_EQ(body_.get_text(buffer, 18), "lloe......, home..");
    close(file);
}

TEST_P(RoundTrip, SaysWhatIsWrongWithAPath) {
    EXPECT_EQ(body_.call("open", {body_.put_text(path("nothing")), O_RDONLY}), -ENOENT);
    EXPECT_EQ(body_.call("open", {0, O_RDONLY}), -EFAULT);
    EXPECT_EQ(body_.call("open", {body_.put_filled(5000, 'x'), O_RDONLY}), -ENAMETOOLONG);
    EXPECT_EQ(body_.call("mkdir", {body_.put_text(folder_.path()), 0700}), -EEXIST);
}

TEST_P(RoundTrip, LooksAtAFile) {
    std::ofstream(path("file")) << "1234567";
    const std::uint64_t status = body_.put_filled(256, 0);
    if (GetParam() == Abi::i386) {
        EXPECT_EQ(body_.call("stat64", {body_.put_text(path("file")), status}), 0);
        EXPECT_EQ(body_.get_number(status + 44, 8), 7U) << "st_size";
    } else {
        EXPECT_EQ(body_.call("stat", {body_.put_text(path("file")), status}), 0);
        EXPECT_EQ(body_.get_number(status + 48, 8), 7U) << "st_size";
    }
    EXPECT_EQ(body_.call("statx",
                         {static_cast<std::uint32_t>(AT_FDCWD), body_.put_text(path("file")), 0, STATX_SIZE, status}),
              0);
    EXPECT_EQ(body_.get_number(status + 40, 8), 7U) << "stx_size";
}

TEST_P(RoundTrip, ListsAFolder) {
    std::ofstream(path("a-file-to-be-found")) << "";
    const std::uint64_t folder = open(folder_.path(), O_RDONLY | O_DIRECTORY);
    const std::uint64_t buffer = body_.put_filled(1000, 0);
    const std::int64_t size = body_.call("getdents64", {folder, buffer, 1000});
    EXPECT_GT(size, 0);
    EXPECT_NE(body_.get_text(buffer, 1000).find("a-file-to-be-found"), std::string::npos);
    EXPECT_EQ(body_.call("getdents64", {folder, buffer, 1000}), 0);
    close(folder);
}

TEST_P(RoundTrip, ReadsALinkAndTheWorkingFolder) {
    std::filesystem::create_symlink("where-it-leads", path("link"));
    const std::uint64_t buffer = body_.put_filled(4096, '.');
    EXPECT_EQ(body_.call("readlink", {body_.put_text(path("link")), buffer, 100}), 14);
    EXPECT_EQ(body_.get_text(buffer, 16), "where-it-leads..");
    const std::string here = std::filesystem::current_path().string();
    EXPECT_EQ(body_.call("getcwd", {buffer, 4096}), static_cast<std::int64_t>(here.size()) + 1);
    EXPECT_EQ(body_.get_text(buffer, here.size()), here);
}

TEST_P(RoundTrip, PollsAPipe) {
    const std::uint64_t ends = body_.put_filled(8, 0);
    ASSERT_EQ(body_.call("pipe2", {ends, O_CLOEXEC}), 0);
    const std::uint64_t from = body_.get_number(ends, 4);
    const std::uint64_t to = body_.get_number(ends + 4, 4);
    const std::uint64_t polled = body_.put_numbers({{from, 4}, {POLLIN, 4}});
    EXPECT_EQ(body_.call("poll", {polled, 1, 0}), 0);
    EXPECT_EQ(body_.call("write", {to, body_.put_text("x"), 1}), 1);
    EXPECT_EQ(body_.call("poll", {polled, 1, 0}), 1);
    EXPECT_EQ(body_.get_number(polled + 6, 2), std::uint64_t{POLLIN});
    const std::uint64_t waiting = body_.put_filled(4, 0);
    EXPECT_EQ(body_.call("ioctl", {from, FIONREAD, waiting}), 0);
    EXPECT_EQ(body_.get_number(waiting, 4), 1U);

    const std::uint64_t set = body_.put_filled(128, 0);
    EXPECT_TRUE(body_.memory().write(set + from / 8, std::vector{static_cast<std::uint8_t>(1U << from % 8)}));
    EXPECT_TRUE(body_.memory().write(set + 100, std::vector<std::uint8_t>{1})) << "of a number that is beyond";
    const std::uint64_t timeout = body_.put_words({5, 0});
    const std::string_view select = GetParam() == Abi::i386 ? "_newselect" : "select";
    EXPECT_EQ(body_.call(select, {to + 1, set, 0, 0, timeout}), 1);
    EXPECT_LE(body_.get_word(timeout), 5U);
    EXPECT_EQ(body_.get_number(set + 100, 1), 1U);
    close(from);
    close(to);
}

TEST_P(RoundTrip, WaitsForEvents) {
    const std::uint64_t ends = body_.put_filled(8, 0);
    ASSERT_EQ(body_.call("socketpair", {AF_UNIX, SOCK_STREAM, 0, ends}), 0);
    const std::uint64_t one = body_.get_number(ends, 4);
    const std::uint64_t other = body_.get_number(ends + 4, 4);
    const auto epoll = static_cast<std::uint64_t>(body_.call("epoll_create1", {0}));
    const std::uint64_t event = body_.put_numbers({{EPOLLIN, 4}, {0x123456789, 8}});
    ASSERT_EQ(body_.call("epoll_ctl", {epoll, EPOLL_CTL_ADD, one, event}), 0);
    const std::uint64_t events = body_.put_filled(48, 0);
    EXPECT_EQ(body_.call("epoll_wait", {epoll, events, 4, 0}), 0);
    EXPECT_EQ(body_.call("write", {other, body_.put_text("x"), 1}), 1);
    EXPECT_EQ(body_.call("epoll_wait", {epoll, events, 4, 1000}), 1);
    EXPECT_EQ(body_.get_number(events + 4, 8), 0x123456789U);
    EXPECT_EQ(body_.call("epoll_wait", {epoll, events, 0xffffffff & ~0U >> 1U, 0}), 1);
    for (const std::uint64_t file : {one, other, epoll}) {
        close(file);
    }
}

TEST_P(RoundTrip, PassesMessagesAndDescriptors) {
    const std::uint64_t ends = body_.put_filled(8, 0);
    ASSERT_EQ(body_.call("socketpair", {AF_UNIX, SOCK_DGRAM, 0, ends}), 0);
    const std::uint64_t one = body_.get_number(ends, 4);
    const std::uint64_t other = body_.get_number(ends + 4, 4);
    // struct cmsghdr: a length (a word), level, type; then the descriptor.
    const std::size_t control_size = body_.word() + 12;
    const std::uint64_t control =
        body_.put_numbers({{control_size, body_.word()}, {SOL_SOCKET, 4}, {SCM_RIGHTS, 4}, {one, 4}, {0, 4}});
    const std::uint64_t parts = body_.put_words({body_.put_text("some"), 4, body_.put_text(" data"), 5});
    EXPECT_EQ(body_.call("sendmsg", {one, body_.put_words({0, 0, parts, 2, control, control_size, 0}), 0}), 9);

    const std::uint64_t data = body_.put_filled(20, '.');
    const std::uint64_t name = body_.put_filled(20, '.');
    const std::uint64_t received = body_.put_filled(64, '.');
    const std::uint64_t message = body_.put_words({name, 20, body_.put_words({data, 20}), 1, received, 64, 0});
    EXPECT_EQ(body_.call("recvmsg", {other, message, 0}), 9);
    EXPECT_EQ(body_.get_text(data, 11), "some data..");
    EXPECT_EQ(body_.get_number(message + body_.word(), 4), 0U) << "a socket without a name sent it";
    EXPECT_EQ(body_.get_text(name, 20), std::string(20, '.'));
    const std::uint64_t passed = body_.get_number(received + body_.word() + 8, 4);
    EXPECT_NE(passed, one);
    for (const std::uint64_t file : {one, other, passed}) {
        close(file);
    }
}

TEST_P(RoundTrip, PassesSeveralMessagesAtOnce) {
    const std::uint64_t ends = body_.put_filled(8, 0);
    ASSERT_EQ(body_.call("socketpair", {AF_UNIX, SOCK_DGRAM, 0, ends}), 0);
    const std::uint64_t one = body_.get_number(ends, 4);
    const std::uint64_t other = body_.get_number(ends + 4, 4);
    const std::uint64_t word = body_.word();
    const std::uint64_t parts = body_.put_words({body_.put_text("first"), 5, body_.put_text("second"), 6});
    const std::uint64_t sent = body_.put_words({0, 0, parts, 1, 0, 0, 0, 0, 0, 0, parts + 2 * word, 1, 0, 0, 0, 0});
    EXPECT_EQ(body_.call("sendmmsg", {one, sent, 2, 0}), 2);
    EXPECT_EQ(body_.get_number(sent + 15 * word, 4), 6U);

    const std::uint64_t data = body_.put_filled(30, '.');
    const std::uint64_t rooms = body_.put_words({data, 10, data + 10, 10, data + 20, 10});
    const std::uint64_t received = body_.put_words(
        {0, 0, rooms, 1, 0, 0, 0, 0, 0, 0, rooms + 2 * word, 1, 0, 0, 0, 0, 0, 0, rooms + 4 * word, 1, 0, 0, 0, 7});
    EXPECT_EQ(body_.call("recvmmsg", {other, received, 3, MSG_DONTWAIT, 0}), 2);
    EXPECT_EQ(body_.get_text(data, 30), "first.....second..............");
    EXPECT_EQ(body_.get_number(received + 7 * word, 4), 5U);
    EXPECT_EQ(body_.get_number(received + 23 * word, 4), 7U);
    close(one);
    close(other);
}

TEST_P(RoundTrip, NamesSockets) {
    const auto socket = static_cast<std::uint64_t>(body_.call("socket", {AF_INET, SOCK_DGRAM, 0}));
    const std::uint64_t address = body_.put_numbers({{AF_INET, 2}, {0, 2}, {0x0100007f, 4}, {0, 8}});
    EXPECT_EQ(body_.call("bind", {socket, address, 16}), 0);
    const std::uint64_t found = body_.put_filled(128, '.');
    const std::uint64_t length = body_.put_numbers({{128, 4}});
    EXPECT_EQ(body_.call("getsockname", {socket, found, length}), 0);
    EXPECT_EQ(body_.get_number(length, 4), 16U);
    EXPECT_EQ(body_.get_number(found + 4, 4), 0x0100007fU);
    EXPECT_EQ(body_.get_text(found + 16, 2), "..");
    EXPECT_NE(body_.get_number(found + 2, 2), 0U);
    const std::uint64_t type = body_.put_filled(4, 0);
    EXPECT_EQ(body_.call("getsockopt", {socket, SOL_SOCKET, SO_TYPE, type, body_.put_numbers({{4, 4}})}), 0);
    EXPECT_EQ(body_.get_number(type, 4), std::uint64_t{SOCK_DGRAM});
    close(socket);
}

TEST_P(RoundTrip, LocksFiles) {
    const std::uint64_t file = open(path("file"), O_RDWR | O_CREAT);
    // struct flock: type, whence, start, length, process.
    const std::uint64_t lock = GetParam() == Abi::i386
                                   ? body_.put_numbers({{F_WRLCK, 2}, {SEEK_SET, 2}, {5, 4}, {1, 4}, {0, 4}})
                                   : body_.put_numbers({{F_WRLCK, 2}, {SEEK_SET, 6}, {5, 8}, {1, 8}, {0, 8}});
    EXPECT_EQ(body_.call("fcntl", {file, 6, lock}), 0) << "F_SETLK";
    EXPECT_EQ(body_.call("fcntl", {file, 5, lock}), 0) << "F_GETLK";
    EXPECT_EQ(body_.get_number(lock, 2), std::uint64_t{F_UNLCK}) << "the lock is one's own";
    EXPECT_EQ(body_.call("fcntl", {file, F_GETFD, 0}), 0);
    close(file);
}

TEST_P(RoundTrip, SleepsAndNamesItself) {
    const std::uint64_t rest = body_.put_words({77, 77});
    EXPECT_EQ(body_.call("nanosleep", {body_.put_words({0, 1000}), rest}), 0);
    EXPECT_EQ(body_.get_word(rest), 77U);
    const std::uint64_t names = body_.put_filled(391, '.');
    EXPECT_EQ(body_.call("uname", {names}), 0);
    EXPECT_EQ(body_.get_text(names, 6), std::string("Linux\0", 6));
    EXPECT_EQ(body_.get_text(names + 390, 1), ".");
    const std::uint64_t name = body_.put_filled(16, 0);
    EXPECT_EQ(body_.call("prctl", {16, name}), 0);
    EXPECT_NE(body_.get_number(name, 1), 0U);
    EXPECT_EQ(body_.call("wait4", {0xffffffffffffffff, body_.put_filled(4, 0), 1, 0}), -ECHILD);
}

TEST_P(RoundTrip, SaysThatATerminalIsNone) {
    const std::uint64_t file = open("/dev/null", O_RDONLY);
    EXPECT_EQ(body_.call("ioctl", {file, 0x5401, body_.put_filled(36, 0)}), -ENOTTY) << "TCGETS";
    close(file);
}

}  // namespace
}  // namespace openmosix
