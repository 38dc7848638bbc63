// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/fetched_file.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace clusterdisc {
namespace {

constexpr PcAddress other{10, 78, 8, 10};
constexpr std::string_view content = "a layer of a file system";

std::span<const std::uint8_t> bytes(std::string_view text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): characters as bytes
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class FetchedFileTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_GE(::sodium_init(), 0);
        listed.size = content.size();
        listed.sha256.emplace();
        ::crypto_hash_sha256(listed.sha256->data(), bytes(content).data(), content.size());
        path = testing::TempDir() + "fetched_file_test";
        std::filesystem::remove(path);
    }
    void TearDown() override { std::filesystem::remove(path); }

    [[nodiscard]] std::string written() const {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    ListedFile listed;
    std::string path;
};

TEST_F(FetchedFileTest, IsRightWhenItsPartsAre) {
    FetchedFile file(path, listed);
    file.append(bytes(content.substr(0, 5)), std::nullopt);
    file.append(bytes(content.substr(5, 5)), other);
    EXPECT_FALSE(file.is_complete());
    EXPECT_EQ(file.have(), 10U);
    file.append(bytes(content.substr(10)), std::nullopt);
    EXPECT_TRUE(file.is_complete());
    EXPECT_TRUE(file.is_right());
    EXPECT_THAT(file.givers(), testing::ElementsAre(other));
    EXPECT_EQ(written(), content);
}

TEST_F(FetchedFileTest, AWrongByteOfAnotherClientIsFound) {
    FetchedFile file(path, listed);
    file.append(bytes("A"), other);
    file.append(bytes(content.substr(1)), std::nullopt);
    EXPECT_TRUE(file.is_complete());
    EXPECT_FALSE(file.is_right());
    file.start_again();
    EXPECT_EQ(written(), "");
    EXPECT_TRUE(file.givers().empty());
    file.append(bytes(content), other);
    EXPECT_TRUE(file.is_right());
    EXPECT_EQ(written(), content);
}

TEST_F(FetchedFileTest, TakesNoMoreThanItIsToHave) {
    FetchedFile file(path, listed);
    file.append(bytes(std::string(content) + "more"), other);
    EXPECT_TRUE(file.is_complete());
    EXPECT_TRUE(file.is_right());
    EXPECT_EQ(written(), content);
}

TEST_F(FetchedFileTest, WhatIsThereCounts) {
    std::ofstream(path) << content.substr(0, 7);
    FetchedFile file(path, listed);
    EXPECT_EQ(file.have(), 7U);
    file.append(bytes(content.substr(7)), other);
    EXPECT_TRUE(file.is_right());
    std::ofstream(path) << content << "more";
    EXPECT_EQ(FetchedFile(path, listed).have(), 0U);
}

TEST_F(FetchedFileTest, APlaceWithoutADirectoryIsNamed) {
    EXPECT_THROW(FetchedFile(path + "/nowhere", listed), std::system_error);
}

}  // namespace
}  // namespace clusterdisc
