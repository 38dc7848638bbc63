// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/cluster_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "common/file.h"
#include "common/temporary_folder.h"
#include "output/cluster_view_samples.h"

namespace clusterdisc {
namespace {

constexpr std::size_t longest = 1U << 20U;

ino_t inode_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

class ClusterFilesTest : public ::testing::Test {
protected:
    [[nodiscard]] std::optional<std::string> read(const std::string& name) const {
        return read_file(folder.path(name), longest);
    }

    TemporaryFolder folder;
    ClusterView view = {sample_member(1, "here", true), sample_member(2, "there")};
};

TEST_F(ClusterFilesTest, AreReplacedOnlyWhenTheyChange) {
    ClusterFiles files(folder.path(), "lab", "", sample_interface);
    files.write(view);
    const ino_t map = inode_of(folder.path("map"));
    const ino_t json = inode_of(folder.path("nodes.json"));
    view.back().condition = Condition::suspect;
    files.write(view);
    EXPECT_EQ(inode_of(folder.path("map")), map) << "a suspicion changes nothing in the map";
    EXPECT_NE(inode_of(folder.path("nodes.json")), json);
}

TEST_F(ClusterFilesTest, AreWithdrawnButForTheHostsThatWereThereBefore) {
    std::ofstream(folder.path("base")) << "127.0.0.1 localhost\n";
    ClusterFiles files(folder.path(), "lab", folder.path("base"), sample_interface);
    files.write(view);
    EXPECT_NE(read("hosts")->find("node2"), std::string::npos);
    files.withdraw();
    EXPECT_EQ(read("hosts"), "127.0.0.1 localhost\n");
    EXPECT_FALSE(read("map"));
    EXPECT_FALSE(read("nodes.json"));
    EXPECT_FALSE(read("machines"));
}

TEST_F(ClusterFilesTest, KeepTheHostsThatWereThereBeforeWhenTheirFileIsLost) {
    std::ofstream(folder.path("base")) << "127.0.0.1 localhost\n";
    ClusterFiles files(folder.path(), "lab", folder.path("base"), sample_interface);
    files.write(view);
    remove_file(folder.path("base"));
    view.pop_back();
    files.write(view);
    EXPECT_NE(read("hosts")->find("localhost"), std::string::npos);
}

TEST_F(ClusterFilesTest, AreWrittenLaterWhenThatIsNotPossibleNow) {
    const std::string run_folder = folder.path("run");
    ClusterFiles files(run_folder, "lab", "", sample_interface);
    ::testing::internal::CaptureStderr();
    EXPECT_FALSE(files.write(view));
    EXPECT_FALSE(files.write(view));
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(log, '\n'), 4) << "each file is reported once";
    make_folder(run_folder, 0755);
    EXPECT_TRUE(files.write(view));
    EXPECT_TRUE(read("run/map"));
}

}  // namespace
}  // namespace clusterdisc
