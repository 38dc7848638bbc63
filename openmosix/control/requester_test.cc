// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/requester.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/file_descriptor.h"

namespace openmosix {
namespace {

using Json = nlohmann::json;

TEST(Requesters, AreWhoTheKernelSays) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    const clusterdisc::FileDescriptor one(ends[0]);
    const clusterdisc::FileDescriptor other(ends[1]);
    const auto requester = requester_of(one.number());
    ASSERT_TRUE(requester);
    EXPECT_EQ(requester->user, ::geteuid());
    EXPECT_EQ(requester->group, ::getegid());
    EXPECT_EQ(requester->groups.size(), static_cast<std::size_t>(::getgroups(0, nullptr)));
}

TEST(Requesters, AreNobodyWhereTheKernelDoesNotSay) {
    EXPECT_EQ(requester_of(-1), std::nullopt);
    EXPECT_EQ(errno, EBADF);
}

TEST(Requesters, TravelAsJson) {
    const Requester requester{1000, 1001, {4, 4294967294}};
    Json object{{"command", "migrate"}};
    add_requester(object, requester);
    EXPECT_EQ(parse_requester(Json::parse(object.dump())), requester);
    EXPECT_EQ(object["command"], "migrate");
}

TEST(Requesters, AreNobodyWhenTheyDoNotSayWhoTheyAre) {
    const Json whole = Json::parse(R"({"uid": 0, "gid": 0, "groups": [1]})");
    EXPECT_EQ(parse_requester(whole).user, 0U);
    for (const char* key : {"uid", "gid", "groups"}) {
        for (const Json& value : {Json("0"), Json(-1), Json(4294967296), Json(nullptr), Json::array({"1"})}) {
            Json object = whole;
            object[key] = value;
            EXPECT_EQ(parse_requester(object), Requester()) << object;
            object.erase(key);
            EXPECT_EQ(parse_requester(object), Requester()) << object;
        }
    }
    EXPECT_EQ(parse_requester(Json::array()), Requester());
    EXPECT_EQ(Requester().user, static_cast<uid_t>(-1));
}

}  // namespace
}  // namespace openmosix
