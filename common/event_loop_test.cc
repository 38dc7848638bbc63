// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/event_loop.h"

#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>

#include "common/exit_status.h"

namespace clusterdisc {
namespace {

TEST(EventLoop, CallsATimerThatSetsItselfAgain) {
    EventLoop loop;
    int calls = 0;
    const Instant start = EventLoop::now();
    std::unique_ptr<Timer> timer;
    timer = std::make_unique<Timer>(loop.get(), [&] {
        if (++calls == 3) {
            loop.exit(7);
        } else {
            timer->set(EventLoop::now() + std::chrono::milliseconds(5));
        }
    });
    timer->set(start);
    EXPECT_EQ(loop.run(), 7);
    EXPECT_EQ(calls, 3);
    EXPECT_GE(EventLoop::now() - start, std::chrono::milliseconds(10));
}

TEST(EventLoop, EndsWithFailureWhenACallbackThrows) {
    EventLoop loop;
    const EventSource source = add_deferred(loop.get(), [] { throw std::runtime_error("thrown by a test"); });
    EXPECT_EQ(loop.run(), exit_failure);
}

TEST(EventLoop, LetsASourceEndInsideItsOwnCallback) {
    EventLoop loop;
    std::unique_ptr<EventSource> source;
    const auto kept = std::make_shared<int>(5);
    source = std::make_unique<EventSource>(add_deferred(loop.get(), [&loop, &source, kept] {
        source.reset();
        loop.exit(*kept);
    }));
    EXPECT_EQ(loop.run(), 5);
    EXPECT_EQ(kept.use_count(), 1);
}

TEST(EventLoop, ReportsSignals) {
    EventLoop loop;
    const EventSource source = add_signal(loop.get(), SIGUSR1, [&] { loop.exit(4); });
    ASSERT_EQ(::raise(SIGUSR1), 0);
    EXPECT_EQ(loop.run(), 4);
}

}  // namespace
}  // namespace clusterdisc
