// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/system_call_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace openmosix {
namespace {

TEST(SystemCallTable, HasEveryCallOfBothAbis) {
    EXPECT_EQ(system_calls(Abi::i386).size(), 460U);
    EXPECT_EQ(system_calls(Abi::amd64).size(), 384U);
}

TEST(SystemCallTable, IsInOrderOfNumbers) {
    for (const Abi abi : {Abi::i386, Abi::amd64}) {
        const auto calls = system_calls(abi);
        EXPECT_EQ(std::ranges::adjacent_find(calls, std::ranges::greater_equal{}, &SystemCall::number), calls.end());
    }
}

TEST(SystemCallTable, FindsByNumberAndByName) {
    EXPECT_EQ(find_system_call(Abi::i386, 4)->name, "write");
    EXPECT_EQ(find_system_call(Abi::amd64, 1)->name, "write");
    EXPECT_EQ(find_system_call(Abi::amd64, "newfstatat")->number, 262U);
    for (const Abi abi : {Abi::i386, Abi::amd64}) {
        for (const SystemCall& call : system_calls(abi)) {
            EXPECT_EQ(find_system_call(abi, call.number), &call);
            EXPECT_EQ(find_system_call(abi, call.name), &call);
        }
    }
}

TEST(SystemCallTable, KnowsWhatThereIsNot) {
    EXPECT_EQ(find_system_call(Abi::i386, 223), nullptr) << "a number that was never used";
    EXPECT_EQ(find_system_call(Abi::amd64, 0x40000000), nullptr) << "x32";
    EXPECT_EQ(find_system_call(Abi::amd64, 0xffffffff), nullptr);
    EXPECT_EQ(find_system_call(Abi::amd64, "mmap2"), nullptr);
}

TEST(SystemCallTable, HasAnEndBehindWhichThereMayBeMore) {
    for (const Abi abi : {Abi::i386, Abi::amd64}) {
        const std::uint32_t newest = system_calls(abi).back().number;
        EXPECT_FALSE(is_newer_call(newest));
        EXPECT_TRUE(is_newer_call(newest + 1));
    }
    EXPECT_FALSE(is_newer_call(223));
    EXPECT_FALSE(is_newer_call(0x40000000)) << "x32";
    EXPECT_FALSE(is_newer_call(0xffffffff));
}

TEST(SystemCallTable, ShapesOnlyWhatGoesHome) {
    const std::set<CallClass> that_go{CallClass::forwarded, CallClass::signal_wait, CallClass::accounting,
                                      CallClass::interval_timer, CallClass::clock};
    for (const Abi abi : {Abi::i386, Abi::amd64}) {
        for (const SystemCall& call : system_calls(abi)) {
            for (const ArgumentShape& shape : call.arguments) {
                EXPECT_TRUE(shape.kind == ArgumentKind::plain || that_go.contains(call.call_class)) << call.name;
            }
        }
    }
}

TEST(SystemCallTable, NamesLengthsThatAreNumbers) {
    for (const Abi abi : {Abi::i386, Abi::amd64}) {
        for (const SystemCall& call : system_calls(abi)) {
            for (const ArgumentShape& shape : call.arguments) {
                if (shape.length_argument != no_argument && shape.kind != ArgumentKind::addrout) {
                    EXPECT_EQ(call.arguments.at(shape.length_argument).kind, ArgumentKind::plain) << call.name;
                    EXPECT_NE(shape.size, 0U) << call.name;
                }
            }
        }
    }
}

TEST(SystemCallTable, DiffersWhereTheAbisDo) {
    EXPECT_EQ(find_system_call(Abi::i386, "fstat")->arguments[1].size, 64U);
    EXPECT_EQ(find_system_call(Abi::amd64, "fstat")->arguments[1].size, 144U);
}

}  // namespace
}  // namespace openmosix
