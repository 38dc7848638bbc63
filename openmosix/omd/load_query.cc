// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/load_query.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "common/file_descriptor.h"
#include "peer/connection.h"
#include "peer/handshake.h"
#include "peer/message_socket.h"

namespace openmosix {

namespace {

constexpr int seconds_to_answer = 5;
constexpr std::size_t max_answer = 4096;

void send_all(int socket, std::string_view text) {
    // Little enough for the send buffer of a connection over which nothing has gone yet.
    if (::send(socket, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
        throw std::system_error(errno, std::generic_category(), "the peer does not take an answer");
    }
}

std::string receive_line(int socket, const std::string& name, Deadline deadline) {
    std::string line;
    while (!line.ends_with('\n')) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
        const int ready = left.count() > 0 ? ::poll(&wait, 1, static_cast<int>(left.count())) : 0;
        if (ready == 0 || line.size() >= max_answer) {
            throw std::runtime_error(name + " does not say in time how busy it is");
        }
        std::array<char, 1024> buffer{};
        const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
            throw std::runtime_error(name + " does not say how busy it is; its log may say why");
        }
        line.append(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    return line;
}

}  // namespace

void answer_load_query(const IncomingConnection& connection, const clusterdisc::KeyRing& keys, std::uint32_t speed,
                       bool accepts) {
    authenticate_as_server(
        connection.socket, keys,
        {.purpose = load_query_purpose, .own_node = connection.own_node, .peer_node = connection.peer_node},
        in_seconds(seconds_to_answer));
    NodeLoad load = measure_load(connection.own_node, speed);
    load.accepts = accepts;
    send_all(connection.socket, to_line(load));
}

NodeLoad ask_for_load(const LoadSource& source, clusterdisc::NodeId own_node, const clusterdisc::KeyRing& keys,
                      std::chrono::steady_clock::time_point deadline) {
    const auto connection = connect_to(source.address, source.port, deadline);
    send_all(connection.number(), "Q");
    authenticate_as_client(connection.number(), keys,
                           {.purpose = load_query_purpose, .own_node = own_node, .peer_node = source.node}, deadline);
    const auto load = parse_node_load(receive_line(connection.number(), source.address, deadline));
    if (!load) {
        throw std::runtime_error(source.address + " says how busy it is in a way that this omd does not understand");
    }
    return *load;
}

void refuse_guest(const IncomingConnection& connection, const clusterdisc::KeyRing& keys, const std::string& reason) {
    const auto deadline = in_seconds(seconds_to_answer);
    clusterdisc::FileDescriptor owned(connection.socket);
    authenticate_as_server(
        connection.socket, keys,
        {.purpose = migration_purpose, .own_node = connection.own_node, .peer_node = connection.peer_node}, deadline);
    MessageSocket socket(std::move(owned));
    // Nothing may be left unread: the kernel would reset the connection, and the refusal be lost.
    static_cast<void>(socket.receive_until(deadline));
    socket.send(Refusal{reason});
}

}  // namespace openmosix
