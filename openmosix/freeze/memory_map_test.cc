// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/memory_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "abi.h"
#include "image/mapping_attributes.h"

namespace openmosix {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

MappedRange only_range(std::string_view line) {
    const auto map = parse_memory_map(line);
    EXPECT_THAT(map, SizeIs(1));
    return map.at(0);
}

TEST(MemoryMap, HasAllFieldsOfALine) {
    const MappedRange range =
        only_range("b7d8a000-b7f0c000 r-xp 0001d000 fe:1a 131602                             /lib/libc.so.6\n");
    EXPECT_EQ(range.start, 0xb7d8a000U);
    EXPECT_EQ(range.end, 0xb7f0c000U);
    EXPECT_TRUE(range.readable);
    EXPECT_FALSE(range.writable);
    EXPECT_TRUE(range.executable);
    EXPECT_FALSE(range.shared);
    EXPECT_EQ(range.offset, 0x1d000U);
    EXPECT_EQ(range.device_major, 0xfeU);
    EXPECT_EQ(range.device_minor, 0x1aU);
    EXPECT_EQ(range.inode, 131602U);
    EXPECT_EQ(range.path, "/lib/libc.so.6");
}

TEST(MemoryMap, KeepsTheLinesInOrder) {
    EXPECT_THAT(parse_memory_map("1000-2000 rw-p 00000000 00:00 0 \n"
                                 "2000-3000 ---p 00000000 00:00 0 \n"
                                 "5000-6000 rw-s 00000000 00:01 7 /dev/zero (deleted)\n"),
                ElementsAre(Field(&MappedRange::start, 0x1000U), Field(&MappedRange::start, 0x2000U),
                            Field(&MappedRange::start, 0x5000U)));
}

TEST(MemoryMap, KnowsMemoryWithoutAName) {
    EXPECT_EQ(only_range("1000-2000 rw-p 00000000 00:00 0 ").path, "");
    EXPECT_EQ(only_range("1000-2000 rw-p 00000000 00:00 0").path, "");
}

TEST(MemoryMap, KnowsSharedMemory) {
    EXPECT_TRUE(only_range("1000-2000 rw-s 00000000 00:01 7     /dev/zero (deleted)").shared);
    EXPECT_FALSE(only_range("1000-2000 rw-p 00000000 00:01 7    /dev/zero (deleted)").shared);
}

TEST(MemoryMap, KeepsSpacesInsideAndAfterAPath) {
    EXPECT_EQ(only_range("1000-2000 r--p 00000000 08:01 9              /srv/a b/c (deleted)").path,
              "/srv/a b/c (deleted)");
    EXPECT_EQ(only_range("1000-2000 r--p 00000000 08:01 9              /srv/trailing ").path, "/srv/trailing ");
}

TEST(MemoryMap, KnowsTheLastPageOf64Bits) {
    EXPECT_EQ(only_range("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0    [vsyscall]").end,
              0xffffffffff601000U);
    EXPECT_EQ(only_range("1000-2000 r--s fffffffffffff000 ffffffff:ffffffff 18446744073709551615 /f").inode,
              std::numeric_limits<std::uint64_t>::max());
}

TEST(MemoryMap, IsEmptyForAKernelThread) {
    EXPECT_THAT(parse_memory_map(""), IsEmpty());
    EXPECT_THAT(parse_memory_map("\n\n"), IsEmpty());
}

TEST(MemoryMap, ShowsTheLineThatMakesNoSense) {
    for (const char* line : {
             "nonsense",
             "1000",
             "1000-2000",
             "1000-2000 rw-p",
             "1000-2000 rw-p 00000000 00:00",
             "1000-2000 rw-p 00000000 00:00 ",
             "1000-2000 rwxz 00000000 00:00 0 ",
             "1000-2000 wr-p 00000000 00:00 0 ",
             "1000-2000 rw-P 00000000 00:00 0 ",
             "1000-2000 rw-p 00000000 00:00 0x ",
             "2000-1000 rw-p 00000000 00:00 0 ",
             "1000-1000 rw-p 00000000 00:00 0 ",
             "-2000 rw-p 00000000 00:00 0 ",
             "10000000000000000-2 rw-p 00000000 00:00 0 ",
             "1000-2000 rw-p 00000000 100000000:00 0 ",
         }) {
        EXPECT_THAT([&] { parse_memory_map(std::string("1000-2000 r--p 00000000 00:00 0 \n") + line + "\n"); },
                    ThrowsMessage<std::runtime_error>(HasSubstr(std::string("memory map: ") + line)))
            << line;
    }
}

TEST(MemoryMap, ShowsALineWithoutControlCharactersAndNotAllOfALongOne) {
    EXPECT_THAT([] { parse_memory_map("\x1b[2J"); }, ThrowsMessage<std::runtime_error>(HasSubstr("\\x1b[2J")));
    try {
        parse_memory_map(std::string(100000, 'z'));
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_LT(std::string_view(error.what()).size(), 300U);
    }
}

TEST(MemoryMap, OfAProcessWithThousandsOfMappingsHasThemAll) {
    // Every second page may be written, so that the kernel cannot join neighbours.
    constexpr std::size_t pages = 20000;
    void* const area = ::mmap(nullptr, pages * page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(area, MAP_FAILED);
    for (std::size_t page = 0; page < pages; page += 2) {
        ASSERT_EQ(::mprotect(static_cast<char*>(area) + page * page_size, page_size, PROT_READ | PROT_WRITE), 0);
    }
    const auto map = read_memory_map(::getpid());
    ::munmap(area, pages * page_size);
    const auto start = std::uint64_t{std::bit_cast<std::uintptr_t>(area)};
    EXPECT_EQ(std::ranges::count_if(map,
                                    [&](const MappedRange& range) {
                                        return range.start >= start && range.end <= start + pages * page_size &&
                                               range.end - range.start == page_size;
                                    }),
              static_cast<std::ptrdiff_t>(pages));
}

TEST(MemoryMap, OfAProcessThatIsGoneSaysSo) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(0);
    }
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_THAT([&] { read_memory_map(child); },
                ThrowsMessage<std::runtime_error>("process " + std::to_string(child) + " does not exist"));
}

constexpr std::string_view detailed =
    "1000-3000 rw-p 00000000 00:00 0 \n"
    "Size:                  8 kB\n"
    "ProtectionKey:         0\n"
    "VmFlags: rd wr mr mw me nr wf dc \n"
    "3000-4000 --xp 00000000 00:00 0 \n"
    "ProtectionKey:         1\n"
    "VmFlags: ex mr mw me \n"
    "4000-5000 rw-p 00000000 00:00 0 \n"
    "ProtectionKey:         2\n"
    "VmFlags: rd wr mr mw me gd \n"
    "a000-b000 rw-p 00000000 00:00 0 [stack]\n"
    "VmFlags: rd wr xx lo\n";

TEST(DetailedMap, HasAttributesAndReasonsToStay) {
    const auto map = parse_detailed_map(detailed);
    ASSERT_THAT(map, SizeIs(4));
    EXPECT_EQ(map[0].attributes,
              mapping_attribute::no_reserve | mapping_attribute::wipe_on_fork | mapping_attribute::dont_fork);
    EXPECT_EQ(map[0].refusal, "");
    EXPECT_EQ(map[1].attributes, 0U);
    // The kernel's own key.
    EXPECT_EQ(map[1].refusal, "");
    EXPECT_EQ(map[2].attributes, mapping_attribute::grows_down);
    EXPECT_EQ(map[2].refusal, "memory protection keys");
    EXPECT_EQ(map[3].refusal, "unknown kind of mapping");
}

TEST(DetailedMap, OfThisProcessIsItsMap) {
    const auto map = read_memory_map(::getpid());
    const auto same = read_detailed_map(::getpid());
    ASSERT_FALSE(map.empty());
    EXPECT_EQ(map.front().start, same.front().start);
    EXPECT_TRUE(std::ranges::all_of(
        same, [](const MappedRange& range) { return is_kernel_page(range) || range.refusal.empty(); }));
}

TEST(MemoryMap, HasAGapThatIsInNobodysWay) {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    std::vector<MappedRange> map(3);
    map[0].start = 4 * mib;
    map[0].end = 20 * mib;
    map[1].start = 100 * mib;
    map[1].end = 101 * mib;
    map[2].start = 400 * mib;
    map[2].end = 401 * mib;
    EXPECT_EQ(find_gap(map, 16 * mib), 20 * mib);
    EXPECT_EQ(find_gap(map, 17 * mib), 101 * mib) << "what lies behind may grow down";
    EXPECT_EQ(find_gap(map, 300 * mib), std::nullopt);
    EXPECT_EQ(find_gap(map, 0), std::nullopt);
}

}  // namespace
}  // namespace openmosix
