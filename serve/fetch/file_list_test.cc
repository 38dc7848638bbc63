// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/file_list.h"

#include <gmock/gmock.h>

namespace clusterdisc {
namespace {

constexpr const char* digits = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

TEST(FileList, LinesHaveSizeNameAndHash) {
    const std::string hash = digits;
    const auto files = parse_file_list("93605888 live/filesystem.squashfs " + hash +
                                       "\n12 clusterdisc/serve/grub-x64.efi -\n0 live/a_b+c-1.2 -");
    ASSERT_TRUE(files);
    ASSERT_EQ(files->size(), 3U);
    EXPECT_EQ(files->at(0).size, 93605888U);
    EXPECT_EQ(files->at(0).name, "live/filesystem.squashfs");
    ASSERT_TRUE(files->at(0).sha256);
    EXPECT_EQ(files->at(0).sha256->front(), 0x00);
    EXPECT_EQ(files->at(0).sha256->back(), 0xff);
    EXPECT_EQ(files->at(1).sha256, std::nullopt);
    EXPECT_EQ(files->at(2).name, "live/a_b+c-1.2");
}

TEST(FileList, NamesStayInTheServedDirectories) {
    for (const char* name :
         {"live", "live/", "live/.hidden", "live/../clusterdisc/cluster.key", "live/a/b", "/live/x",
          "clusterdisc/cluster.key", "clusterdisc/serve/", "etc/passwd", "live/a;b", "", "live/\xc3\xa4"}) {
        EXPECT_FALSE(parse_file_list("1 " + std::string(name) + " -\n")) << name;
    }
    EXPECT_FALSE(parse_file_list("1 live/" + std::string(201, 'a') + " -\n"));
}

TEST(FileList, AnythingElseIsNone) {
    const std::string hash = digits;
    for (const std::string& line :
         {std::string("live/x -"), std::string("1 live/x"), std::string("-1 live/x -"), std::string("1x live/x -"),
          std::string("1000000000001 live/x -"), std::string("99999999999999999999999 live/x -"),
          std::string("1  live/x -"), std::string("1 live/x --"), "1 live/x " + hash + "00",
          "1 live/x " + hash.substr(1), "1 live/x g" + hash.substr(1), "1 live/x " + hash + " ", std::string("\n")}) {
        EXPECT_FALSE(parse_file_list(line)) << line;
    }
    std::string many;
    for (std::size_t count = 0; count < max_listed_files; ++count) {
        many += "1 live/x -\n";
    }
    EXPECT_TRUE(parse_file_list(many));
    EXPECT_FALSE(parse_file_list(many + "1 live/x -\n"));
}

}  // namespace
}  // namespace clusterdisc
