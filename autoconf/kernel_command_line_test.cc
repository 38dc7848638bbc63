// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_command_line.h"

#include <gmock/gmock.h>

namespace clusterdisc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

KernelParameter word(std::string name) {
    KernelParameter parameter;
    parameter.name = std::move(name);
    return parameter;
}

KernelParameter setting(std::string name, std::string value) {
    KernelParameter parameter = word(std::move(name));
    parameter.value = std::move(value);
    parameter.has_value = true;
    return parameter;
}

TEST(KernelCommandLine, HasNoParametersWhenItIsEmptyOrBlank) {
    EXPECT_THAT(split_kernel_command_line(""), IsEmpty());
    EXPECT_THAT(split_kernel_command_line(" \t\n"), IsEmpty());
}

TEST(KernelCommandLine, IsSplitAtAnyAmountOfWhiteSpace) {
    EXPECT_THAT(split_kernel_command_line("  quiet \t nodeid=5\n"), ElementsAre(word("quiet"), setting("nodeid", "5")));
}

TEST(KernelCommandLine, TellsAnEmptyValueFromNoValue) {
    EXPECT_THAT(split_kernel_command_line("a a="), ElementsAre(word("a"), setting("a", "")));
}

TEST(KernelCommandLine, SeparatesNameAndValueAtTheFirstEqualsSign) {
    EXPECT_THAT(split_kernel_command_line("root=UUID=12"), ElementsAre(setting("root", "UUID=12")));
}

TEST(KernelCommandLine, TakesAnEqualsSignAtTheStartForPartOfTheName) {
    EXPECT_THAT(split_kernel_command_line("=5 =a=b"), ElementsAre(word("=5"), setting("=a", "b")));
}

TEST(KernelCommandLine, KeepsSpacesInQuotesAroundAValue) {
    EXPECT_THAT(split_kernel_command_line("clusterkey=\"two words\" quiet"),
                ElementsAre(setting("clusterkey", "two words"), word("quiet")));
}

TEST(KernelCommandLine, KeepsSpacesInQuotesAroundAWholeWord) {
    EXPECT_THAT(split_kernel_command_line("\"clusterkey=two words\" quiet"),
                ElementsAre(setting("clusterkey", "two words"), word("quiet")));
}

TEST(KernelCommandLine, KeepsQuotesInTheMiddleOfAValueAsTheKernelDoes) {
    EXPECT_THAT(split_kernel_command_line("a=b\"c d\"e"), ElementsAre(setting("a", "b\"c d\"e")));
}

TEST(KernelCommandLine, SaysThatAQuoteWasNotClosed) {
    const auto parameters = split_kernel_command_line("a=\"b c");
    ASSERT_EQ(parameters.size(), 1U);
    EXPECT_EQ(parameters.front().value, "b c");
    EXPECT_TRUE(parameters.front().has_open_quote);
}

TEST(KernelCommandLine, MarksWhatComesAfterTwoDashesAsForInit) {
    const auto parameters = split_kernel_command_line("a -- b -- ");
    ASSERT_EQ(parameters.size(), 3U);
    EXPECT_FALSE(parameters[0].is_for_init);
    EXPECT_TRUE(parameters[1].is_for_init);
    EXPECT_EQ(parameters[2].name, "--");
}

TEST(KernelCommandLine, DoesNotTakeThreeDashesForTwo) {
    const auto parameters = split_kernel_command_line("--- a");
    ASSERT_EQ(parameters.size(), 2U);
    EXPECT_FALSE(parameters[1].is_for_init);
}

TEST(KernelCommandLine, DoesNotSplitUtf8TextAtByteA0) {
    EXPECT_THAT(split_kernel_command_line("a=voil\xC3\xA0 b"), ElementsAre(setting("a", "voil\xC3\xA0"), word("b")));
}

}  // namespace
}  // namespace clusterdisc
