// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "memory/page_sink.h"
#include "memory/page_source.h"
#include "memory/page_thread.h"

namespace openmosix {
namespace {

/// As long as this nothing comes: then nothing more will.
constexpr int milliseconds_of_silence = 1000;

struct Connection {
    Connection() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        ours = clusterdisc::FileDescriptor(ends[0]);
        peers = clusterdisc::FileDescriptor(ends[1]);
    }
    clusterdisc::FileDescriptor ours;
    clusterdisc::FileDescriptor peers;
};

bool is_ready(int socket, short events) {
    pollfd wait{socket, events, 0};
    return ::poll(&wait, 1, milliseconds_of_silence) == 1;
}

TEST(PageSource, StopsReadingWhenManyRequestsWait) {
    constexpr std::size_t far_too_many = 200'000;
    Connection connection;
    PageReader reader;
    PageSource source(::getpid(), connection.ours.number(), reader, {});
    PageThread thread([&](int stop) { return source.run(stop); });
    // It never says that it has begun, so that nothing is answered.
    const PageHeader request{PageHeader::Kind::request, 1, 0x10000};
    std::size_t sent = 0;
    while (sent < far_too_many && is_ready(connection.peers.number(), POLLOUT)) {
        sent += ::send(connection.peers.number(), &request, sizeof request, MSG_DONTWAIT) == sizeof request ? 1 : 0;
    }
    EXPECT_LT(sent, far_too_many);
}

TEST(PageSource, SaysNothingOfAProcessThatHasEnded) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    ASSERT_GT(child, 0);
    // Its stack is where ours is.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    const std::uint64_t page = reinterpret_cast<std::uintptr_t>(&child) & ~(page_size - 1);
    PageSource::Plan plan;
    plan.all.add(page, page + page_size);
    Connection connection;
    PageReader reader;
    PageSource source(child, connection.ours.number(), reader, plan);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const PageHeader begin{PageHeader::Kind::begin, 0, 0};
    ASSERT_EQ(::send(connection.peers.number(), &begin, sizeof begin, 0), static_cast<ssize_t>(sizeof begin));
    const auto stop = make_event();
    EXPECT_THROW(source.run(stop.number()), std::runtime_error);
    EXPECT_FALSE(is_ready(connection.peers.number(), POLLIN)) << "zeros in place of its memory";
}

TEST(PageSink, AsksForPartsOfWhatIsFetched) {
    constexpr std::uint64_t size = std::uint64_t{512} << 20U;
    constexpr std::size_t many = 100;
    clusterdisc::FileDescriptor faults(
        static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY)));
    if (!faults.is_open()) {
        GTEST_SKIP() << "no userfaultfd here";
    }
    uffdio_api api{};
    api.api = UFFD_API;
    ASSERT_EQ(::ioctl(faults.number(), UFFDIO_API, &api), 0);
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    const std::uint64_t start = reinterpret_cast<std::uintptr_t>(memory);
    PageRanges missing;
    missing.add(start, start + size);

    Connection connection;
    PageReader reader;
    PageSink sink(WatchedMemory(std::move(faults)), connection.ours.number(), reader);
    sink.watch({start, start + size}, missing);
    {
        PageThread pages([&](int stop) { return sink.run(stop, [] {}); });
        bool is_fetched = false;
        std::thread fetching([&] { is_fetched = sink.fetch({start, start + size}); });
        std::size_t asked = 0;
        while (asked < 2 * many && is_ready(connection.peers.number(), POLLIN)) {
            PageHeader header;
            ASSERT_EQ(::recv(connection.peers.number(), &header, sizeof header, MSG_WAITALL),
                      static_cast<ssize_t>(sizeof header));
            asked += header.kind == PageHeader::Kind::request ? 1 : 0;
        }
        EXPECT_LT(asked, many);
        const PageHeader zeros{PageHeader::Kind::zero, static_cast<std::uint32_t>(size / page_size), start};
        EXPECT_EQ(::send(connection.peers.number(), &zeros, sizeof zeros, 0), static_cast<ssize_t>(sizeof zeros));
        fetching.join();
        EXPECT_TRUE(is_fetched);
        EXPECT_TRUE(sink.missing().empty());
    }
    ::munmap(memory, size);
}

}  // namespace
}  // namespace openmosix
