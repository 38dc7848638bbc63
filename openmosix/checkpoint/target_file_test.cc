// SPDX-License-Identifier: GPL-2.0-or-later
#include "checkpoint/target_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "common/file_descriptor.h"

namespace openmosix {
namespace {

using clusterdisc::FileDescriptor;

FileDescriptor new_file() {
    return FileDescriptor(::memfd_create("image", MFD_CLOEXEC));
}

TargetFile target(const FileDescriptor& file) {
    return {file.number(), ::geteuid(), ::geteuid(), ::getegid()};
}

TEST(TargetFile, IsItsOwnersAlone) {
    const auto file = new_file();
    ::fchmod(file.number(), 0666);
    target(file);
    struct stat status {};
    EXPECT_EQ(::fstat(file.number(), &status), 0);
    EXPECT_EQ(status.st_mode, S_IFREG | 0600U);
}

TEST(TargetFile, MustBeNewAndRegularAndWritable) {
    const auto old = new_file();
    EXPECT_EQ(::write(old.number(), "x", 1), 1);
    EXPECT_THROW(target(old), std::runtime_error);
    EXPECT_THROW(target(FileDescriptor(::open("/dev/null", O_WRONLY | O_CLOEXEC))), std::runtime_error);
    const auto file = new_file();
    const std::string path = "/proc/self/fd/" + std::to_string(file.number());
    EXPECT_THROW(target(FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC))), std::runtime_error);
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const FileDescriptor reader(ends[0]);
    EXPECT_THROW(target(FileDescriptor(ends[1])), std::runtime_error);
}

TEST(TargetFile, MustBeOfWhoAsks) {
    const auto file = new_file();
    const uid_t other = ::geteuid() + 1;
    EXPECT_THROW(TargetFile(file.number(), other, other, ::getegid()), std::runtime_error);
}

}  // namespace
}  // namespace openmosix
