// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/program_run.h"

#include <gtest/gtest.h>

#include "balance/yardstick.h"

namespace openmosix::balance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double tolerance = 0.001;
constexpr Instant begin = seconds(1000);

ProgramUse at(Instant age, Instant processor_time, bool is_runnable = true) {
    return {.time = begin + age, .processor_time = processor_time, .is_runnable = is_runnable};
}

TEST(ProgramRuns, HaveComputedAllTheTimeWhenNobodyHasLooked) {
    const ProgramRun run(at({}, seconds(7)), 2 * standard_speed);
    const ProgramNeeds needs = run.needs(begin + milliseconds(100), {.pages = 5, .demand = 0.5});
    EXPECT_NEAR(needs.work, 0.2, tolerance);
    EXPECT_NEAR(needs.demand, 0.5, tolerance);
    EXPECT_EQ(needs.pages, 5U);
}

TEST(ProgramRuns, GoOnAfterTheLastLookAsBefore) {
    ProgramRun run(at({}, seconds(7)), standard_speed);
    ProgramUse use = at(seconds(2), seconds(8));
    use.calls = 100;
    use.pages = 40;
    run.look(use);
    use = at(seconds(4), seconds(9));
    use.calls = 200;
    use.pages = 30;
    run.look(use);
    const ProgramNeeds needs = run.needs(begin + seconds(5), {});
    EXPECT_NEAR(needs.work, 2.5, tolerance);
    // It waited for a processor when it did not have one.
    EXPECT_NEAR(needs.demand, 1, tolerance);
    EXPECT_NEAR(needs.calls_per_work, 100, tolerance);
    EXPECT_EQ(needs.pages, 40U);
}

TEST(ProgramRuns, HaveADemandOfWhatTheyComputeInTheirTime) {
    ProgramRun run(at({}, {}), standard_speed);
    run.look(at(seconds(9), seconds(1), false));
    run.look(at(seconds(10), seconds(1)));
    EXPECT_NEAR(run.needs(begin + seconds(10), {}).demand, 0.2, tolerance);
}

TEST(ProgramRuns, AddWhatTheyUsedOnOtherNodesByItsSpeed) {
    ProgramRun run(at({}, {}), standard_speed);
    ProgramUse use = at(seconds(2), milliseconds(100));
    use.is_traced = true;
    run.look(use);
    run.add_elsewhere(seconds(3), 2 * standard_speed, {});
    const ProgramNeeds needs = run.needs(begin + seconds(4), {.pages = 5, .demand = 0.75});
    EXPECT_NEAR(needs.work, 6.1, tolerance);
    EXPECT_NEAR(needs.demand, 0.75, tolerance);
    EXPECT_EQ(needs.pages, 5U);
}

TEST(ProgramRuns, CountTwiceNothingThatTheKernelHasCounted) {
    ProgramRun run(at({}, {}), standard_speed);
    run.add_elsewhere(seconds(3), standard_speed, seconds(3));
    run.look(at(seconds(4), seconds(4)));
    EXPECT_NEAR(run.needs(begin + seconds(4), {}).work, 4, tolerance);
}

TEST(ProgramRuns, TakeFromTheLastLookOnlyWhatWasCountedBefore) {
    ProgramRun run(at({}, {}), standard_speed);
    run.look(at(seconds(2), seconds(2)));
    // Counted since, so the last look does not have it.
    run.add_elsewhere(seconds(3), standard_speed, seconds(3));
    EXPECT_NEAR(run.needs(begin + seconds(6), {}).work, 5, tolerance);
    ProgramUse use = at(seconds(6), seconds(5), false);
    run.look(use);
    EXPECT_NEAR(run.needs(begin + seconds(6), {}).work, 5, tolerance);
    // Nor has it computed here meanwhile.
    EXPECT_NEAR(run.needs(begin + seconds(6), {}).demand, 2.0 / 6, tolerance);
}

TEST(ProgramRuns, AreLookedAtTheMoreSeldomTheOlderTheyAre) {
    ProgramRun run(at({}, {}), standard_speed);
    EXPECT_EQ(run.next_look(), begin + milliseconds(250));
    run.look(at(seconds(20), seconds(4)));
    EXPECT_EQ(run.next_look(), begin + seconds(25));
}

TEST(CommandHistories, KnowTheDemandOfPrograms) {
    CommandHistory history;
    EXPECT_FALSE(history.find("make"));
    history.ended("make", {.work = 2, .demand = 0.1});
    history.ended("make", {.work = 2, .demand = 0.5});
    ASSERT_TRUE(history.find("make"));
    EXPECT_NEAR(history.find("make")->demand, 0.2, tolerance);
}

}  // namespace
}  // namespace openmosix::balance
