// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>
#include <csignal>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>

#include "common/event_loop.h"
#include "common/file_descriptor.h"

namespace clusterdisc {
namespace {

class StandIn : public testing::Test {
protected:
    sd_event* event() { return loop_.get(); }
    int run() { return loop_.run(); }
    void exit(int status) { loop_.exit(status); }

private:
    EventLoop loop_;
};

FileDescriptor ready_file() {
    return FileDescriptor(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
}

TEST_F(StandIn, CallsForAFileAsLongAsItIsReady) {
    const FileDescriptor file = ready_file();
    int calls = 0;
    const EventSource source = add_io(event(), file.number(), EPOLLIN, [&](std::uint32_t ready) {
        EXPECT_EQ(ready, std::uint32_t{EPOLLIN});
        if (++calls == 3) {
            exit(1);
        }
    });
    EXPECT_EQ(run(), 1);
    EXPECT_EQ(calls, 3);
}

TEST_F(StandIn, WaitsForOtherEventsOfAFileWhenTold) {
    const FileDescriptor file = ready_file();
    const EventSource source = add_io(event(), file.number(), EPOLLIN, [&](std::uint32_t ready) {
        EXPECT_EQ(ready, std::uint32_t{EPOLLOUT});
        exit(1);
    });
    ASSERT_EQ(::sd_event_source_set_io_events(source.get(), EPOLLOUT), 0);
    EXPECT_EQ(run(), 1);
}

TEST_F(StandIn, DoesNotCallWhatAnotherHandlerHasEnded) {
    const FileDescriptor first_file = ready_file();
    const FileDescriptor second_file = ready_file();
    EventSource first;
    EventSource second;
    int calls = 0;
    // Both are ready at once; whichever is called first ends the other.
    first = add_io(event(), first_file.number(), EPOLLIN, [&](std::uint32_t) {
        ++calls;
        second = EventSource();
    });
    second = add_io(event(), second_file.number(), EPOLLIN, [&](std::uint32_t) {
        ++calls;
        first = EventSource();
    });
    Timer end(event(), [&] { exit(0); });
    const EventSource later = add_deferred(event(), [&] { end.set(EventLoop::now()); });
    run();
    EXPECT_GE(calls, 1);
    EXPECT_NE(first.get() == nullptr, second.get() == nullptr);
}

TEST_F(StandIn, CallsADeferredFunctionOnce) {
    int calls = 0;
    const EventSource source = add_deferred(event(), [&] { ++calls; });
    Timer end(event(), [&] { exit(0); });
    end.set(EventLoop::now() + std::chrono::milliseconds(20));
    run();
    EXPECT_EQ(calls, 1);
}

TEST_F(StandIn, KeepsTheOrderOfTimes) {
    std::string order;
    Timer late(event(), [&] {
        order += "late";
        exit(0);
    });
    Timer early(event(), [&] { order += "early "; });
    Timer never(event(), [&] { order += "never "; });
    const Instant start = EventLoop::now();
    late.set(start + std::chrono::milliseconds(30));
    early.set(start + std::chrono::milliseconds(1));
    never.set(start + std::chrono::milliseconds(1));
    never.stop();
    run();
    EXPECT_EQ(order, "early late");
    EXPECT_GE(EventLoop::now() - start, std::chrono::milliseconds(30));
}

struct Child {
    sd_event* event = nullptr;
    int status = -1;
    bool was_there = false;
};

int on_child(sd_event_source* source, const siginfo_t* status, void* userdata) {
    auto* const child = static_cast<Child*>(userdata);
    child->status = status->si_status;
    siginfo_t seen{};
    child->was_there = ::waitid(P_PID, static_cast<id_t>(status->si_pid), &seen, WEXITED | WNOWAIT) == 0;
    EXPECT_EQ(::sd_event_source_get_event(source), child->event);
    return ::sd_event_exit(child->event, 0);
}

TEST_F(StandIn, ReapsAChildAfterItsHandler) {
    const pid_t pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
        ::_exit(3);
    }
    Child child{.event = event()};
    sd_event_source* source = nullptr;
    ASSERT_EQ(::sd_event_add_child(event(), &source, pid, WEXITED, on_child, &child), 0);
    const EventSource owner(source);
    run();
    EXPECT_EQ(child.status, 3);
    EXPECT_TRUE(child.was_there);
    EXPECT_EQ(::waitpid(pid, nullptr, 0), -1);
    EXPECT_EQ(errno, ECHILD);
}

TEST_F(StandIn, RefusesTimesAfterItsEnd) {
    EventSource source = add_deferred(event(), [&] { exit(0); });
    sd_event_source* timer = nullptr;
    ASSERT_EQ(::sd_event_add_time(
                  event(), &timer, CLOCK_BOOTTIME, UINT64_MAX, 0,
                  [](sd_event_source*, std::uint64_t, void*) { return 0; }, nullptr),
              0);
    const EventSource owner(timer);
    run();
    EXPECT_EQ(::sd_event_source_set_time(timer, 1), -ESTALE);
    EXPECT_EQ(::sd_event_exit(event(), 1), -ESTALE);
}

TEST_F(StandIn, SwitchesOffWhatFails) {
    const FileDescriptor file = ready_file();
    struct Calls {
        int count = 0;
    } calls;
    sd_event_source* source = nullptr;
    const auto handler = [](sd_event_source*, int, std::uint32_t, void* userdata) {
        ++static_cast<Calls*>(userdata)->count;
        return -EIO;
    };
    ASSERT_EQ(::sd_event_add_io(event(), &source, file.number(), EPOLLIN, handler, &calls), 0);
    const EventSource owner(source);
    Timer end(event(), [&] { exit(0); });
    end.set(EventLoop::now() + std::chrono::milliseconds(20));
    run();
    EXPECT_EQ(calls.count, 1);
}

TEST(StandInEvent, LivesAsLongAsItsSources) {
    EventSource source;
    {
        EventLoop loop;
        source = add_deferred(loop.get(), [] {});
    }
    EXPECT_NE(::sd_event_source_get_event(source.get()), nullptr);
}

}  // namespace
}  // namespace clusterdisc
