// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/omd_question.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "control/client.h"

namespace openmosix::monitor {

namespace {

constexpr std::size_t max_answer = std::size_t{64} << 20U;

}  // namespace

OmdQuestion::OmdQuestion(sd_event* event, const std::string& run_folder, const std::string& line,
                         clusterdisc::Instant max_wait, OnAnswer on_answer)
    : on_answer_(std::move(on_answer)), deadline_(event, [this] { end(std::string("omd does not answer in time")); }) {
    try {
        send(run_folder, line);
    } catch (const std::runtime_error& error) {
        readable_ = clusterdisc::add_deferred(event, [this, why = std::string(error.what())] { end(why); });
        return;
    }
    readable_ = clusterdisc::add_io(event, socket_.number(), EPOLLIN, [this](std::uint32_t) { receive(); });
    deadline_.set(clusterdisc::EventLoop::now() + max_wait);
}

void OmdQuestion::send(const std::string& run_folder, const std::string& line) {
    socket_ = connect_to_omd(run_folder, SOCK_NONBLOCK);
    // Little enough for the buffer of a socket over which nothing has gone yet.
    if (::send(socket_.number(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
        throw std::system_error(errno, std::generic_category(), "omd takes no question");
    }
}

void OmdQuestion::receive() {
    std::array<char, 16384> buffer{};
    const ssize_t size = ::recv(socket_.number(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    received_.append(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    if (size > 0 && !received_.ends_with('\n') && received_.size() < max_answer) {
        return;
    }
    auto answer = parse_answer(received_);
    if (answer) {
        end(*std::move(answer));
    } else {
        end(std::string("omd ended the connection without an answer; its log may say why"));
    }
}

void OmdQuestion::end(const Answer& answer) {
    readable_ = clusterdisc::EventSource();
    deadline_.stop();
    // This object may be gone when the function returns.
    const OnAnswer on_answer = std::move(on_answer_);
    on_answer(answer);
}

}  // namespace openmosix::monitor
