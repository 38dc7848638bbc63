// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openmosix {
namespace {

using testing::HasSubstr;

std::string reason_of(std::string_view line) {
    const Request request = parse_request(line);
    const auto* const bad = std::get_if<BadRequest>(&request);
    return bad == nullptr ? "" : bad->reason;
}

TEST(Requests, AreReadAsTheyAreWritten) {
    for (const MoveRequest& move :
         {MoveRequest{.pid = 1, .to = "2", .file = "", .among = "", .at_exec = false},
          MoveRequest{.pid = 4711, .to = "home", .file = "", .among = "", .at_exec = false},
          MoveRequest{.pid = 9, .to = "balance", .file = "", .among = "1-4,7", .at_exec = true},
          MoveRequest{.pid = 9, .to = "file", .file = "/a b\"", .among = "", .at_exec = false}}) {
        EXPECT_EQ(std::get<MoveRequest>(parse_request(to_line(move))), move) << to_line(move);
    }
}

TEST(Requests, AskForWhatIsThere) {
    EXPECT_TRUE(std::holds_alternative<ListRequest>(parse_request(to_line(ListRequest{}))));
    EXPECT_TRUE(std::holds_alternative<StatusRequest>(parse_request(to_line(StatusRequest{}))));
    EXPECT_TRUE(std::holds_alternative<NodesRequest>(parse_request(to_line(NodesRequest{}))));
}

TEST(Requests, AskForTheLoadOfANode) {
    EXPECT_EQ(std::get<LoadRequest>(parse_request(to_line(LoadRequest{65534}))), LoadRequest{65534});
    for (const char* node : {"0", "65535", "-1", "\"2\"", "1.5", "null"}) {
        EXPECT_THAT(reason_of(std::string(R"({"request":"load","node":)") + node + "}"), HasSubstr("\"node\"")) << node;
    }
}

TEST(Requests, SetHints) {
    HintRequest request{.pid = 7, .hints = {}};
    EXPECT_EQ(std::get<HintRequest>(parse_request(to_line(request))), request);
    request.hints.lock = MoveLock::on;
    request.hints.nodes = {{.first = 2, .last = 3}};
    EXPECT_EQ(std::get<HintRequest>(parse_request(to_line(request))), request);
    EXPECT_THAT(reason_of(R"({"request":"hint","lock":"on"})"), HasSubstr("\"pid\""));
    EXPECT_THAT(reason_of(R"({"request":"hint","pid":7,"lock":true})"), HasSubstr("\"lock\""));
}

TEST(Requests, SetSwitches) {
    const SwitchRequest block{.which = NodeSwitch::block, .to = SwitchRequest::Position::on};
    EXPECT_EQ(std::get<SwitchRequest>(parse_request(to_line(block))), block);
    EXPECT_EQ(std::get<SwitchRequest>(parse_request(R"({"request":"set","switch":"quiet","to":"off"})")),
              (SwitchRequest{.which = NodeSwitch::quiet, .to = SwitchRequest::Position::off}));
    for (const char* line : {R"({"request":"set"})", R"({"request":"set","switch":"noblock","to":"on"})",
                             R"({"request":"set","switch":1,"to":"on"})"}) {
        EXPECT_THAT(reason_of(line), HasSubstr("\"switch\"")) << line;
    }
    for (const char* to : {"true", "\"yes\"", "1", "null"}) {
        EXPECT_THAT(reason_of(std::string(R"({"request":"set","switch":"stay","to":)") + to + "}"),
                    HasSubstr("\"to\""));
    }
}

TEST(Requests, SayWhatWasUsedElsewhere) {
    const ProcessorTimeRequest time{.pid = 4711, .start_time = 123456, .user = 1'000'000, .system = ~std::uint64_t{0}};
    EXPECT_EQ(std::get<ProcessorTimeRequest>(parse_request(to_line(time))), time) << to_line(time);
    EXPECT_EQ(std::get<ProcessorTimeRequest>(
                  parse_request(R"({"request":"time","pid":4711,"start":123456,"user":1000000,"system":0})")),
              (ProcessorTimeRequest{.pid = 4711, .start_time = 123456, .user = 1'000'000, .system = 0}));
    EXPECT_THAT(reason_of(R"({"request":"time","start":1,"user":1,"system":1})"), HasSubstr("\"pid\""));
    for (const char* wrong : {"-1", "\"7\"", "18446744073709551616", "1.5", "null"}) {
        EXPECT_THAT(reason_of(std::string(R"({"request":"time","pid":7,"start":1,"system":1,"user":)") + wrong + "}"),
                    HasSubstr("\"user\""))
            << wrong;
    }
    EXPECT_THAT(reason_of(R"({"request":"time","pid":7,"user":1,"system":1})"), HasSubstr("\"start\""));
}

TEST(Requests, MoveNowUnlessTheySayOtherwise) {
    const auto move = std::get<MoveRequest>(parse_request(R"({"request":"migrate","pid":7,"to":"3"})"));
    EXPECT_FALSE(move.at_exec);
    EXPECT_TRUE(std::get<MoveRequest>(parse_request(R"({"request":"migrate","pid":7,"to":"3","at":"exec"})")).at_exec);
}

TEST(Requests, MayHaveKeysThatAreNotKnown) {
    EXPECT_TRUE(std::holds_alternative<ListRequest>(parse_request(R"({"request":"list","later":[1]})")));
    EXPECT_TRUE(std::holds_alternative<StatusRequest>(parse_request("{\"request\":\"status\"}\r\n")));
}

TEST(Requests, AreRefusedWithWhatIsWrong) {
    EXPECT_THAT(reason_of(""), HasSubstr("not a JSON object"));
    EXPECT_THAT(reason_of("\x1b[2J"), HasSubstr("\\x1b"));
    EXPECT_THAT(reason_of("[]"), HasSubstr("not a JSON object"));
    EXPECT_THAT(reason_of(R"({"request":"halt"})"), HasSubstr("\"request\" must be"));
    EXPECT_THAT(reason_of(R"({"request":1})"), HasSubstr("\"request\" must be"));
    for (const char* pid : {"0", "-1", "\"7\"", "2147483648", "18446744073709551615", "1.5", "null"}) {
        EXPECT_THAT(reason_of(std::string(R"({"request":"migrate","to":"2","pid":)") + pid + "}"), HasSubstr("\"pid\""))
            << pid;
    }
    EXPECT_THAT(reason_of(R"({"request":"migrate","pid":7})"), HasSubstr("\"to\""));
    EXPECT_THAT(reason_of(R"({"request":"migrate","pid":7,"to":2})"), HasSubstr("\"to\""));
    EXPECT_THAT(reason_of(R"({"request":"migrate","pid":7,"to":"2","at":"later"})"), HasSubstr("\"at\""));
    EXPECT_THAT(reason_of(R"({"request":"migrate","pid":7,"to":"2","among":"1-4"})"), HasSubstr("\"among\""));
}

TEST(Requests, NameFilesByAbsolutePathsOnly) {
    EXPECT_THAT(reason_of(R"({"request":"migrate","pid":7,"to":"file"})"), HasSubstr("\"file\""));
    EXPECT_THAT(reason_of(R"({"request":"migrate","pid":7,"to":"file","file":"image"})"), HasSubstr("\"file\""));
    EXPECT_THAT(reason_of(R"({"request":"migrate","pid":7,"to":"file","file":"/a\u0000b"})"), HasSubstr("\"file\""));
    EXPECT_THAT(reason_of(R"({"request":"migrate","pid":7,"to":"2","file":"/image"})"), HasSubstr("\"file\""));
    EXPECT_THAT(reason_of(R"({"request":"migrate","pid":7,"to":"2","file":"image"})"), HasSubstr("\"file\""));
}

TEST(Requests, AreNotLongerThanTheyMayBe) {
    const std::string request = R"({"request":"list"})";
    EXPECT_EQ(reason_of(request + std::string(max_request - request.size(), ' ')), "");
    EXPECT_NE(reason_of(request + std::string(max_request - request.size() + 1, ' ')), "");
    EXPECT_NE(reason_of(std::string(max_request, '[')), "");
}

TEST(Answers, AreOneLineWhateverTheReason) {
    EXPECT_EQ(success_line(), "{\"ok\":true}\n");
    EXPECT_EQ(counted_line(true), "{\"counted\":true,\"ok\":true}\n");
    EXPECT_EQ(refusal_line("no \"such\"\nprocess"), "{\"ok\":false,\"reason\":\"no \\\"such\\\"\\nprocess\"}\n");
    EXPECT_EQ(pending_line("x"), "{\"ok\":false,\"pending\":true,\"reason\":\"x\"}\n");
    EXPECT_THAT(refusal_line("\xff"), HasSubstr("\\ufffd"));
}

}  // namespace
}  // namespace openmosix
