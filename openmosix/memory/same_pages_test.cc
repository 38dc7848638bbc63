// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pages that the other side has already: a source and a sink, of two processes that have the same memory mapped.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>

#include "memory/held_pages.h"
#include "memory/page_sink.h"
#include "memory/page_source.h"
#include "memory/page_thread.h"

namespace openmosix {
namespace {

constexpr std::uint64_t page_count = 200;

/// A child has what was in the memory when it was made; that of this process is written by the sink.
class SamePages : public testing::Test {
protected:
    void SetUp() override {
        void* mapped =
            ::mmap(nullptr, page_count * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(mapped, MAP_FAILED);
        memory_ = {static_cast<std::uint8_t*>(mapped), page_count * page_size};
        for (std::size_t i = 0; i < memory_.size(); ++i) {
            memory_[i] = static_cast<std::uint8_t>(i / page_size + i % 251);
        }
        wanted_.assign(memory_.begin(), memory_.end());
        child_ = ::fork();
        if (child_ == 0) {
            ::pause();
            ::_exit(0);
        }
        ASSERT_GT(child_, 0);
        std::ranges::fill(memory_, std::uint8_t{0xEE});
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        source_end_ = clusterdisc::FileDescriptor(ends[0]);
        sink_end_ = clusterdisc::FileDescriptor(ends[1]);
    }
    void TearDown() override {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            ::waitpid(child_, nullptr, 0);
        }
        ::munmap(memory_.data(), memory_.size());
    }

    [[nodiscard]] std::uint64_t start() const {
        return reinterpret_cast<std::uintptr_t>(memory_.data());  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
    }
    [[nodiscard]] std::span<const std::uint8_t> wanted(std::uint64_t page) const {
        return std::span(wanted_).subspan(static_cast<std::size_t>(page * page_size), page_size);
    }
    /// Everything goes from the child to us. Returns the bytes that were sent.
    std::uint64_t transfer(KnownPages known, std::shared_ptr<PageStore> held) {
        PageSource::Plan plan;
        plan.all.add(start(), start() + memory_.size());
        plan.known = std::move(known);
        PageReader source_reader;
        PageSource source(child_, source_end_.number(), source_reader, std::move(plan));
        const MemoryFile own(::getpid());
        PageReader sink_reader;
        PageSink sink(WatchedMemory(own), sink_end_.number(), sink_reader);
        PageRanges missing;
        missing.add(start(), start() + memory_.size());
        sink.watch({start(), start() + memory_.size()}, missing);
        sink.hold(std::move(held));
        const auto all_here = make_event();
        PageThread sending([&](int stop) { return source.run(stop); });
        PageThread receiving([&](int stop) { return sink.run(stop, [&] { raise_event(all_here); }); });
        EXPECT_TRUE(sink.fetch({start(), start() + memory_.size()}));
        receiving.stop();
        sending.stop();
        return source.sent().bytes;
    }

    std::span<std::uint8_t> memory_;
    std::vector<std::uint8_t> wanted_;
    pid_t child_ = -1;
    clusterdisc::FileDescriptor source_end_;
    clusterdisc::FileDescriptor sink_end_;
};

TEST_F(SamePages, AreNotSentAgain) {
    KnownPages known;
    auto held = std::make_shared<HeldPages>(page_count);
    for (std::uint64_t page = 0; page < page_count; ++page) {
        known.add(start() + page * page_size, wanted(page));
        held->add(start() + page * page_size, wanted(page));
    }
    EXPECT_LT(transfer(std::move(known), held), 20 * page_size);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
    EXPECT_EQ(held->size(), 0U) << "what is in place is held no more";
}

TEST_F(SamePages, ThatHaveChangedAreSent) {
    KnownPages known;
    auto held = std::make_shared<HeldPages>(page_count);
    std::vector<std::uint8_t> old(page_size, 7);
    for (std::uint64_t page = 0; page < page_count; ++page) {
        const auto content = page % 3 == 0 ? std::span<const std::uint8_t>(old) : wanted(page);
        known.add(start() + page * page_size, content);
        held->add(start() + page * page_size, content);
    }
    EXPECT_LT(transfer(std::move(known), held), page_count / 2 * page_size);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

TEST_F(SamePages, AreSentWhenTheirHashesCollide) {
    // Of no bits: whatever is there has the hash of what was there.
    KnownPages known(0);
    auto held = std::make_shared<HeldPages>(page_count);
    const std::vector<std::uint8_t> old(page_size, 7);
    for (std::uint64_t page = 0; page < page_count; ++page) {
        known.add(start() + page * page_size, old);
        held->add(start() + page * page_size, page % 50 == 1 ? std::span<const std::uint8_t>(old) : wanted(page));
    }
    transfer(std::move(known), held);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

TEST_F(SamePages, AreSentWhenTheyAreNotThereAnyMore) {
    KnownPages known;
    auto held = std::make_shared<HeldPages>(page_count / 2);
    for (std::uint64_t page = 0; page < page_count; ++page) {
        known.add(start() + page * page_size, wanted(page));
        held->add(start() + page * page_size, wanted(page));
    }
    transfer(std::move(known), held);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

TEST_F(SamePages, AreNoneWhereNothingIsHeld) {
    KnownPages known;
    for (std::uint64_t page = 0; page < page_count; ++page) {
        known.add(start() + page * page_size, wanted(page));
    }
    transfer(std::move(known), nullptr);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

}  // namespace
}  // namespace openmosix
