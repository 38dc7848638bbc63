// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/waiting_mask.h"

#include "calls/guest_body_for_tests.h"

namespace openmosix {
namespace {

constexpr std::uint64_t some_mask = 0x1122334455667788;

class WaitingMask : public EachAbi {
protected:
    std::optional<std::uint64_t> mask_of(std::string_view name, const GuestBody::Arguments& arguments) {
        return waiting_mask(GetParam(), body_.number(name), arguments, body_.memory());
    }
    std::uint64_t mask_ = body_.put_numbers({{some_mask, 8}});
};
INSTANTIATE_TEST_SUITE_P(Abi, WaitingMask, testing::Values(Abi::i386, Abi::amd64), name_of_abi);

TEST_P(WaitingMask, IsReadWhereEachCallHasIt) {
    EXPECT_EQ(mask_of("rt_sigsuspend", {mask_, 8}), some_mask);
    EXPECT_EQ(mask_of("ppoll", {0, 0, 0, mask_, 8}), some_mask);
    EXPECT_EQ(mask_of("epoll_pwait", {3, 0, 1, 0, mask_, 8}), some_mask);
    EXPECT_EQ(mask_of("epoll_pwait2", {3, 0, 1, 0, mask_, 8}), some_mask);
    EXPECT_EQ(mask_of("pselect6", {0, 0, 0, 0, 0, body_.put_words({mask_, 8})}), some_mask);
    if (GetParam() == Abi::i386) {
        EXPECT_EQ(mask_of("ppoll_time64", {0, 0, 0, mask_, 8}), some_mask);
        EXPECT_EQ(mask_of("pselect6_time64", {0, 0, 0, 0, 0, body_.put_words({mask_, 8})}), some_mask);
        EXPECT_EQ(mask_of("sigsuspend", {0, 0, 0x55667788}), 0x55667788U) << "the number itself";
    }
}

TEST_P(WaitingMask, IsNoneWithoutOne) {
    EXPECT_EQ(mask_of("ppoll", {0, 0, 0, 0, 8}), std::nullopt);
    EXPECT_EQ(mask_of("pselect6", {0, 0, 0, 0, 0, 0}), std::nullopt);
    EXPECT_EQ(mask_of("pselect6", {0, 0, 0, 0, 0, body_.put_words({0, 8})}), std::nullopt);
    EXPECT_EQ(mask_of("ppoll", {0, 0, 0, GuestBody::nowhere, 8}), std::nullopt);
    EXPECT_EQ(mask_of("read", {0, mask_, 8}), std::nullopt);
    EXPECT_EQ(waiting_mask(GetParam(), 9999, {mask_}, body_.memory()), std::nullopt);
}

}  // namespace
}  // namespace openmosix
