// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/admission.h"

#include <gtest/gtest.h>

#include "balance/tuning.h"

namespace openmosix::balance {
namespace admission_test {
namespace {

using std::chrono::seconds;

class Admissions : public testing::Test {
protected:
    Admissions() {
        own.node = 1;
        own.total_pages = 10'000;
        own.free_pages = 5'000;
        request.process = {.home = 2, .pid = 7};
        request.from = 2;
        request.pages = 1'000;
        request.expected_runnable = 1;
    }

    std::optional<AdmissionRefusal> refusal() {
        ++request.process.pid;
        const auto answer = admission.request(seconds(1), request, own);
        const auto* refused = std::get_if<AdmissionRefusal>(&answer);
        return refused == nullptr ? std::nullopt : std::optional(*refused);
    }

    Admission admission;
    NodeState own;
    AdmissionRequest request;
};

TEST_F(Admissions, CountWhatIsUnderWayAsLoad) {
    EXPECT_EQ(refusal(), std::nullopt);
    EXPECT_EQ(admission.with_reservations(own).runnable(), 1);
    EXPECT_EQ(admission.with_reservations(own).free_pages, 4'000U);
    // The second of a herd, which believed that the node is idle.
    EXPECT_EQ(refusal(), AdmissionRefusal::busier_than_believed);
    request.expected_runnable = 2;
    EXPECT_EQ(refusal(), std::nullopt);
}

TEST_F(Admissions, BecomeLoadAtTheArrival) {
    const auto answer = admission.request(seconds(1), request, own);
    LoadAverage load;
    ASSERT_TRUE(std::holds_alternative<ReservationId>(answer));
    admission.arrived(seconds(2), {.home = 2, .pid = 8}, load);
    EXPECT_EQ(admission.under_way(), 1U);
    EXPECT_EQ(admission.expected(), std::vector{request.process});
    admission.arrived(seconds(2), request.process, load);
    EXPECT_EQ(admission.under_way(), 0U);
    EXPECT_EQ(load.value(seconds(2)), 1);
    admission.arrived(seconds(2), request.process, load);
    EXPECT_EQ(load.value(seconds(2)), 1);
}

TEST_F(Admissions, ReserveOnceForAProcess) {
    request.expected_runnable = 1;
    const auto first = admission.request(seconds(1), request, own);
    // Its own reservation, of a move that has failed, is nobody else's load.
    const auto second = admission.request(seconds(2), request, own);
    ASSERT_TRUE(std::holds_alternative<ReservationId>(second));
    EXPECT_EQ(admission.under_way(), 1U);
    admission.cancelled(std::get<ReservationId>(first));
    EXPECT_EQ(admission.under_way(), 1U);
    admission.cancelled(std::get<ReservationId>(second));
    EXPECT_EQ(admission.under_way(), 0U);
}

TEST_F(Admissions, AreForTheHomeToAskFor) {
    request.from = 3;
    EXPECT_EQ(refusal(), AdmissionRefusal::not_there);
    request.process.home = 1;
    EXPECT_EQ(refusal(), std::nullopt);
}

TEST_F(Admissions, DoNotLetProcessesComeHomeToWhereTheyAreWorseOff) {
    request.process.home = 1;
    request.from = 3;
    own.runnable_hundredths = 200;
    EXPECT_EQ(refusal(), AdmissionRefusal::busier_than_believed);
    request.purpose = MovePurpose::memory;
    own.free_pages = 1'000;
    EXPECT_EQ(refusal(), AdmissionRefusal::memory);
    request.purpose = MovePurpose::own_user;
    EXPECT_EQ(refusal(), std::nullopt);
}

TEST_F(Admissions, AreFreeAgainWhenNothingComes) {
    refusal();
    admission.expire(seconds(1) + tuning::reservation_time);
    EXPECT_EQ(admission.under_way(), 0U);
    const auto answer = admission.request(seconds(1), request, own);
    admission.cancelled(std::get<ReservationId>(answer));
    EXPECT_EQ(admission.under_way(), 0U);
}

TEST_F(Admissions, DependOnWhatTheNodeIsFor) {
    request.abi = Abi::amd64;
    EXPECT_EQ(refusal(), AdmissionRefusal::other_abi);
    own.user = OwnUser::present;
    EXPECT_EQ(refusal(), AdmissionRefusal::own_user);
    for (const NodePolicy policy : {NodePolicy::block, NodePolicy::leaving, NodePolicy::expel}) {
        own.policies = {policy};
        EXPECT_EQ(refusal(), AdmissionRefusal::takes_no_guests);
    }
}

TEST_F(Admissions, KeepMemoryFree) {
    request.pages = 3'801;
    EXPECT_EQ(refusal(), AdmissionRefusal::memory);
    request.pages = 3'800;
    EXPECT_EQ(refusal(), std::nullopt);
}

TEST_F(Admissions, AreBounded) {
    request.purpose = MovePurpose::memory;
    request.pages = 1;
    for (std::size_t count = 0; count < tuning::max_reservations; ++count) {
        EXPECT_EQ(refusal(), std::nullopt);
    }
    EXPECT_EQ(refusal(), AdmissionRefusal::too_many_under_way);
}

TEST_F(Admissions, AlwaysLetProcessesComeHome) {
    own.policies = {NodePolicy::block, NodePolicy::leaving};
    own.user = OwnUser::present;
    own.free_pages = 0;
    request.process.home = 1;
    request.purpose = MovePurpose::expel;
    EXPECT_EQ(refusal(), std::nullopt);
}

}  // namespace
}  // namespace admission_test
}  // namespace openmosix::balance
