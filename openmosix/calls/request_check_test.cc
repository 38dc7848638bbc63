// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/request_check.h"

#include "calls/guest_body_for_tests.h"

namespace openmosix {
namespace {

constexpr std::uint64_t area_size = 4096;

class RequestCheck : public testing::Test {
protected:
    void SetUp() override {
        GuestBody body(Abi::amd64);
        const std::uint64_t list = body.put_words({body.put_text("text"), 4});
        request_ = body.forwarded("writev", {1, list, 1}).request();
        ASSERT_EQ(refuse(Abi::amd64, request_, area_size), std::nullopt);
    }
    [[nodiscard]] bool is_refused() const { return refuse(Abi::amd64, request_, area_size).has_value(); }
    [[nodiscard]] bool is_refused(std::string_view name, Abi abi = Abi::amd64) {
        request_.number = find_system_call(abi, name)->number;
        return refuse(abi, request_, area_size).has_value();
    }
    CallRequest request_;
};

TEST_F(RequestCheck, LetsNothingPassThatDoesNotGoHome) {
    for (const std::string_view name : {"fork", "execve", "mmap", "munmap", "ptrace", "rt_sigreturn", "clone"}) {
        EXPECT_TRUE(is_refused(name)) << name;
    }
    for (const std::string_view name : {"read", "exit_group", "setitimer", "getrusage", "rt_sigsuspend"}) {
        EXPECT_FALSE(is_refused(name)) << name;
    }
    request_.number = 100000;
    EXPECT_TRUE(is_refused());
}

TEST_F(RequestCheck, SaysWhatIsWrong) {
    request_.number = 57;
    EXPECT_EQ(refuse(Abi::amd64, request_, area_size), "system call 57 of amd64 is none that goes home");
}

TEST_F(RequestCheck, KeepsToTheArea) {
    request_.area = area_size + 1;
    EXPECT_TRUE(is_refused());
    request_.area = area_size;
    EXPECT_FALSE(is_refused());
    request_.input.resize(area_size + 1);
    EXPECT_TRUE(is_refused());
}

TEST_F(RequestCheck, PlacesPointersInTheInputOnly) {
    const auto with = [&](bool is_argument, std::uint32_t place, std::uint32_t target) {
        request_.relocations = {{is_argument, place, target}};
        return is_refused();
    };
    const auto end = static_cast<std::uint32_t>(request_.input.size());
    EXPECT_FALSE(with(true, 5, 0));
    EXPECT_TRUE(with(true, 6, 0));
    EXPECT_FALSE(with(false, end - 8, 0));
    EXPECT_TRUE(with(false, end - 7, 0));
    EXPECT_TRUE(with(false, 0xffffffff, 0));
    EXPECT_TRUE(with(false, 0xfffffff8, 0));
    EXPECT_FALSE(with(true, 0, request_.area)) << "a pointer to nothing";
    EXPECT_TRUE(with(true, 0, request_.area + 1));
}

TEST_F(RequestCheck, PlacesOutputsInTheArea) {
    using Length = CallRequest::Output::Length;
    request_.area = area_size;
    const auto with = [&](const CallRequest::Output& output) {
        request_.outputs = {output};
        return is_refused();
    };
    EXPECT_FALSE(with({0, area_size, Length::fixed, 1}));
    EXPECT_TRUE(with({1, area_size, Length::fixed, 1}));
    EXPECT_TRUE(with({0xffffffff, 2, Length::fixed, 1}));
    EXPECT_TRUE(with({2, 0xffffffff, Length::fixed, 1}));
    EXPECT_TRUE(with({0, 1, static_cast<Length>(3), 1}));
    request_.outputs.assign(2, {0, area_size, Length::fixed, 1});
    EXPECT_TRUE(is_refused()) << "the same bytes twice make the answer larger than the area";
}

TEST_F(RequestCheck, CountsWhatItIsAskedFor) {
    request_.relocations.assign(max_relocations + 1, {true, 0, 0});
    EXPECT_TRUE(is_refused());
    request_.relocations.resize(max_relocations);
    EXPECT_FALSE(is_refused());
    request_.outputs.assign(max_outputs + 1, {});
    EXPECT_TRUE(is_refused());
}

TEST(GatherOutputs, TakesWhatTheRulesSay) {
    using Length = CallRequest::Output::Length;
    CallRequest request;
    request.area = 8;
    request.outputs = {{0, 2, Length::fixed, 1}, {2, 3, Length::result, 1}, {6, 2, Length::always, 1}};
    const std::vector<std::uint8_t> area{0, 1, 2, 3, 4, 5, 6, 7};
    EXPECT_EQ(gather_outputs(request, 1, area), (std::vector<std::uint8_t>{0, 1, 2, 6, 7}));
    EXPECT_EQ(gather_outputs(request, 9, area), (std::vector<std::uint8_t>{0, 1, 2, 3, 4, 6, 7}));
    EXPECT_EQ(gather_outputs(request, -EINTR, area), (std::vector<std::uint8_t>{6, 7}));
}

}  // namespace
}  // namespace openmosix
