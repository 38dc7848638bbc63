// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/message_shapes.h"

#include <algorithm>

#include "calls/guest_body_for_tests.h"

namespace openmosix {
namespace {

class MessageShapes : public EachAbi {
protected:
    /// struct msghdr.
    std::uint64_t put_message(std::uint64_t name, std::uint64_t name_length, std::uint64_t parts, std::uint64_t count,
                              std::uint64_t control, std::uint64_t control_length) {
        return body_.put_words({name, name_length, parts, count, control, control_length, 0, 0});
    }
    std::size_t word_ = word_size(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Abi, MessageShapes, testing::Values(Abi::i386, Abi::amd64), name_of_abi);

TEST_P(MessageShapes, PutsBuffersOneBehindAnother) {
    const std::uint64_t list = body_.put_words({body_.put_text("abc"), 3, body_.put_text("defg"), 4});
    const CallRequest request = body_.forwarded("writev", {1, list, 2}).request();
    std::vector<std::uint8_t> area(AreaForTests::size);
    constexpr std::uint64_t address = 0x1000000;
    const auto arguments = GuestBody::place(request, GetParam(), area, address);
    const auto word_at = [&](std::uint64_t place) {
        std::uint64_t value = 0;
        std::memcpy(&value, area.data() + (place - address), word_);
        return value;
    };
    const std::uint64_t first = word_at(arguments[1]);
    EXPECT_EQ(word_at(arguments[1] + word_), 3U);
    EXPECT_EQ(word_at(arguments[1] + 2 * word_), first + 3);
    EXPECT_EQ(word_at(arguments[1] + 3 * word_), 4U);
    EXPECT_EQ(std::string(area.begin() + static_cast<std::ptrdiff_t>(first - address),
                          area.begin() + static_cast<std::ptrdiff_t>(first - address) + 7),
              "abcdefg");
}

TEST_P(MessageShapes, ScattersWhatWasRead) {
    const std::uint64_t first = body_.put_filled(4, '.');
    const std::uint64_t second = body_.put_filled(4, '.');
    const std::uint64_t list = body_.put_words({first, 2, 0, 0, second, 4});
    const ForwardedCall call = body_.forwarded("readv", {0, list, 3});
    EXPECT_EQ(call.finish({5, {'1', '2', '3', '4', '5'}}, body_.memory()), 5);
    EXPECT_EQ(body_.get_text(first, 4), "12..");
    EXPECT_EQ(body_.get_text(second, 4), "345.");
    EXPECT_EQ(call.finish({1, {'x'}}, body_.memory()), 1);
    EXPECT_EQ(body_.get_text(first, 4) + body_.get_text(second, 4), "x2..345.");
}

TEST_P(MessageShapes, CutsNoListShort) {
    const std::uint64_t list = body_.put_words({body_.put_filled(100, '1'), 100, body_.put_filled(20000, '2'), 20000});
    for (const std::string_view call : {"writev", "readv", "pwritev", "preadv"}) {
        EXPECT_TRUE(body_.needs_home(call, {1, list, 2}, 16384)) << call;
    }
    EXPECT_TRUE(body_.needs_home("recvmsg", {1, put_message(0, 0, list, 2, 0, 0), 0}, 16384));
    EXPECT_TRUE(body_.needs_home("sendmsg", {1, put_message(0, 0, list, 2, 0, 0), 0}, 16384));
}

TEST_P(MessageShapes, KeepsThePlacesInAPageOfBuffersForDirectIo) {
    const std::uint64_t page = GuestBody::memory_start + 8 * page_size;
    const std::uint64_t list =
        body_.put_words({page, 4096, page + 4 * page_size, 512, page + 6 * page_size + 1024, 2048});
    for (const std::string_view name : {"readv", "writev"}) {
        const CallRequest request = body_.forwarded(name, {3, list, 3}).request();
        std::vector<std::uint8_t> area(AreaForTests::size);
        const auto arguments = GuestBody::place(request, GetParam(), area, 0);
        const auto place_of = [&](std::size_t entry) {
            std::uint64_t value = 0;
            std::memcpy(&value, area.data() + arguments[1] + 2 * word_ * entry, word_);
            return value % page_size;
        };
        EXPECT_EQ(place_of(0), 0U) << name;
        EXPECT_EQ(place_of(1), 0U) << name;
        EXPECT_EQ(place_of(2), 1024U) << name;
        EXPECT_LE(request.input.size(), 4 * page_size) << name;
    }
    // What was read goes where it belongs, whatever lies between.
    const ForwardedCall call = body_.forwarded("readv", {3, list, 3});
    std::vector<std::uint8_t> content(4096 + 512 + 2048);
    std::ranges::generate(content, [next = 0]() mutable { return static_cast<std::uint8_t>(next++ / 5); });
    EXPECT_EQ(call.finish({4096 + 512 + 10, content}, body_.memory()), 4096 + 512 + 10);
    EXPECT_EQ(body_.get(page + 4 * page_size, 512), std::vector(content.begin() + 4096, content.begin() + 4608));
    EXPECT_EQ(body_.get(page + 6 * page_size + 1024, 10), std::vector(content.begin() + 4608, content.begin() + 4618));
    EXPECT_EQ(body_.get_number(page + 6 * page_size + 1034, 1), 0U);
}

TEST_P(MessageShapes, ManySmallBuffersTakeLittle) {
    std::vector<std::uint8_t> list;
    for (std::uint64_t i = 0; i < 1024; ++i) {
        for (const std::uint64_t value : {GuestBody::memory_start + i * 64, std::uint64_t{1}}) {
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
            list.insert(list.end(), bytes, bytes + word_);
        }
    }
    const std::uint64_t address = body_.put(list);
    EXPECT_LE(body_.forwarded("writev", {1, address, 1024}).request().input.size(), 1024 + 2048 * word_);
    EXPECT_LE(body_.forwarded("readv", {1, address, 1024}).request().outputs.size(), 1U);
}

TEST_P(MessageShapes, LeavesWrongListsToTheKernel) {
    const std::uint64_t list = body_.put_words({GuestBody::memory_start, 1});
    EXPECT_TRUE(body_.leads_nowhere("readv", {0, list, 1025}, 1)) << "EINVAL, or EBADF";
    EXPECT_EQ(body_.error("readv", {0, list, 0}), 0);
    const std::uint64_t negative = body_.put_words({GuestBody::memory_start, UINT64_MAX});
    EXPECT_TRUE(body_.forwarded("readv", {0, negative, 1}).request().outputs.empty());
    EXPECT_EQ(body_.forwarded("sendmsg", {0, put_message(0, 0, list, 1025, 0, 0), 0}).request().relocations.size(), 1U);
}

TEST_P(MessageShapes, WritesUpToWhatCannotBeRead) {
    const std::uint64_t end = GuestBody::memory_start + GuestBody::pages * page_size;
    const std::uint64_t list = body_.put_words({body_.put_text("abc"), 3, end - 2, 4, body_.put_text("d"), 1});
    const CallRequest request = body_.forwarded("writev", {1, list, 3}).request();
    std::vector<std::uint8_t> area(AreaForTests::size);
    const auto arguments = GuestBody::place(request, GetParam(), area, 0);
    const auto size_of = [&](std::size_t entry) {
        return area.at(static_cast<std::size_t>(arguments[1]) + 2 * word_ * entry + word_);
    };
    EXPECT_EQ(size_of(0), 3U);
    EXPECT_EQ(size_of(1), 2U);
    EXPECT_EQ(size_of(2), 0U);
}

TEST_P(MessageShapes, SendsAMessageWithAllItsParts) {
    const std::uint64_t name = body_.put_text("name");
    const std::uint64_t control = body_.put_text("control");
    const std::uint64_t list = body_.put_words({body_.put_text("data"), 4});
    const CallRequest request = body_.forwarded("sendmsg", {3, put_message(name, 4, list, 1, control, 7), 0}).request();
    const std::string input(request.input.begin(), request.input.end());
    for (const std::string part : {"name", "control", "data"}) {
        EXPECT_NE(input.find(part), std::string::npos) << part;
    }
    EXPECT_EQ(request.relocations.size(), 5U) << "argument, name, buffer, list of buffers, control";
    EXPECT_TRUE(request.outputs.empty());
}

TEST_P(MessageShapes, DoesNotLookAtLengthsOfNothing) {
    const std::uint64_t message = put_message(0, 0xffffffff, 0, 0, 0, 0x7fffffff);
    EXPECT_EQ(body_.forwarded("sendmsg", {3, message, 0}).request().relocations.size(), 2U);
    EXPECT_EQ(body_.forwarded("recvmsg", {3, message, 0}).request().relocations.size(), 2U);
}

TEST_P(MessageShapes, ReceivesAMessage) {
    const std::uint64_t name = body_.put_filled(16, '.');
    const std::uint64_t control = body_.put_filled(32, '.');
    const std::uint64_t data = body_.put_filled(8, '.');
    const std::uint64_t list = body_.put_words({data, 8});
    const std::uint64_t message = put_message(name, 16, list, 1, control, 32);
    const ForwardedCall call = body_.forwarded("recvmsg", {3, message, 0});
    // What the kernel does with the area.
    std::vector<std::uint8_t> area(AreaForTests::size);
    const auto arguments = GuestBody::place(call.request(), GetParam(), area, 0);
    const auto header = static_cast<std::size_t>(arguments[1]);
    const auto pointer = [&](std::size_t field) {
        std::uint64_t value = 0;
        std::memcpy(&value, area.data() + header + field * word_, word_);
        return static_cast<std::size_t>(value);
    };
    const auto write_at = [&](std::size_t place, std::string_view text) {
        std::ranges::copy(text, area.begin() + static_cast<std::ptrdiff_t>(place));
    };
    write_at(pointer(0), "sender");
    area.at(header + word_) = 6;
    std::uint64_t buffer = 0;
    std::memcpy(&buffer, area.data() + pointer(2), word_);
    write_at(static_cast<std::size_t>(buffer), "hello");
    write_at(pointer(4), "rights");
    area.at(header + 5 * word_) = 6;
    area.at(header + 6 * word_) = 0x20;
    EXPECT_EQ(call.finish({5, gather_outputs(call.request(), 5, area)}, body_.memory()), 5);
    EXPECT_EQ(body_.get_text(name, 16), "sender..........");
    EXPECT_EQ(body_.get_text(data, 8), "hello...");
    EXPECT_EQ(body_.get_text(control, 8), "rights..");
    EXPECT_EQ(body_.get_word(message), name) << "the pointers are the body's";
    EXPECT_EQ(body_.get_number(message + word_, 4), 6U);
    EXPECT_EQ(body_.get_word(message + 2 * word_), list);
    EXPECT_EQ(body_.get_word(message + 5 * word_), 6U);
    EXPECT_EQ(body_.get_number(message + 6 * word_, 4), 0x20U);
}

TEST_P(MessageShapes, WritesAddressesAsFarAsTheyGo) {
    const std::uint64_t address = body_.put_filled(16, '.');
    const std::uint64_t length = body_.put_numbers({{16, 4}});
    const ForwardedCall call = body_.forwarded("getsockname", {3, address, length});
    ASSERT_EQ(call.request().outputs.size(), 2U);
    std::vector<std::uint8_t> answer{2, 0, 0, 0, 1, 0};
    answer.resize(20, '.');
    EXPECT_EQ(call.finish({0, answer}, body_.memory()), 0);
    EXPECT_EQ(body_.get_number(length, 4), 2U);
    EXPECT_EQ(body_.get_text(address, 3), std::string("\1\0.", 3));
}

TEST_P(MessageShapes, WantsNoAddress) {
    EXPECT_TRUE(body_.forwarded("accept4", {3, 0, GuestBody::nowhere, 0}).request().relocations.empty());
    const std::uint64_t buffer = body_.put_filled(8, '.');
    EXPECT_EQ(body_.forwarded("recvfrom", {3, buffer, 8, 0, 0, GuestBody::nowhere}).request().relocations.size(), 1U);
}

TEST_P(MessageShapes, TakesAsManyMessagesAsTheKernel) {
    const std::uint64_t messages = body_.put_filled(64 * 1100, 0);
    const ForwardedCall call = body_.forwarded("sendmmsg", {3, messages, 1100, 0});
    EXPECT_EQ(call.request().arguments[2], 1024U);
    EXPECT_EQ(refuse(GetParam(), call.request(), AreaForTests::size), std::nullopt);
    EXPECT_EQ(refuse(GetParam(), body_.forwarded("recvmmsg", {3, messages, 1100, 0, 0}).request(), AreaForTests::size),
              std::nullopt);
}

TEST_P(MessageShapes, WritesNothingOfMessagesThatDidNotCome) {
    const std::uint64_t first = body_.put_filled(4, '.');
    const std::uint64_t second = body_.put_filled(4, '.');
    const std::uint64_t lists = body_.put_words({first, 4, second, 4});
    const std::uint64_t messages =
        body_.put_words({0, 0, lists, 1, 0, 0, 0, 9, 0, 0, lists + 2 * word_, 1, 0, 0, 0, 9});
    const ForwardedCall call = body_.forwarded("recvmmsg", {3, messages, 2, 0, 0});
    std::vector<std::uint8_t> area(AreaForTests::size);
    GuestBody::place(call.request(), GetParam(), area, 0);
    area.at(7 * word_) = 2;
    EXPECT_EQ(call.finish({1, gather_outputs(call.request(), 1, area)}, body_.memory()), 1);
    EXPECT_EQ(body_.get(first, 4), (std::vector<std::uint8_t>{0xEE, 0xEE, '.', '.'}));
    EXPECT_EQ(body_.get_text(second, 4), "....");
    EXPECT_EQ(body_.get_number(messages + 7 * word_, 4), 2U);
    EXPECT_EQ(body_.get_number(messages + 15 * word_, 4), 9U);
}

class OldCalls : public testing::Test {
protected:
    GuestBody body_{Abi::i386};
};

TEST_F(OldCalls, SocketCallsAreTheCallsThatTheyStandFor) {
    const std::uint64_t address = body_.put_filled(16, 'a');
    const std::uint64_t arguments = body_.put_words({3, address, 16});
    const CallRequest request = body_.forwarded("socketcall", {3, arguments}).request();
    EXPECT_EQ(request.number, body_.number("connect"));
    EXPECT_EQ(request.input, std::vector<std::uint8_t>(16, 'a'));
    const std::uint64_t send = body_.put_words({3, address, 16, 0});
    EXPECT_EQ(body_.forwarded("socketcall", {9, send}).request().number, body_.number("sendto"));
    EXPECT_EQ(body_.error("socketcall", {0, arguments}), EINVAL);
    EXPECT_EQ(body_.error("socketcall", {21, arguments}), EINVAL);
    EXPECT_EQ(body_.error("socketcall", {1, GuestBody::nowhere}), EFAULT);
}

TEST_F(OldCalls, TheFirstSelectIsTheNewOne) {
    const std::uint64_t arguments = body_.put_words({3, body_.put_filled(4, 1), 0, 0, 0});
    const CallRequest request = body_.forwarded("select", {arguments}).request();
    EXPECT_EQ(request.number, body_.number("_newselect"));
    EXPECT_EQ(request.arguments[0], 3U);
    EXPECT_EQ(body_.error("select", {GuestBody::nowhere}), EFAULT);
}

}  // namespace
}  // namespace openmosix
