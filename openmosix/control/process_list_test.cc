// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/process_list.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "common/file.h"
#include "common/temporary_folder.h"
#include "procfs/process_stat.h"

namespace openmosix {
namespace {

class ProcessLists : public testing::Test {
protected:
    /// `start`: of the supervisor, which is this process.
    void put(pid_t pid, std::uint64_t start, pid_t supervisor = ::getpid()) const {
        const nlohmann::json state{{"pid", pid}, {"supervisor", supervisor}, {"supervisor_start", start}};
        put(std::to_string(pid) + ".json", state.dump());
    }
    void put(const std::string& name, const std::string& content) const {
        constexpr mode_t mode = 0644;
        clusterdisc::replace_file(folder_.path(name), content, mode);
    }
    [[nodiscard]] bool has(const std::string& name) const { return ::access(folder_.path(name).c_str(), F_OK) == 0; }
    [[nodiscard]] std::vector<pid_t> read(bool sweeps) const {
        std::vector<pid_t> pids;
        for (const auto& state : read_process_list(folder_.path(), sweeps)) {
            pids.push_back(state["pid"].get<pid_t>());
        }
        return pids;
    }
    [[nodiscard]] static std::uint64_t own_start() { return read_process_stat(::getpid()).start_time; }

private:
    clusterdisc::TemporaryFolder folder_;
};

TEST_F(ProcessLists, HaveThoseWhoseSupervisorLives) {
    put(30, own_start());
    put(4, own_start());
    EXPECT_EQ(read(true), (std::vector<pid_t>{4, 30}));
    EXPECT_TRUE(has("30.json"));
}

TEST_F(ProcessLists, SweepWhatADeadSupervisorHasLeft) {
    put(4, own_start() + 1);
    put(5, own_start(), 1 << 30);
    EXPECT_TRUE(read(false).empty());
    EXPECT_TRUE(has("4.json"));
    EXPECT_TRUE(read(true).empty());
    EXPECT_FALSE(has("4.json"));
    EXPECT_FALSE(has("5.json"));
}

TEST_F(ProcessLists, LeaveOutWhatIsNotAState) {
    put("1.json", "");
    put("2.json", "[]");
    put("3.json", R"({"pid":"3"})");
    put("4.json.X1y2z3", R"({"pid":4})");
    EXPECT_TRUE(read(true).empty());
    EXPECT_TRUE(has("2.json"));
}

TEST_F(ProcessLists, AreEmptyWithoutAFolder) {
    EXPECT_TRUE(read_process_list("/no/such/folder", true).empty());
}

}  // namespace
}  // namespace openmosix
