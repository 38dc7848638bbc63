// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/process_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <system_error>
#include <vector>

#include "omd/child_processes.h"

namespace openmosix {
namespace {

using clusterdisc::EventLoop;
using Kind = ProcessEvent::Kind;

/// A message of a kernel of any byte order: headers, then what, processor, time, the ids of the thread and the process,
/// status.
std::vector<std::uint8_t> message(std::uint32_t what, std::uint32_t thread, std::uint32_t process,
                                  std::uint32_t status = 0) {
    constexpr std::size_t header_words = 9;
    std::array<std::uint32_t, header_words + 7> words{};
    words[header_words] = what;
    words[header_words + 4] = thread;
    words[header_words + 5] = process;
    words[header_words + 6] = status;
    std::vector<std::uint8_t> bytes(sizeof words);
    std::memcpy(bytes.data(), words.data(), sizeof words);
    return bytes;
}

TEST(ProcessEvent, IsAProgramOrAnEndOfAProcess) {
    EXPECT_EQ(parse_process_event(message(2, 7, 7)), (ProcessEvent{Kind::executed, 7}));
    EXPECT_EQ(parse_process_event(message(0x80000000, 7, 7, 3U << 8U)), (ProcessEvent{Kind::exited, 7}));
    EXPECT_EQ(parse_process_event(message(0x80000000, 7, 7, 9)), (ProcessEvent{Kind::killed, 7}));
    // A thread, a fork, no process, and half a message.
    EXPECT_EQ(parse_process_event(message(0x80000000, 8, 7)), std::nullopt);
    EXPECT_EQ(parse_process_event(message(1, 7, 7)), std::nullopt);
    EXPECT_EQ(parse_process_event(message(2, 0, 0)), std::nullopt);
    const auto whole = message(2, 7, 7);
    EXPECT_EQ(parse_process_event(std::span(whole).first(whole.size() / 2)), std::nullopt);
}

TEST(ProcessEvents, TellOfAProgramAndItsEnd) {
    const EventLoop loop;
    std::vector<ProcessEvent> events;
    std::optional<ProcessEvents> source;
    try {
        source.emplace(loop.get(), "", [&](const ProcessEvent& event) { events.push_back(event); });
    } catch (const std::system_error& error) {
        GTEST_SKIP() << error.what();
    }
    ChildProcesses children(loop.get());
    const pid_t pid = children.start_program({"/bin/true"}, {}, [](int) {});
    const auto has = [&](Kind kind) { return std::ranges::find(events, ProcessEvent{kind, pid}) != events.end(); };
    const auto end = EventLoop::now() + std::chrono::seconds(20);
    while (!(has(Kind::executed) && has(Kind::exited)) && EventLoop::now() < end) {
        constexpr std::uint64_t microseconds_per_turn = 10'000;
        ::sd_event_run(loop.get(), microseconds_per_turn);
    }
    EXPECT_TRUE(has(Kind::executed));
    EXPECT_TRUE(has(Kind::exited));
}

}  // namespace
}  // namespace openmosix
