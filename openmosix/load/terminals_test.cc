// SPDX-License-Identifier: GPL-2.0-or-later
#include "load/terminals.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <ctime>
#include <fstream>

#include "common/temporary_folder.h"

namespace openmosix {
namespace {

/// Makes a file that was accessed then.
void make_terminal(const std::string& path, std::time_t accessed) {
    std::ofstream(path) << "";
    const timespec times[] = {{accessed, 0}, {0, UTIME_OMIT}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0) << path;
}

TEST(Terminals, HaveInputWhenTheirAccessTimesChange) {
    const clusterdisc::TemporaryFolder folder;
    make_terminal(folder.path() + "/tty1", 1000);
    make_terminal(folder.path() + "/ttyS0", 1000);
    Terminals terminals;
    terminals.set_patterns({folder.path() + "/tty[1-9]*", folder.path() + "/ttyS[0-9]*"});
    EXPECT_FALSE(terminals.had_input());
    EXPECT_FALSE(terminals.had_input());
    make_terminal(folder.path() + "/ttyS0", 1008);
    EXPECT_TRUE(terminals.had_input());
    EXPECT_FALSE(terminals.had_input());
    // The clock was set back.
    make_terminal(folder.path() + "/tty1", 8);
    EXPECT_TRUE(terminals.had_input());
}

TEST(Terminals, AreOnlyThoseOfThePatterns) {
    const clusterdisc::TemporaryFolder folder;
    make_terminal(folder.path() + "/tty1", 1000);
    make_terminal(folder.path() + "/tty", 1000);
    Terminals terminals;
    terminals.set_patterns({folder.path() + "/tty[1-9]*", "/nowhere/*"});
    EXPECT_FALSE(terminals.had_input());
    make_terminal(folder.path() + "/tty", 1008);
    EXPECT_FALSE(terminals.had_input());
    terminals.set_patterns({});
    make_terminal(folder.path() + "/tty1", 1008);
    EXPECT_FALSE(terminals.had_input());
}

TEST(Terminals, HaveNoInputBeforeTheyAreKnown) {
    const clusterdisc::TemporaryFolder folder;
    Terminals terminals;
    terminals.set_patterns({folder.path() + "/*"});
    EXPECT_FALSE(terminals.had_input());
    make_terminal(folder.path() + "/tty1", 1000);
    EXPECT_FALSE(terminals.had_input());
    make_terminal(folder.path() + "/tty1", 1008);
    EXPECT_TRUE(terminals.had_input());
}

TEST(Terminals, AreLimited) {
    const clusterdisc::TemporaryFolder folder;
    for (std::size_t terminal = 0; terminal < 2 * Terminals::max_terminals; ++terminal) {
        make_terminal(folder.path() + "/tty" + std::to_string(terminal), 1000);
    }
    make_terminal(folder.path() + "/late", 1000);
    Terminals terminals;
    terminals.set_patterns({folder.path() + "/tty*", folder.path() + "/late"});
    EXPECT_FALSE(terminals.had_input());
    make_terminal(folder.path() + "/late", 1008);
    EXPECT_FALSE(terminals.had_input());
}

}  // namespace
}  // namespace openmosix
