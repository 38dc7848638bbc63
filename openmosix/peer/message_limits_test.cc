// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/message_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "peer/message_socket.h"

namespace openmosix {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// A socket with what its peer has sent, who sends no more and has not closed.
class Received {
public:
    explicit Received(const Bytes& bytes) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        peer_ = clusterdisc::FileDescriptor(ends[1]);
        EXPECT_EQ(::send(ends[1], bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
        socket_ = std::make_unique<MessageSocket>(clusterdisc::FileDescriptor(ends[0]));
    }
    MessageSocket& socket() { return *socket_; }

private:
    clusterdisc::FileDescriptor peer_;
    std::unique_ptr<MessageSocket> socket_;
};

Bytes header(std::size_t length, unsigned kind) {
    Bytes bytes;
    Encoder encoder(bytes);
    encoder.put(static_cast<std::uint32_t>(length));
    encoder.put(static_cast<std::uint16_t>(kind));
    return bytes;
}

TEST(MessageLimits, AreLookedAtBeforeTheContentIsThere) {
    for (unsigned kind = 0; kind < 100; ++kind) {
        const std::size_t limit = max_message(static_cast<MessageKind>(kind));
        EXPECT_THAT([&] { Received(header(limit + 1, kind)).socket().receive(); },
                    ThrowsMessage<PeerError>(HasSubstr("kind " + std::to_string(kind))));
        if (limit != 0) {
            EXPECT_FALSE(Received(header(limit, kind)).socket().receive().has_value()) << kind;
        }
    }
}

TEST(MessageLimits, HoldForWhatIsSent) {
    Received received({});
    Prepare prepare;
    prepare.name.assign(max_message(MessageKind::prepare), 'x');
    EXPECT_THROW(received.socket().send(prepare), PeerError);
}

TEST(MessageLimits, LeaveRoomForWhatIsNeeded) {
    Call call;
    call.request.input.resize(agent_area::forwarding_size);
    call.request.relocations.resize(1024 + 6);
    call.request.outputs.resize(1024 + 6);
    EXPECT_LE(encode(call).size(), max_message(Call::kind));
    Result result;
    result.result.output.resize(agent_area::forwarding_size);
    result.signals.assign(65'000, Bytes(128));
    EXPECT_LE(encode(result).size(), max_message(Result::kind));
    EXPECT_TRUE(decode<Result>(encode(result)).has_value());
    Prepare prepare;
    prepare.cpu_features.assign(500, std::string(20, 'x'));
    EXPECT_LE(encode(prepare).size(), max_message(Prepare::kind));
    FilePage page;
    page.content.resize(page_size);
    EXPECT_LE(encode(page).size(), max_message(FilePage::kind));
    Signal signal;
    signal.info.resize(128);
    EXPECT_LE(encode(signal).size(), max_message(Signal::kind));
}

template <typename Object>
void expect_least_size() {
    EXPECT_EQ(min_encoded_size<Object>(), encode(Object{}).size());
}

TEST(Decoding, KnowsTheLeastSizeOfElements) {
    expect_least_size<AddressRange>();
    expect_least_size<ImageRange>();
    expect_least_size<ImageAction>();
    expect_least_size<CallRequest::Relocation>();
    expect_least_size<CallRequest::Output>();
    EXPECT_EQ(min_encoded_size<Bytes>(), 4U);
    EXPECT_EQ((min_encoded_size<std::array<std::uint64_t, 6>>()), 48U);
}

struct List {
    std::vector<AddressRange> ranges;
    std::vector<std::string> names;

    static void fields(auto& self, auto&& visit) {
        visit("ranges", self.ranges);
        visit("names", self.names);
    }
};

TEST(Decoding, MakesNoElementOfAListThatCannotBeThere) {
    for (const std::size_t count : std::array<std::size_t, 2>{3, 4}) {
        Bytes bytes(4 + 3 * 16 + 4);
        bytes[0] = static_cast<std::uint8_t>(count);
        Decoder decoder(bytes);
        List list;
        decoder.get(list);
        EXPECT_EQ(list.ranges.size(), count == 3 ? 3U : 0U);
        EXPECT_EQ(decoder.is_complete(), count == 3);
    }
}

TEST(Decoding, MakesFewBlocks) {
    List list;
    list.names.resize(max_blocks);
    EXPECT_TRUE(decode<List>(encode(list)).has_value());
    list.names.emplace_back();
    EXPECT_FALSE(decode<List>(encode(list)).has_value());
}

}  // namespace
}  // namespace openmosix
