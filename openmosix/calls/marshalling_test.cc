// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/marshalling.h"

#include <algorithm>

#include "calls/guest_body_for_tests.h"

namespace openmosix {
namespace {

using Output = CallRequest::Output;

class Marshalling : public EachAbi {};
INSTANTIATE_TEST_SUITE_P(Abi, Marshalling, testing::Values(Abi::i386, Abi::amd64), name_of_abi);

TEST_P(Marshalling, LeavesNumbersAlone) {
    const CallRequest request = body_.forwarded("lseek", {3, 1000, 2}).request();
    EXPECT_EQ(request.arguments, (std::array<std::uint64_t, 6>{3, 1000, 2}));
    EXPECT_EQ(request.area, 0U);
    EXPECT_TRUE(request.input.empty() && request.relocations.empty() && request.outputs.empty());
}

TEST_P(Marshalling, SendsWhatIsWritten) {
    const std::uint64_t text = body_.put_text("to be written");
    const ForwardedCall call = body_.forwarded("write", {1, text, 5});
    EXPECT_EQ(std::string(call.request().input.begin(), call.request().input.end()), "to be");
    ASSERT_EQ(call.request().relocations.size(), 1U);
    EXPECT_TRUE(call.request().relocations[0].is_argument);
    EXPECT_EQ(call.request().relocations[0].place, 1U);
    EXPECT_EQ(call.finish({5, {}}, body_.memory()), 5);
}

TEST_P(Marshalling, WritesOnlyAsMuchAsWasRead) {
    const std::uint64_t buffer = body_.put_filled(10, '.');
    const ForwardedCall call = body_.forwarded("read", {0, buffer, 10});
    ASSERT_EQ(call.request().outputs.size(), 1U);
    EXPECT_EQ(call.request().outputs[0].length, Output::Length::result);
    EXPECT_EQ(call.finish({3, {'a', 'b', 'c'}}, body_.memory()), 3);
    EXPECT_EQ(body_.get_text(buffer, 10), "abc.......");
    EXPECT_EQ(call.finish({-EINTR, {}}, body_.memory()), -EINTR);
    EXPECT_EQ(call.finish({0, {}}, body_.memory()), 0);
    EXPECT_EQ(body_.get_text(buffer, 10), "abc.......");
}

TEST_P(Marshalling, BelievesNoLengthThatHomeSends) {
    const std::uint64_t buffer = body_.put_filled(10, '.');
    const ForwardedCall call = body_.forwarded("read", {0, buffer, 4});
    EXPECT_EQ(call.finish({1000, {'a', 'b'}}, body_.memory()), 1000) << "more than was asked for, and less of it";
    EXPECT_EQ(body_.get_text(buffer, 10), "ab........");
    EXPECT_GT(call.finish({1000, std::vector<std::uint8_t>(1000, 'x')}, body_.memory()), 0);
    EXPECT_EQ(body_.get_text(buffer, 10), "xxxx......");
}

TEST_P(Marshalling, NullStaysNull) {
    const CallRequest request = body_.forwarded("read", {0, 0, 4}).request();
    EXPECT_EQ(request.arguments[1], 0U);
    EXPECT_TRUE(request.relocations.empty());
    EXPECT_TRUE(body_.forwarded("open", {0, 0, 0}).request().relocations.empty());
    EXPECT_TRUE(body_.forwarded("wait4", {1, 0, 0, 0}).request().relocations.empty());
}

TEST_P(Marshalling, SendsPathsUpToTheirEnd) {
    const CallRequest request = body_.forwarded("rename", {body_.put_text("/a"), body_.put_text("/bc")}).request();
    EXPECT_EQ(std::string(request.input.begin(), request.input.begin() + 3), std::string("/a\0", 3));
    EXPECT_EQ(std::string(request.input.begin() + 16, request.input.end()), std::string("/bc\0", 4));
    EXPECT_EQ(request.relocations[1].target, 16U);
}

TEST_P(Marshalling, ReadsPathsNoFurtherThanTheirEnd) {
    const std::uint64_t last = GuestBody::memory_start + GuestBody::pages * page_size - 2;
    EXPECT_TRUE(body_.memory().write(last, std::vector<std::uint8_t>{'/', 0}));
    EXPECT_EQ(body_.forwarded("chdir", {last}).request().input.size(), 2U);
    EXPECT_TRUE(body_.memory().write(last, std::vector<std::uint8_t>{'/', 'x'}));
    EXPECT_TRUE(body_.leads_nowhere("chdir", {last}, 0));
    EXPECT_TRUE(body_.leads_nowhere("chdir", {GuestBody::nowhere}, 0));
}

TEST_P(Marshalling, SendsOfALongPathWhatTheKernelLooksAt) {
    const std::uint64_t path = body_.put_filled(9000, 'x');
    const CallRequest request = body_.forwarded("chdir", {path}).request();
    EXPECT_EQ(request.input.size(), 4096U);
    EXPECT_EQ(request.input.back(), 'x') << "without an end it is ENAMETOOLONG";
}

TEST_P(Marshalling, WritesStructuresUnlessTheCallFails) {
    const std::size_t size = GetParam() == Abi::i386 ? 64 : 144;
    const std::uint64_t status = body_.put_filled(size + 1, '.');
    const ForwardedCall call = body_.forwarded("fstat", {3, status});
    EXPECT_EQ(call.finish({-EBADF, {}}, body_.memory()), -EBADF);
    EXPECT_EQ(body_.get(status, size + 1), std::vector<std::uint8_t>(size + 1, '.'));
    EXPECT_EQ(call.finish({0, std::vector<std::uint8_t>(size, 's')}, body_.memory()), 0);
    auto expected = std::vector<std::uint8_t>(size, 's');
    expected.push_back('.');
    EXPECT_EQ(body_.get(status, size + 1), expected);
}

TEST_P(Marshalling, WhatTheKernelLeavesAloneStays) {
    // wait4(WNOHANG) writes nothing when no child has ended.
    const std::uint64_t status = body_.put_numbers({{0x1234, 4}});
    const ForwardedCall call = body_.forwarded("wait4", {1, status, 1, 0});
    std::vector<std::uint8_t> area(AreaForTests::size);
    GuestBody::place(call.request(), GetParam(), area, 0);
    EXPECT_EQ(call.finish({0, gather_outputs(call.request(), 0, area)}, body_.memory()), 0);
    EXPECT_EQ(body_.get_number(status, 4), 0x1234U);
}

TEST_P(Marshalling, WritesTheRestOfASleepThatWasBrokenOff) {
    const std::uint64_t wanted = body_.put_words({9, 0});
    const std::uint64_t rest = body_.put_words({1, 1});
    const ForwardedCall call = body_.forwarded("nanosleep", {wanted, rest});
    std::vector<std::uint8_t> four(2 * body_.word());
    four.front() = 4;
    EXPECT_EQ(call.finish({-EINTR, four}, body_.memory()), -EINTR);
    EXPECT_EQ(body_.get_word(rest), 4U);
    EXPECT_EQ(body_.get_word(rest + body_.word()), 0U);
    EXPECT_EQ(body_.get_word(wanted), 9U);
}

TEST_P(Marshalling, MindsOnlyWhatCannotBeWritten) {
    const std::uint64_t page = GuestBody::memory_start + 20 * page_size;
    body_.memory().protect(page);
    EXPECT_EQ(body_.forwarded("read", {0, page, 4}).finish({2, {1, 2}}, body_.memory()), -EFAULT);
    // The rest of a sleep is written only when there is one.
    const std::uint64_t wanted = body_.put_words({9, 0});
    const ForwardedCall sleep = body_.forwarded("nanosleep", {wanted, page});
    std::vector<std::uint8_t> rest(2 * body_.word());
    EXPECT_EQ(sleep.finish({0, rest}, body_.memory()), 0);
    rest.front() = 4;
    EXPECT_EQ(sleep.finish({-EINTR, rest}, body_.memory()), -EFAULT);
    // The rest of a timeout is a present of Linux: poll_select_finish() in fs/select.c.
    const ForwardedCall poll = body_.forwarded("ppoll", {0, 0, page, 0, 0});
    EXPECT_EQ(poll.finish({0, rest}, body_.memory()), 0);
}

TEST_P(Marshalling, PollsAnArray) {
    const std::uint64_t polled = body_.put_numbers({{3, 4}, {1, 4}, {4, 4}, {1, 4}});
    const ForwardedCall call = body_.forwarded("poll", {polled, 2, 1000});
    ASSERT_EQ(call.request().input.size(), 16U);
    std::vector<std::uint8_t> answer = call.request().input;
    answer.at(14) = 1;
    EXPECT_EQ(call.finish({1, answer}, body_.memory()), 1);
    EXPECT_EQ(body_.get(polled, 16), answer);
}

TEST_P(Marshalling, CountsInUnits) {
    const std::uint64_t events = body_.put_filled(48, '.');
    const ForwardedCall call = body_.forwarded("epoll_wait", {3, events, 4, 0});
    EXPECT_EQ(call.request().outputs[0].unit, 12U);
    EXPECT_EQ(call.request().outputs[0].size, 48U);
    EXPECT_GT(call.finish({2, std::vector<std::uint8_t>(24, 'e')}, body_.memory()), 0);
    EXPECT_EQ(body_.get_text(events, 26), std::string(24, 'e') + "..");
}

TEST_P(Marshalling, LooksAtTheLowHalfOfAnIntAlone) {
    const std::uint64_t address = body_.put_filled(16, 'a');
    EXPECT_EQ(body_.forwarded("bind", {3, address, 0x500000010}).request().input.size(), 16U);
    EXPECT_TRUE(body_.needs_home("bind", {3, address, 0xffffffff})) << "the kernel says what it thinks of -1";
}

TEST_P(Marshalling, CutsNoCallShort) {
    constexpr std::uint32_t area = 16384;
    const std::uint64_t name = body_.put_text("user.x");
    const std::uint64_t buffer = body_.put_filled(60000, 'b');
    for (const std::string_view call : {"read", "write", "pread64", "pwrite64", "sendto", "recvfrom"}) {
        EXPECT_TRUE(body_.needs_home(call, {3, buffer, 60000, 0, 0}, area)) << call;
        EXPECT_EQ(body_.forwarded(call, {3, buffer, 60000, 0, 0}).request().arguments[2], 60000U) << call;
    }
    EXPECT_TRUE(body_.needs_home("setxattr", {name, name, buffer, 60000, 0}, area));
    EXPECT_TRUE(body_.needs_home("mq_timedreceive", {3, buffer, 60000, 0, 0}, area));
    EXPECT_TRUE(body_.needs_home("poll", {buffer, 0x7fffffff, 0}));
    EXPECT_TRUE(body_.needs_home("read", {0, buffer, UINT64_MAX}));
    EXPECT_TRUE(body_.needs_home("read", {0, buffer, 101}, 100));
}

TEST_P(Marshalling, LimitsOnlyWhatIsNeverSoLong) {
    constexpr std::uint32_t area = 16384;
    const std::uint64_t buffer = body_.put_filled(60000, 'b');
    const CallRequest wait = body_.forwarded("epoll_wait", {3, buffer, 100000, 0}, area).request();
    EXPECT_EQ(wait.arguments[2] * 12, wait.outputs[0].size);
    EXPECT_LE(body_.forwarded("getcwd", {buffer, 1 << 20}, area).request().area, area);
}

TEST_P(Marshalling, KeepsThePlaceInAPageOfBuffersForDirectIo) {
    const std::uint64_t page = GuestBody::memory_start + 8 * page_size;
    const auto place_of = [&](std::string_view name, std::uint64_t address, std::uint64_t size) {
        return body_.forwarded(name, {3, address, size, 0, 0}).request().relocations.at(0).target % page_size;
    };
    for (const std::string_view name : {"read", "write", "pread64", "pwrite64"}) {
        EXPECT_EQ(place_of(name, page, 4096), 0U) << name;
        EXPECT_EQ(place_of(name, page + 512, 1024), 512U) << name;
        EXPECT_EQ(place_of(name, page + 3584, 512), 3584U) << name;
    }
    EXPECT_EQ(body_.forwarded("write", {3, page + 512, 100}).request().input.size(), 100U)
        << "nothing is filled up where it cannot count";
}

TEST_P(Marshalling, WritesWhatCanBeRead) {
    const std::uint64_t last = GuestBody::memory_start + GuestBody::pages * page_size - 5;
    const ForwardedCall call = body_.forwarded("write", {1, last, 100});
    EXPECT_EQ(call.request().arguments[2], 5U);
    EXPECT_TRUE(body_.leads_nowhere("write", {1, GuestBody::nowhere, 100}, 1));
    EXPECT_EQ(body_.error("write", {1, GuestBody::nowhere, 0}), 0);
}

TEST_P(Marshalling, ReadsNothingThatIsNotThere) {
    EXPECT_TRUE(body_.leads_nowhere("bind", {3, GuestBody::nowhere, 16}, 1));
    EXPECT_TRUE(body_.leads_nowhere("nanosleep", {GuestBody::nowhere, 0}, 0));
    EXPECT_TRUE(body_.leads_nowhere("poll", {GuestBody::nowhere, 1, 0}, 0));
    EXPECT_TRUE(body_.leads_nowhere("readv", {0, GuestBody::nowhere, 1}, 1));
    EXPECT_TRUE(body_.leads_nowhere("sendmsg", {0, GuestBody::nowhere, 0}, 1));
    EXPECT_TRUE(body_.leads_nowhere("sendmmsg", {0, GuestBody::nowhere, 1, 0}, 1));
    EXPECT_TRUE(body_.leads_nowhere("accept4", {0, body_.put_filled(16, 0), GuestBody::nowhere, 0}, 2));
    EXPECT_TRUE(body_.leads_nowhere("getsockopt", {0, 1, 4, body_.put_filled(4, 0), GuestBody::nowhere}, 4));
    EXPECT_TRUE(body_.leads_nowhere("pselect6", {9, 0, 0, 0, 0, GuestBody::nowhere}, 5));
}

TEST_P(Marshalling, KnowsNoCallThatThereIsNot) {
    const auto prepared = ForwardedCall::prepare(GetParam(), 9999, {}, body_.memory(), AreaForTests::size);
    ASSERT_TRUE(std::holds_alternative<Errno>(prepared));
    EXPECT_EQ(std::get<Errno>(prepared).number, ENOSYS);
}

TEST_P(Marshalling, SendsPrivateMessagesWithTheirType) {
    const std::uint64_t message = body_.put_filled(100, 'm');
    EXPECT_EQ(body_.forwarded("msgsnd", {1, message, 10, 0}).request().input.size(), 10 + body_.word());
    const CallRequest request = body_.forwarded("msgrcv", {1, message, 10, 0, 0}).request();
    EXPECT_EQ(request.outputs[0].size, 10 + body_.word());
}

TEST(OutputLength, IsWhatTheRuleSays) {
    const Output fixed{0, 10, Output::Length::fixed, 1};
    const Output result{0, 10, Output::Length::result, 4};
    const Output always{0, 10, Output::Length::always, 1};
    EXPECT_EQ(output_length(fixed, 0), 10U);
    EXPECT_EQ(output_length(fixed, -EINTR), 0U);
    EXPECT_EQ(output_length(result, 2), 8U);
    EXPECT_EQ(output_length(result, 3), 10U);
    EXPECT_EQ(output_length(result, INT64_MAX), 10U);
    EXPECT_EQ(output_length(result, INT64_MIN), 10U);
    EXPECT_EQ(output_length(result, -4095), 0U);
    EXPECT_EQ(output_length(always, -EINTR), 10U);
    EXPECT_EQ(output_length({0, 10, Output::Length::result, 0}, 5), 0U);
    const Output behind{0, 10, Output::Length::result, 1, 7};
    EXPECT_EQ(output_length(behind, 7), 0U);
    EXPECT_EQ(output_length(behind, 9), 2U);
    EXPECT_EQ(output_length(behind, INT64_MAX), 10U);
    EXPECT_EQ(output_length({0, 10, Output::Length::result, 1, UINT32_MAX}, 5), 0U);
}

}  // namespace
}  // namespace openmosix
