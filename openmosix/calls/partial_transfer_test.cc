// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/partial_transfer.h"

#include <sys/socket.h>

#include <string>

#include "calls/guest_body_for_tests.h"

namespace openmosix {
namespace {

class PartialTransfer : public EachAbi {
protected:
    static constexpr std::uint64_t address = 0x1000000;

    std::uint64_t word_at(const std::vector<std::uint8_t>& area, std::uint64_t place) {
        std::uint64_t value = 0;
        std::memcpy(&value, area.data() + (place - address), word_);
        return value;
    }
    static std::string text_at(const std::vector<std::uint8_t>& area, std::uint64_t place, std::uint64_t size) {
        const auto start = area.begin() + static_cast<std::ptrdiff_t>(place - address);
        return {start, start + static_cast<std::ptrdiff_t>(size)};
    }
    /// What the kernel finds in a list of buffers.
    std::string text_of_list(const std::vector<std::uint8_t>& area, std::uint64_t list, std::uint64_t count) {
        std::string text;
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t size = word_at(area, list + (2 * i + 1) * word_);
            text += size == 0 ? "" : text_at(area, word_at(area, list + 2 * i * word_), size);
        }
        return text;
    }
    std::size_t word_ = word_size(GetParam());
    std::vector<std::uint8_t> area_ = std::vector<std::uint8_t>(AreaForTests::size);
    const std::string text_ = "abcdefghijkl";
};
INSTANTIATE_TEST_SUITE_P(Abi, PartialTransfer, testing::Values(Abi::i386, Abi::amd64), name_of_abi);

TEST_P(PartialTransfer, WritesTheRestOfABuffer) {
    const std::uint64_t buffer = body_.put_text(text_);
    for (const std::string_view name : {"write", "pwrite64", "sendto"}) {
        const CallRequest request = body_.forwarded(name, {3, buffer, text_.size(), 100, 0, 0}).request();
        for (std::size_t done = 1; done < text_.size(); ++done) {
            const auto rest = rest_of_transfer(GetParam(), request, done);
            ASSERT_TRUE(rest) << name << " " << done;
            EXPECT_EQ(refuse(GetParam(), *rest, AreaForTests::size), std::nullopt);
            const auto arguments = GuestBody::place(*rest, GetParam(), area_, address);
            EXPECT_EQ(text_at(area_, arguments[1], arguments[2]), text_.substr(done)) << name;
            EXPECT_EQ(arguments[3], name == "pwrite64" ? 100 + done : 100) << name;
        }
        EXPECT_FALSE(rest_of_transfer(GetParam(), request, 0)) << "nothing was done";
        EXPECT_FALSE(rest_of_transfer(GetParam(), request, text_.size())) << "nothing is left";
        EXPECT_FALSE(rest_of_transfer(GetParam(), request, text_.size() + 1));
    }
}

TEST_P(PartialTransfer, ReadsTheRestOfABuffer) {
    constexpr std::uint64_t size = 12;
    const std::uint64_t buffer = body_.put_filled(size, '.');
    for (const std::string_view name : {"read", "pread64"}) {
        const CallRequest request = body_.forwarded(name, {3, buffer, size, 100, 0, 0}).request();
        const auto whole = GuestBody::place(request, GetParam(), area_, address);
        for (std::uint64_t done = 1; done < size; ++done) {
            const auto rest = rest_of_transfer(GetParam(), request, done);
            ASSERT_TRUE(rest) << name << " " << done;
            EXPECT_EQ(refuse(GetParam(), *rest, AreaForTests::size), std::nullopt);
            const auto arguments = GuestBody::place(*rest, GetParam(), area_, address);
            EXPECT_EQ(arguments[1], whole[1] + done) << name;
            EXPECT_EQ(arguments[2], size - done) << name;
            EXPECT_EQ(arguments[3], name == "pread64" ? 100 + done : 100) << name;
        }
        EXPECT_FALSE(rest_of_transfer(GetParam(), request, size)) << "nothing is left";
    }
}

TEST_P(PartialTransfer, WritesTheRestOfAList) {
    const std::uint64_t list =
        body_.put_words({body_.put_text("abc"), 3, 0, 0, body_.put_text("defgh"), 5, body_.put_text("ijkl"), 4});
    for (const std::string_view name : {"writev", "pwritev", "pwritev2"}) {
        const CallRequest request = body_.forwarded(name, {3, list, 4, 100, 0, 0}).request();
        for (std::size_t done = 1; done < text_.size(); ++done) {
            const auto rest = rest_of_transfer(GetParam(), request, done);
            ASSERT_TRUE(rest) << name << " " << done;
            EXPECT_EQ(refuse(GetParam(), *rest, AreaForTests::size), std::nullopt);
            const auto arguments = GuestBody::place(*rest, GetParam(), area_, address);
            EXPECT_EQ(text_of_list(area_, arguments[1], 4), text_.substr(done)) << name;
            EXPECT_EQ(arguments[3], name == "writev" ? 100 : 100 + done) << name;
        }
        EXPECT_FALSE(rest_of_transfer(GetParam(), request, text_.size())) << name;
        EXPECT_FALSE(rest_of_transfer(GetParam(), request, text_.size() + 1)) << name;
    }
    const CallRequest own = body_.forwarded("pwritev2", {3, list, 4, UINT64_MAX, UINT64_MAX, 0}).request();
    EXPECT_EQ(rest_of_transfer(GetParam(), own, 5)->arguments[3], UINT64_MAX) << "the file's own position";
}

TEST_P(PartialTransfer, SendsTheRestOfAMessage) {
    const std::uint64_t list = body_.put_words({body_.put_text("abcdef"), 6, body_.put_text("ghijkl"), 6});
    const std::uint64_t message = body_.put_words({0, 0, list, 2, body_.put_filled(20, 'c'), 20, 0});
    const CallRequest request = body_.forwarded("sendmsg", {3, message, 0}).request();
    for (std::size_t done = 1; done < text_.size(); ++done) {
        const auto rest = rest_of_transfer(GetParam(), request, done);
        ASSERT_TRUE(rest) << done;
        const auto arguments = GuestBody::place(*rest, GetParam(), area_, address);
        EXPECT_EQ(text_of_list(area_, word_at(area_, arguments[1] + 2 * word_), 2), text_.substr(done));
        EXPECT_EQ(word_at(area_, arguments[1] + 4 * word_), 0U) << "control data goes once";
        EXPECT_EQ(word_at(area_, arguments[1] + 5 * word_), 0U);
    }
    EXPECT_FALSE(rest_of_transfer(GetParam(), request, text_.size()));
}

TEST_P(PartialTransfer, GoesOnWithPointersOfTheProcess) {
    CallRequest request;
    request.number = body_.number("write");
    request.arguments = {1, 0x5000, 100};
    const auto rest = rest_of_transfer(GetParam(), request, 30);
    ASSERT_TRUE(rest);
    EXPECT_EQ(rest->arguments[1], 0x5000U + 30);
    EXPECT_EQ(rest->arguments[2], 70U);
    request.number = body_.number("writev");
    request.arguments = {1, 0x6000, 2};
    const std::uint64_t list = body_.put_words({0x5000, 20, 0x7000, 20});
    request.input = body_.get(list, 4 * word_);
    request.relocations = {{true, 1, 0}};
    request.area = 4096;
    const auto rest_of_list = rest_of_transfer(GetParam(), request, 30);
    ASSERT_TRUE(rest_of_list);
    GuestBody::place(*rest_of_list, GetParam(), area_, address);
    EXPECT_EQ(word_at(area_, address + word_), 0U);
    EXPECT_EQ(word_at(area_, address + 2 * word_), 0x7000U + 10);
    EXPECT_EQ(word_at(area_, address + 3 * word_), 10U);
}

TEST_P(PartialTransfer, GoesOnBeyondFourGigabytes) {
    const std::uint64_t buffer = body_.put_filled(16, 'b');
    const CallRequest request = body_.forwarded("pwrite64", {1, buffer, 16, 0xfffffffc, 0}).request();
    const auto rest = rest_of_transfer(GetParam(), request, 8);
    ASSERT_TRUE(rest);
    if (GetParam() == Abi::i386) {
        EXPECT_EQ(rest->arguments[3], 4U);
        EXPECT_EQ(rest->arguments[4], 1U);
    } else {
        EXPECT_EQ(rest->arguments[3], 0x100000004U);
    }
}

TEST_P(PartialTransfer, CopiesTheRestOfAFile) {
    const std::uint64_t offset = body_.put_numbers({{1000, 8}});
    const CallRequest request = body_.forwarded("sendfile", {3, 4, offset, 500}).request();
    const auto rest = rest_of_transfer(GetParam(), request, 200);
    ASSERT_TRUE(rest);
    const auto arguments = GuestBody::place(*rest, GetParam(), area_, address);
    EXPECT_EQ(word_at(area_, arguments[2]), 1200U);
    EXPECT_EQ(arguments[3], 300U);
    EXPECT_FALSE(rest_of_transfer(GetParam(), request, 500));
    EXPECT_EQ(rest_of_transfer(GetParam(), body_.forwarded("sendfile", {3, 4, 0, 500}).request(), 200)->arguments[3],
              300U);
    const CallRequest all = body_.forwarded("sendfile", {3, 4, 0, 0x7fffffff}).request();
    EXPECT_FALSE(rest_of_transfer(GetParam(), all, 0x7ffff000)) << "more no call moves";
    const CallRequest copy = body_.forwarded("copy_file_range", {3, offset, 4, 0, 500, 0}).request();
    EXPECT_EQ(rest_of_transfer(GetParam(), copy, 200)->arguments[4], 300U);
}

TEST_P(PartialTransfer, ReceivesTheRestOnlyWhereAllIsWanted) {
    const std::uint64_t buffer = body_.put_filled(10, '.');
    const auto call = body_.forwarded("recvfrom", {3, buffer, 10, MSG_WAITALL, 0, 0});
    const auto rest = rest_of_transfer(GetParam(), call.request(), 4);
    ASSERT_TRUE(rest);
    const std::uint64_t start = GuestBody::place(call.request(), GetParam(), area_, address)[1];
    const auto arguments = GuestBody::place(*rest, GetParam(), area_, address);
    EXPECT_EQ(arguments[1], start + 4);
    EXPECT_EQ(arguments[2], 6U);
    for (const unsigned flags : {0U, unsigned{MSG_WAITALL} | unsigned{MSG_PEEK}}) {
        EXPECT_FALSE(
            rest_of_transfer(GetParam(), body_.forwarded("recvfrom", {3, buffer, 10, flags, 0, 0}).request(), 4));
    }
}

TEST_P(PartialTransfer, ReceivesTheRestOfAMessageOnlyWithoutWhatComesBesideIt) {
    const std::uint64_t list = body_.put_words({body_.put_filled(6, '.'), 6, body_.put_filled(6, '.'), 6});
    const std::uint64_t message = body_.put_words({0, 0, list, 2, 0, 0, 0});
    const CallRequest request = body_.forwarded("recvmsg", {3, message, MSG_WAITALL}).request();
    const auto rest = rest_of_transfer(GetParam(), request, 8);
    ASSERT_TRUE(rest);
    const auto arguments = GuestBody::place(*rest, GetParam(), area_, address);
    const std::uint64_t parts = word_at(area_, arguments[1] + 2 * word_);
    EXPECT_EQ(word_at(area_, parts + word_), 0U);
    EXPECT_EQ(word_at(area_, parts + 3 * word_), 4U);
    EXPECT_FALSE(rest_of_transfer(GetParam(), body_.forwarded("recvmsg", {3, message, 0}).request(), 8));
    const std::uint64_t with_control = body_.put_words({0, 0, list, 2, body_.put_filled(20, 'c'), 20, 0});
    EXPECT_FALSE(rest_of_transfer(GetParam(), body_.forwarded("recvmsg", {3, with_control, MSG_WAITALL}).request(), 8));
}

TEST_P(PartialTransfer, LeavesWhatMayEndEarly) {
    const std::uint64_t buffer = body_.put_filled(10, '.');
    for (const std::string_view name : {"splice", "tee", "getdents64", "lseek"}) {
        EXPECT_FALSE(rest_of_transfer(GetParam(), body_.forwarded(name, {3, buffer, 10}).request(), 4)) << name;
    }
}

TEST(ResultOfTransfer, IsTheSum) {
    EXPECT_EQ(result_of_transfer(0, 5), 5);
    EXPECT_EQ(result_of_transfer(0, -EINTR), -EINTR);
    EXPECT_EQ(result_of_transfer(3, 5), 8);
    EXPECT_EQ(result_of_transfer(3, 0), 3);
    EXPECT_EQ(result_of_transfer(3, -EPIPE), 3);
    EXPECT_EQ(result_of_transfer(3, -512), 3);
}

}  // namespace
}  // namespace openmosix
