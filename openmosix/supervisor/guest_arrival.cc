// SPDX-License-Identifier: GPL-2.0-or-later
// What comes before a guest does: pages of its memory, while it still runs at home.
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "memory/page_wire.h"
#include "supervisor/guest_supervisor.h"

namespace openmosix {

namespace {

constexpr std::chrono::seconds max_silence(30);
/// More than home takes for it (departed_memory.cc).
constexpr std::chrono::seconds max_copying(100);

/// What is said to home over the page connection meanwhile.
class Confirmations {
public:
    explicit Confirmations(int socket) : socket_(socket) {}

    void handle(const PageHeader& header) { work_ += work_of(header); }
    [[nodiscard]] bool has_more() const { return !has_begun_ || confirmed_ != work_; }
    /// Says as much as can be said without waiting. Throws std::system_error when the connection has ended.
    void say() {
        if (!has_begun_) {
            has_begun_ = say({PageHeader::Kind::begin_ahead, 0, 0});
        }
        if (has_begun_ && confirmed_ != work_ && say({PageHeader::Kind::received, 0, work_})) {
            confirmed_ = work_;
        }
    }

private:
    [[nodiscard]] bool say(const PageHeader& header) const {
        const ssize_t sent = ::send(socket_, &header, sizeof header, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "page connection");
        }
        if (sent > 0 && sent != sizeof header) {
            // The kernel takes a message of this size as a whole or not at all, unless it is out of memory.
            throw PeerError("page connection: cannot send");
        }
        return sent > 0;
    }

    int socket_;
    bool has_begun_ = false;
    std::uint64_t work_ = 0;
    std::uint64_t confirmed_ = 0;
};

}  // namespace

Frame GuestSupervisor::receive_after_pages(HeldPages& held) {
    Confirmations confirmations(pages_.number());
    auto heard = std::chrono::steady_clock::now();
    const auto end = heard + max_copying;
    for (;;) {
        if (auto frame = home_->receive()) {
            return std::move(*frame);
        }
        confirmations.say();
        const bool wants_to_send = confirmations.has_more();
        std::array<pollfd, 2> waits{
            pollfd{home_->number(), POLLIN, 0},
            pollfd{pages_.number(), static_cast<short>(POLLIN | (wants_to_send ? POLLOUT : 0)), 0}};
        if (::poll(waits.data(), waits.size(), 1000) < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
        const auto now = std::chrono::steady_clock::now();
        if ((waits[0].revents | (waits[1].revents & ~POLLOUT)) != 0) {
            heard = now;
        }
        if (now - heard > max_silence || now > end) {
            throw PeerError("home sends neither the process nor its memory");
        }
        const auto take = [&](const PageHeader& header, std::span<const std::uint8_t> pages) {
            if (header.kind != PageHeader::Kind::data) {
                return;
            }
            confirmations.handle(header);
            for (std::uint64_t page = 0; page < header.pages; ++page) {
                held.add(header.address + page * page_size,
                         pages.subspan(static_cast<std::size_t>(page * page_size), page_size));
            }
        };
        if ((waits[1].revents & ~POLLOUT) != 0 && !page_reader_.read(pages_.number(), take)) {
            throw PeerError("home has closed the page connection");
        }
    }
}

}  // namespace openmosix
