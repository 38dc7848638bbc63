// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as what a peer sends over the page connection, in pieces. Whatever it says, each message
// that is handed on is valid and as long as it says; and a reader that has refused something goes on refusing.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "common/file_descriptor.h"
#include "common/fuzz/require.h"
#include "memory/page_reader.h"

namespace {

using namespace openmosix;

class Connection {
public:
    Connection() {
        std::array<int, 2> ends{};
        require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        ours_ = clusterdisc::FileDescriptor(ends[0]);
        peers_ = clusterdisc::FileDescriptor(ends[1]);
    }
    void send(std::span<const std::uint8_t> bytes) const {
        // An input is smaller than the socket's buffer.
        require(::send(peers_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
    }
    void close() { peers_ = clusterdisc::FileDescriptor(); }
    [[nodiscard]] int number() const { return ours_.number(); }

private:
    clusterdisc::FileDescriptor ours_;
    clusterdisc::FileDescriptor peers_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    // How long the pieces are.
    const std::size_t step = 16 * (std::size_t{data[0]} + 1) - 8 * (data[0] % 2U);
    std::span<const std::uint8_t> rest(data + 1, size - 1);
    PageReader reader;
    Connection connection;
    std::size_t handled = 0;
    const auto handle = [&](const PageHeader& header, std::span<const std::uint8_t> pages) {
        require(is_valid(header));
        require(pages.size() == size_of_payload(header));
        // What came compressed is handed on unpacked.
        require(header.kind != PageHeader::Kind::packed);
        handled += sizeof header;
    };
    bool has_refused = false;
    const auto read = [&] {
        try {
            const bool goes_on = reader.read(connection.number(), handle);
            require(!has_refused);
            return goes_on;
        } catch (const std::runtime_error&) {
            has_refused = true;
            return true;
        }
    };
    while (!rest.empty()) {
        const auto piece = rest.first(std::min(step, rest.size()));
        rest = rest.subspan(piece.size());
        connection.send(piece);
        require(read());
    }
    connection.close();
    // A few messages at a time.
    for (std::size_t i = 0; i <= size / sizeof(PageHeader) && !has_refused && read(); ++i) {
    }
    require(handled < size);
    return 0;
}
