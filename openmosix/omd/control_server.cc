// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/control_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "control/descriptor_passing.h"
#include "control/request.h"

namespace openmosix {

namespace {

constexpr int backlog = 128;
constexpr std::size_t max_clients = 256;
/// So that one user cannot keep others from asking.
constexpr std::ptrdiff_t max_clients_of_a_user = 64;
constexpr clusterdisc::Instant time_to_ask = std::chrono::seconds(5);
constexpr clusterdisc::Instant time_to_read = std::chrono::seconds(5);

sockaddr_un to_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw std::system_error(ENAMETOOLONG, std::generic_category(), path);
    }
    std::memcpy(&address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

clusterdisc::FileDescriptor open_socket() {
    clusterdisc::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.is_open()) {
        throw std::system_error(errno, std::generic_category(), "socket");
    }
    return socket;
}

clusterdisc::FileDescriptor listen_at(const std::string& path) {
    const sockaddr_un address = to_address(path);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    const auto other = open_socket();
    if (::connect(other.number(), generic, sizeof address) == 0) {
        throw std::runtime_error(path + ": another omd runs there; stop it first, or choose another --run-dir");
    }
    ::unlink(path.c_str());
    auto socket = open_socket();
    constexpr mode_t for_everybody = 0666;
    if (::bind(socket.number(), generic, sizeof address) != 0 || ::chmod(path.c_str(), for_everybody) != 0 ||
        ::listen(socket.number(), backlog) != 0) {
        throw std::system_error(errno, std::generic_category(), path);
    }
    return socket;
}

}  // namespace

ControlServer::ControlServer(sd_event* event, std::string path, Handler handler)
    : event_(event), path_(std::move(path)), handler_(std::move(handler)), socket_(listen_at(path_)),
      acceptable_(clusterdisc::add_io(event_, socket_.number(), EPOLLIN, [this](std::uint32_t) { accept(); })) {}

ControlServer::~ControlServer() {
    ::unlink(path_.c_str());
}

void ControlServer::accept() {
    for (;;) {
        clusterdisc::FileDescriptor socket(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket.is_open()) {
            return;
        }
        auto requester = requester_of(socket.number());
        if (!requester) {
            continue;
        }
        const uid_t user = requester->user;
        const auto same =
            std::ranges::count_if(clients_, [user](const auto& each) { return each.second.requester.user == user; });
        const Number number = ++last_number_;
        Client& client = clients_[number];
        client.socket = std::move(socket);
        client.requester = *std::move(requester);
        client.deadline.emplace(event_, [this, number] { clients_.erase(number); });
        if (clients_.size() > max_clients || (user != 0 && same >= max_clients_of_a_user)) {
            answer(number, refusal_line("omd has too many requests; try again later"));
            continue;
        }
        client.deadline->set(clusterdisc::EventLoop::now() + time_to_ask);
        client.ready = clusterdisc::add_io(event_, client.socket.number(), EPOLLIN,
                                           [this, number](std::uint32_t) { read(number); });
    }
}

void ControlServer::read(Number number) {
    Client& client = clients_.at(number);
    std::array<char, 4096> buffer{};
    const ssize_t size = receive_with_descriptor(client.socket.number(), buffer, client.file);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (size <= 0) {
        clients_.erase(number);
        return;
    }
    client.input.append(buffer.data(), static_cast<std::size_t>(size));
    const std::size_t end = client.input.find('\n');
    if (end == std::string::npos && client.input.size() <= max_request) {
        return;
    }
    client.deadline->stop();
    client.ready = clusterdisc::EventSource();
    if (end == std::string::npos) {
        answer(number, refusal_line("a request has at most " + std::to_string(max_request) + " bytes"));
        return;
    }
    const std::string line = client.input.substr(0, end);
    client.input.clear();
    // A copy, as the client may be gone before the handler returns.
    const Requester requester = client.requester;
    handler_(line, requester, std::move(client.file),
             [this, number](const std::string& text) { answer(number, text); });
}

void ControlServer::answer(Number number, const std::string& line) {
    const auto client = clients_.find(number);
    if (client == clients_.end()) {
        return;
    }
    client->second.output = line;
    client->second.deadline->set(clusterdisc::EventLoop::now() + time_to_read);
    write(number);
}

void ControlServer::write(Number number) {
    Client& client = clients_.at(number);
    while (!client.output.empty()) {
        const ssize_t sent =
            ::send(client.socket.number(), client.output.data(), client.output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            client.output.erase(0, static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (client.ready.get() == nullptr) {
                client.ready = clusterdisc::add_io(event_, client.socket.number(), EPOLLOUT,
                                                   [this, number](std::uint32_t) { write(number); });
            }
            return;
        } else if (errno != EINTR) {
            break;
        }
    }
    clients_.erase(number);
}

}  // namespace openmosix
