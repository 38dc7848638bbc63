// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/fetch_report.h"

#include <gmock/gmock.h>

#include <string>

namespace clusterdisc {
namespace {

std::vector<std::uint8_t> answer(const PcAddress& source) {
    std::vector<std::uint8_t> bytes{'C', 'D', 'F', 'A', 1};
    bytes.insert(bytes.end(), sizeof(ReportNonce), 7);
    bytes.insert(bytes.end(), source.begin(), source.end());
    return bytes;
}

TEST(FetchReportMessage, FieldsStandInTheirOrder) {
    const FetchReport report{.state = FetchState::leaving,
                             .nonce = {1, 2, 3, 4, 5, 6, 7, 8},
                             .mac = {0x52, 0x54, 0, 0, 0, 9},
                             .have = 0x0102030405,
                             .from_server = 0x0607,
                             .source = PcAddress{10, 78, 8, 77},
                             .refused = {}};
    const std::vector<std::uint8_t> expected{'C',  'D', 'F', 'R', 1, 2, 1,  2,  3, 4,  5, 6, 7, 8, 0x52,
                                             0x54, 0,   0,   0,   9, 0, 0,  0,  1, 2,  3, 4, 5, 0, 0,
                                             0,    0,   0,   0,   6, 7, 10, 78, 8, 77, 0, 0, 0, 0};
    EXPECT_EQ(encode(report), expected);
    EXPECT_EQ(expected.size(), fetch_report_size);
}

TEST(FetchReportMessage, AnAnswerNamesAClientOrTheServingNode) {
    const auto client = parse_fetch_answer(answer({10, 78, 8, 77}));
    ASSERT_TRUE(client);
    EXPECT_EQ(client->source, (PcAddress{10, 78, 8, 77}));
    EXPECT_EQ(client->nonce, (ReportNonce{7, 7, 7, 7, 7, 7, 7, 7}));
    const auto server = parse_fetch_answer(answer({}));
    ASSERT_TRUE(server);
    EXPECT_EQ(server->source, std::nullopt);
    EXPECT_LE(answer({}).size(), fetch_report_size);
}

TEST(FetchReportMessage, AnythingElseIsNoAnswer) {
    auto bytes = answer({10, 78, 8, 77});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(parse_fetch_answer(std::span(bytes).first(size))) << size;
    }
    bytes.push_back(0);
    EXPECT_FALSE(parse_fetch_answer(bytes));
    for (const std::size_t place : {0U, 4U}) {
        auto changed = answer({10, 78, 8, 77});
        changed.at(place) = 2;
        EXPECT_FALSE(parse_fetch_answer(changed)) << place;
    }
}

}  // namespace
}  // namespace clusterdisc
