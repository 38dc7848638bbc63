// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/move_hints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openmosix {
namespace {
namespace hints {

using Json = nlohmann::json;

const MoveHints complete{.lock = MoveLock::on,
                         .job = JobKind::io,
                         .decay = Decay::fast,
                         .nodes = std::vector<NodeRange>{{.first = 1, .last = 4}, {.first = 7, .last = 7}}};

TEST(Hints, AreReadAsTheyAreWritten) {
    std::string problem;
    MoveHints everywhere;
    everywhere.nodes.emplace();
    for (const MoveHints& hints : {MoveHints(), complete, everywhere}) {
        Json object = Json::object();
        add_hints(object, hints);
        EXPECT_EQ(parse_hints(object, problem), hints) << object;
    }
    Json object;
    add_hints(object, complete);
    EXPECT_EQ(object.dump(), R"({"decay":"fast","job":"io","lock":"on","nodes":"1-4,7"})");
}

TEST(Hints, AreRefusedWithTheKeyThatIsWrong) {
    for (const char* key : {"lock", "job", "decay", "nodes"}) {
        for (const Json& value : {Json(1), Json("other"), Json(nullptr), Json::array(), Json("4-1")}) {
            std::string problem;
            EXPECT_FALSE(parse_hints(Json{{key, value}}, problem)) << key << value;
            EXPECT_THAT(problem, testing::HasSubstr(key));
        }
    }
    std::string problem;
    EXPECT_FALSE(parse_hints(Json::array(), problem));
}

TEST(Hints, AreCompletedByOthers) {
    MoveHints own;
    own.lock = MoveLock::off;
    EXPECT_FALSE(own.is_complete());
    own.complete_from(complete);
    EXPECT_TRUE(own.is_complete());
    EXPECT_EQ(own.lock, MoveLock::off);
    EXPECT_EQ(own.job, JobKind::io);
}

TEST(HintFiles, CountForOneProcess) {
    MoveHints locked;
    locked.lock = MoveLock::on;
    const std::string text = R"({"start":17,"lock":"on"})";
    EXPECT_EQ(parse_hint_file(text, 17), locked);
    EXPECT_FALSE(parse_hint_file(text, 18));
    for (const char* wrong : {"", "[]", "{}", R"({"start":"17"})", R"({"start":17,"lock":1})", "\xff"}) {
        EXPECT_FALSE(parse_hint_file(wrong, 17)) << wrong;
    }
}

}  // namespace hints
}  // namespace
}  // namespace openmosix
