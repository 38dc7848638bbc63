// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/control_channel.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "common/file.h"
#include "control/descriptor_passing.h"

namespace openmosix {

namespace {

constexpr std::size_t max_line = std::size_t{64} << 10U;
constexpr std::size_t max_clients = 16;

}  // namespace

std::optional<Command> parse_command(const std::string& line, std::string& problem) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    problem = "not a command: " + line.substr(0, 80);
    if (!json.is_object() || !json.contains("command") || !json["command"].is_string()) {
        return std::nullopt;
    }
    const auto text = [&](const char* key) {
        return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
    };
    const auto number = [&](const char* key, std::uint64_t most) {
        const bool is_number = json.contains(key) && json[key].is_number_unsigned() && json[key] <= most;
        return is_number ? json[key].get<std::uint64_t>() : 0;
    };
    Command command;
    command.requester = parse_requester(json);
    const std::string name = text("command");
    if (name == "home") {
        return command;
    }
    if (name == "file") {
        command.kind = Command::Kind::file;
        command.path = text("path");
        return command.path.empty() ? std::nullopt : std::optional(command);
    }
    command.kind = Command::Kind::migrate;
    command.node = static_cast<std::uint32_t>(number("node", 65534));
    command.address = text("address");
    command.port = static_cast<std::uint16_t>(number("port", 65535));
    command.at_exec = text("at") == "exec";
    if (name != "migrate" || command.node == 0 || command.address.empty() || command.port == 0) {
        return std::nullopt;
    }
    return command;
}

ControlChannel::ControlChannel(const std::string& run_folder, const std::string& name, int first)
    : path_(run_folder + "/supervisors/" + name + ".sock") {
    clusterdisc::make_folder(run_folder + "/supervisors", 0700);
    ::unlink(path_.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) {
        throw std::system_error(ENAMETOOLONG, std::generic_category(), path_);
    }
    std::memcpy(&address.sun_path, path_.c_str(), path_.size() + 1);
    listener_ = clusterdisc::FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
    const auto* name_of_socket = reinterpret_cast<const sockaddr*>(&address);
    if (!listener_.is_open() || ::bind(listener_.number(), name_of_socket, sizeof address) != 0 ||
        ::chmod(path_.c_str(), 0600) != 0 || ::listen(listener_.number(), 8) != 0) {
        throw std::system_error(errno, std::generic_category(), path_);
    }
    if (first >= 0) {
        clients_.push_back({std::make_shared<clusterdisc::FileDescriptor>(first), {}});
    }
}

ControlChannel::~ControlChannel() {
    ::unlink(path_.c_str());
}

std::vector<int> ControlChannel::descriptors() const {
    std::vector<int> result{listener_.number()};
    for (const Client& client : clients_) {
        result.push_back(client.socket->number());
    }
    return result;
}

void ControlChannel::accept() {
    for (;;) {
        clusterdisc::FileDescriptor client(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!client.is_open()) {
            return;
        }
        if (clients_.size() < max_clients) {
            clients_.push_back({std::make_shared<clusterdisc::FileDescriptor>(std::move(client)), {}});
        }
    }
}

std::vector<Command> ControlChannel::receive() {
    accept();
    std::vector<Command> commands;
    for (Client& client : clients_) {
        std::array<char, 4096> buffer{};
        const ssize_t size = receive_with_descriptor(client.socket->number(), buffer, client.file);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            continue;
        }
        if (size > 0) {
            client.input.append(buffer.data(), static_cast<std::size_t>(size));
        }
        const auto end = client.input.find('\n');
        if (end == std::string::npos && size > 0 && client.input.size() < max_line) {
            continue;
        }
        if (end != std::string::npos) {
            std::string problem;
            auto command = parse_command(client.input.substr(0, end), problem);
            Command refused;
            Command& known = command ? *command : refused;
            known.client = client.socket;
            if (client.file.is_open()) {
                known.file = std::make_shared<clusterdisc::FileDescriptor>(std::move(client.file));
            }
            if (command) {
                commands.push_back(known);
            } else {
                answer(known, problem);
            }
        }
        client.socket.reset();
    }
    std::erase_if(clients_, [](const Client& client) { return !client.socket; });
    return commands;
}

void ControlChannel::answer(const Command& command, const std::string& reason) {
    if (!command.client) {
        return;
    }
    nlohmann::json json{{"ok", reason.empty()}};
    if (!reason.empty()) {
        json["reason"] = reason;
    }
    const std::string line = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    // Who asked may be gone.
    const ssize_t sent = ::send(command.client->number(), line.data(), line.size(), MSG_NOSIGNAL);
    static_cast<void>(sent);
}

}  // namespace openmosix
