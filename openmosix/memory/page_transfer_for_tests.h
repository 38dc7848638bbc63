// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <vector>

#include "memory/page_sink.h"
#include "memory/page_source.h"
#include "memory/page_thread.h"

namespace openmosix {

inline constexpr std::uint64_t transferred_pages = 200;

/// A source and a sink of pages for tests: a child has what was in the memory when it was made; that of this process is
/// written by the sink.
class PageTransfer : public testing::Test {
protected:
    void SetUp() override {
        void* mapped =
            ::mmap(nullptr, transferred_pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(mapped, MAP_FAILED);
        memory_ = {static_cast<std::uint8_t*>(mapped), transferred_pages * page_size};
        fill(memory_);
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
    /// What the child has: each page is another one.
    virtual void fill(std::span<std::uint8_t> memory) {
        for (std::size_t i = 0; i < memory.size(); ++i) {
            memory[i] = static_cast<std::uint8_t>(i / page_size + i % 251);
        }
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
    std::uint64_t transfer(KnownPages known, std::shared_ptr<PageStore> held, LinkRate link_rate = {}) {
        PageSource::Plan plan;
        plan.link_rate = std::move(link_rate);
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

}  // namespace openmosix
