// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/page_reader.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "memory/page_compressor.h"

namespace openmosix {

namespace {

/// The bytes of a message; throws for a header of none.
std::size_t size_of(const PageHeader& header) {
    if (!is_valid(header)) {
        throw std::runtime_error("page connection: malformed message from the peer");
    }
    return sizeof header + size_of_payload(header);
}

}  // namespace

void PageReader::handle(PageHeader header, std::span<const std::uint8_t> payload, const Handler& handler) {
    if (header.kind != PageHeader::Kind::packed) {
        handler(header, payload);
        return;
    }
    if (!unpacked_) {
        unpacked_.emplace(static_cast<std::size_t>(max_pages_of_message) * page_size);
    }
    header = {.kind = PageHeader::Kind::data, .pages = page_count(header), .address = header.address};
    const auto pages = unpacked_->writable().first(size_of_payload(header));
    if (!unpack_pages(payload, pages)) {
        throw std::runtime_error("page connection: pages from the peer cannot be unpacked");
    }
    handler(header, pages);
}

bool PageReader::read(int socket, const Handler& handler) {
    // Bounded, so that a fast sender does not keep us from faults.
    for (int messages = 0; messages < 8;) {
        PageHeader header;
        std::size_t wanted = sizeof header;
        if (filled_ >= sizeof header) {
            std::memcpy(&header, buffer_.data(), sizeof header);
            wanted = size_of(header);
        }
        if (filled_ < wanted) {
            const ssize_t part = ::recv(socket, buffer_.data() + filled_, wanted - filled_, MSG_DONTWAIT);
            if (part == 0) {
                return false;
            }
            if (part < 0) {
                if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
                    return true;
                }
                if (errno == ECONNRESET || errno == ETIMEDOUT || errno == EPIPE) {
                    return false;
                }
                throw std::system_error(errno, std::generic_category(), "page connection");
            }
            filled_ += static_cast<std::size_t>(part);
        }
        if (filled_ == sizeof header) {
            std::memcpy(&header, buffer_.data(), sizeof header);
            wanted = size_of(header);
        }
        if (filled_ >= sizeof header && filled_ == wanted) {
            handle(header, buffer_.bytes().subspan(sizeof header, wanted - sizeof header), handler);
            filled_ = 0;
            ++messages;
        }
    }
    return true;
}

}  // namespace openmosix
