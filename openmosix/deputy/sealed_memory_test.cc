// SPDX-License-Identifier: GPL-2.0-or-later
#include "deputy/sealed_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>

#include "common/file_descriptor.h"

namespace openmosix {
namespace {

constexpr std::uint64_t memory_size = 0x10000;

std::int64_t size_of(int file) {
    struct stat state {};
    ::fstat(file, &state);
    return state.st_size;
}

TEST(SealedMemory, KeepsItsSize) {
    const clusterdisc::FileDescriptor file(::memfd_create("", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    size_and_seal(file.number(), memory_size);
    EXPECT_EQ(size_of(file.number()), std::int64_t{memory_size});
    EXPECT_NE(::ftruncate(file.number(), 0), 0);
    EXPECT_NE(::ftruncate(file.number(), 2 * memory_size), 0);
    EXPECT_EQ(size_of(file.number()), std::int64_t{memory_size});
}

TEST(SealedMemory, LeavesAnOrdinaryFileAlone) {
    std::FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(::write(::fileno(file), "abc", 3), 3);
    EXPECT_THROW(size_and_seal(::fileno(file), memory_size), std::runtime_error);
    EXPECT_EQ(size_of(::fileno(file)), 3);
    std::fclose(file);
}

TEST(SealedMemory, RefusesWhatCannotBeSealed) {
    const clusterdisc::FileDescriptor file(::memfd_create("", MFD_CLOEXEC));
    EXPECT_THROW(size_and_seal(file.number(), memory_size), std::runtime_error);
    EXPECT_EQ(size_of(file.number()), 0);
}

TEST(SealedMemory, RefusesAPipe) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const clusterdisc::FileDescriptor reader(ends[0]);
    const clusterdisc::FileDescriptor writer(ends[1]);
    EXPECT_THROW(size_and_seal(writer.number(), memory_size), std::runtime_error);
}

}  // namespace
}  // namespace openmosix
