// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/present_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "abi.h"

namespace openmosix {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t large_count = 20000;

TEST(PresentPages, FindsThePagesOfALargeMapping) {
    void* memory = ::mmap(nullptr, large_count * page_size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    ::madvise(memory, large_count * page_size, MADV_NOHUGEPAGE);
    const std::uint64_t start = reinterpret_cast<std::uintptr_t>(memory);  // NOLINT(*-reinterpret-cast)
    const std::uint64_t end = start + large_count * page_size;
    const std::uint64_t touched = start + 15000 * page_size;
    static_cast<volatile char*>(memory)[15000 * page_size] = 1;
    PresentPages present(::getpid());
    std::uint64_t place = start;
    while (place < touched) {
        const std::uint64_t next = present.first_from(place, end);
        ASSERT_GT(next, place);
        ASSERT_LE(next, touched);
        place = next;
    }
    EXPECT_EQ(present.first_from(touched, end), touched);
    EXPECT_GT(present.first_from(touched + page_size, end), touched + page_size);
    EXPECT_THAT(present.within(touched - page_size, touched + 2 * page_size), ElementsAre(false, true, false));
    ::munmap(memory, large_count * page_size);
}

TEST(PresentPages, OfAProcessThatHasEndedAreNotAbsent) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    ASSERT_GT(child, 0);
    PresentPages present(child);
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_THROW(static_cast<void>(present.first_from(page_size, 16 * page_size)), std::runtime_error);
    EXPECT_THROW(static_cast<void>(present.within(page_size, 2 * page_size)), std::runtime_error);
}

}  // namespace
}  // namespace openmosix
