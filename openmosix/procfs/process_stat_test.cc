// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/process_stat.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <stdexcept>

namespace openmosix {
namespace {

/// As Linux 6.1 writes it, with a field's own number as its value.
std::string stat_of(const std::string& name) {
    std::string text = "4711 (" + name + ") S";
    for (int field = 4; field <= 52; ++field) {
        text += ' ' + std::to_string(field == 8 || field == 18 ? -field : field);
    }
    return text + '\n';
}

TEST(ProcessStats, AreParsed) {
    const auto stat = parse_process_stat(stat_of("cat"));
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->name, "cat");
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->process_group, 5U);
    EXPECT_EQ(stat->session, 6U);
    EXPECT_EQ(stat->terminal, 7U);
    // Negative: there is none.
    EXPECT_EQ(stat->foreground_group, 0U);
    EXPECT_EQ(stat->flags, 9U);
    EXPECT_EQ(stat->user_time, 14U);
    EXPECT_EQ(stat->system_time, 15U);
    EXPECT_EQ(stat->start_time, 22U);
    EXPECT_EQ(stat->start_code, 26U);
    EXPECT_EQ(stat->end_code, 27U);
    EXPECT_EQ(stat->start_stack, 28U);
    EXPECT_EQ(stat->processor, 39U);
    EXPECT_EQ(stat->policy, 41U);
    EXPECT_EQ(stat->start_data, 45U);
    EXPECT_EQ(stat->end_data, 46U);
    EXPECT_EQ(stat->start_brk, 47U);
    EXPECT_EQ(stat->arg_start, 48U);
    EXPECT_EQ(stat->arg_end, 49U);
    EXPECT_EQ(stat->env_start, 50U);
    EXPECT_EQ(stat->env_end, 51U);
}

TEST(ProcessStats, HaveAnyName) {
    for (const std::string name : {"", " ", ")", "(", ") ", " (", ") S 1 2 3", "a) (b", "a\nb", "\xff", "x (y) z"}) {
        const auto stat = parse_process_stat(stat_of(name));
        ASSERT_TRUE(stat) << name;
        EXPECT_EQ(stat->name, name);
        EXPECT_EQ(stat->start_time, 22U) << name;
    }
}

TEST(ProcessStats, MayHaveFieldsOfLaterKernels) {
    std::string text = stat_of("cat");
    text.insert(text.size() - 1, " 53 54");
    EXPECT_TRUE(parse_process_stat(text));
}

TEST(ProcessStats, AreNotParsedInPart) {
    const std::string whole = stat_of("a (b) c");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(parse_process_stat(whole.substr(0, size))) << size;
    }
}

TEST(ProcessStats, AreNothingElse) {
    std::string text = stat_of("cat");
    for (const std::string other : {"x", " ", "18446744073709551616"}) {
        std::string changed = text;
        changed.replace(changed.find(" 22 ") + 1, 2, other);
        EXPECT_FALSE(parse_process_stat(changed)) << other;
    }
    EXPECT_FALSE(parse_process_stat("x" + text));
    EXPECT_FALSE(parse_process_stat(text.substr(text.find(' '))));
}

TEST(ProcessStats, AreReadFromTheKernel) {
    const auto stat = read_process_stat(::getpid());
    EXPECT_GT(stat.start_time, 0U);
    EXPECT_LT(stat.start_code, stat.end_code);
    EXPECT_LT(stat.arg_start, stat.arg_end);
    EXPECT_EQ(find_process_stat(::getpid())->start_time, stat.start_time);
    EXPECT_EQ(find_process_stat(1 << 30), std::nullopt);
    EXPECT_THROW(read_process_stat(1 << 30), std::runtime_error);
}

}  // namespace
}  // namespace openmosix
