// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/file_watch.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>

#include "common/file.h"
#include "common/temporary_folder.h"

namespace clusterdisc {
namespace {

bool has_news(const FileWatch& watch) {
    pollfd event{.fd = watch.number(), .events = POLLIN, .revents = 0};
    return ::poll(&event, 1, 0) == 1;
}

TEST(FileWatch, NoticesThatTheFileIsReplacedAndRemoved) {
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/nodes.json";
    FileWatch watch(path);
    EXPECT_FALSE(has_news(watch));
    EXPECT_FALSE(watch.take_changes());
    for (const char* const text : {"one", "two"}) {
        replace_file(path, text, 0644);
        ASSERT_TRUE(has_news(watch));
        EXPECT_TRUE(watch.take_changes());
    }
    remove_file(path);
    EXPECT_TRUE(watch.take_changes());
    EXPECT_FALSE(has_news(watch));
}

TEST(FileWatch, IgnoresOtherFiles) {
    const TemporaryFolder folder;
    FileWatch watch(folder.path() + "/nodes.json");
    replace_file(folder.path() + "/map", "", 0644);
    EXPECT_FALSE(watch.take_changes());
}

TEST(FileWatch, FollowsFoldersThatComeAndGo) {
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/run/openmosix/nodes.json";
    FileWatch watch(path);
    for (int round = 0; round < 2; ++round) {
        make_folder(folder.path() + "/run", 0755);
        ASSERT_TRUE(has_news(watch));
        watch.take_changes();
        make_folder(folder.path() + "/run/openmosix", 0755);
        ASSERT_TRUE(has_news(watch));
        watch.take_changes();
        replace_file(path, "", 0644);
        ASSERT_TRUE(has_news(watch));
        EXPECT_TRUE(watch.take_changes());
        std::filesystem::remove_all(folder.path() + "/run");
        EXPECT_TRUE(watch.take_changes());
    }
}

TEST(FileWatch, NeedsNoFolderInThePath) {
    EXPECT_NO_THROW(FileWatch("nodes.json"));
}

}  // namespace
}  // namespace clusterdisc
