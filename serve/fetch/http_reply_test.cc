// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/http_reply.h"

#include <gmock/gmock.h>

#include <string>

namespace clusterdisc {
namespace {

/// What busybox httpd sends.
constexpr std::string_view part =
    "HTTP/1.1 206 Partial Content\r\nDate: Mon, 30 Nov 2026 01:19:42 GMT\r\nConnection: close\r\nContent-type: "
    "text/html\r\n"
    "Content-Range: bytes 10-999999/1000000\r\nAccept-Ranges: bytes\r\nContent-Length: 999990\r\n\r\n";

TEST(HttpReplyHead, APartSaysWhereItBegins) {
    const auto reply = parse_http_reply(std::string(part) + "content");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 206);
    EXPECT_EQ(reply->first_byte, 10U);
    EXPECT_EQ(reply->head_size, part.size());
}

TEST(HttpReplyHead, OtherStatusesNeedNoRange) {
    for (const int status : {200, 404, 503}) {
        const auto reply = parse_http_reply("HTTP/1.0 " + std::to_string(status) + " Something\r\n\r\n");
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, status);
    }
}

TEST(HttpReplyHead, AnUnfinishedHeadIsNone) {
    for (std::size_t size = 0; size < part.size(); ++size) {
        EXPECT_FALSE(parse_http_reply(part.substr(0, size))) << size;
        EXPECT_EQ(http_head_size(part.substr(0, size)), 0U) << size;
    }
    EXPECT_EQ(http_head_size("HTTP/1.1 200 OK\r\nX: " + std::string(max_http_head, 'x') + "\r\n\r\n"), 0U);
}

TEST(HttpReplyHead, AnythingElseIsNone) {
    for (const char* head :
         {"HTTP/2 200 OK", "HTTP/1.1 99 x", "HTTP/1.1 600 x", "HTTP/1.1 200", "HTTP/1.1 206 Partial Content",
          "HTTP/1.1 206 x\r\nContent-Range: bytes x-1/2", "HTTP/1.1 206 x\r\nContent-Range: bytes -1/2",
          "HTTP/1.1 206 x\r\nContent-Range: bytes 99999999999999999999-1/2", "FTP/1.1 200 OK", ""}) {
        EXPECT_FALSE(parse_http_reply(std::string(head) + "\r\n\r\n")) << head;
    }
}

}  // namespace
}  // namespace clusterdisc
