// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <system_error>

#include "common/temporary_folder.h"

namespace clusterdisc {
namespace {

mode_t mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
}

auto files_in(const TemporaryFolder& folder) {
    return std::distance(std::filesystem::directory_iterator(folder.path()), {});
}

TEST(ReadingAFile, GivesItsWholeContent) {
    const TemporaryFolder folder;
    const std::string content(10000, 'x');
    std::ofstream(folder.path("a")) << content;
    EXPECT_EQ(read_file(folder.path("a"), content.size()), content);
}

TEST(ReadingAFile, GivesNothingWhenThereIsNone) {
    const TemporaryFolder folder;
    EXPECT_EQ(read_file(folder.path("a"), 10), std::nullopt);
    std::ofstream(folder.path("b")) << "no folder";
    EXPECT_EQ(read_file(folder.path("b/a"), 10), std::nullopt);
}

TEST(ReadingAFile, FailsWhenItIsTooLongOrNoFile) {
    const TemporaryFolder folder;
    std::ofstream(folder.path("a")) << "12345";
    EXPECT_THROW(read_file(folder.path("a"), 4), std::system_error);
    EXPECT_THROW(read_file(folder.path(), 10), std::system_error);
}

TEST(ReplacingAFile, SetsContentAndModeWhateverTheUmaskIs) {
    const TemporaryFolder folder;
    const mode_t umask_before = ::umask(077);
    replace_file(folder.path("a"), "one", 0644);
    ::umask(umask_before);
    EXPECT_EQ(read_file(folder.path("a"), 10), "one");
    EXPECT_EQ(mode_of(folder.path("a")), 0644U);

    replace_file(folder.path("a"), "two", 0600);
    EXPECT_EQ(read_file(folder.path("a"), 10), "two");
    EXPECT_EQ(mode_of(folder.path("a")), 0600U);
    EXPECT_EQ(files_in(folder), 1);
}

TEST(ReplacingAFile, LeavesTheOldOneToThoseWhoHaveItOpen) {
    const TemporaryFolder folder;
    replace_file(folder.path("a"), "one", 0644);
    std::ifstream reader(folder.path("a"));
    replace_file(folder.path("a"), "two", 0644);
    std::string seen;
    reader >> seen;
    EXPECT_EQ(seen, "one");
}

TEST(ReplacingAFile, ReplacesALinkAndNotWhatItPointsTo) {
    const TemporaryFolder folder;
    std::ofstream(folder.path("target")) << "kept";
    std::filesystem::create_symlink(folder.path("target"), folder.path("a"));
    replace_file(folder.path("a"), "new", 0600);
    EXPECT_EQ(read_file(folder.path("target"), 10), "kept");
    EXPECT_FALSE(std::filesystem::is_symlink(folder.path("a")));
}

TEST(ReplacingAFile, LeavesNothingBehindWhenItFails) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.path("a"));
    EXPECT_THROW(replace_file(folder.path("a"), "x", 0644), std::system_error);
    EXPECT_EQ(files_in(folder), 1);
    EXPECT_THROW(replace_file(folder.path("missing/a"), "x", 0644), std::system_error);
}

TEST(MakingAFolder, IsFineWhenItIsThereAndFailsWhenAFileIs) {
    const TemporaryFolder folder;
    const mode_t umask_before = ::umask(077);
    make_folder(folder.path("a"), 0755);
    ::umask(umask_before);
    EXPECT_EQ(mode_of(folder.path("a")), 0755U);
    make_folder(folder.path("a"), 0755);
    EXPECT_TRUE(std::filesystem::is_directory(folder.path("a")));
    std::ofstream(folder.path("b")) << "file";
    EXPECT_THROW(make_folder(folder.path("b"), 0755), std::system_error);
}

TEST(RemovingAFile, IsFineWhenThereIsNone) {
    const TemporaryFolder folder;
    std::ofstream(folder.path("a")) << "file";
    remove_file(folder.path("a"));
    remove_file(folder.path("a"));
    EXPECT_EQ(files_in(folder), 0);
    EXPECT_THROW(remove_file(folder.path()), std::system_error);
}

}  // namespace
}  // namespace clusterdisc
