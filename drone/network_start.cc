// SPDX-License-Identifier: GPL-2.0-or-later
#include "network_start.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include "child_process.h"
#include "kernel_log.h"
#include "line_buffer.h"
#include "network_interfaces.h"

namespace clusterdisc {

namespace {

using Time = std::chrono::steady_clock;

constexpr const char* ask_key = "/usr/lib/clusterdisc/serve/clusterdisc-ask-key";
constexpr int milliseconds_of_pause = 200;

void wait_a_moment() {
    ::poll(nullptr, 0, milliseconds_of_pause);
}

/// The parts of `text` between `separator`s.
std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        parts.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

in_addr parse_address(const std::string& text, const std::string& parameter) {
    in_addr address{};
    if (::inet_pton(AF_INET, text.c_str(), &address) != 1) {
        throw std::runtime_error("the boot parameter " + parameter + " has \"" + text +
                                 "\", which is no IPv4 address; start this PC from the disc");
    }
    return address;
}

/// The name of the card with that hardware address, once its driver has found it; empty when that is not soon.
std::string wait_for_card(const std::string& mac) {
    constexpr int max_tries = 150;
    for (int tries = 0; tries < max_tries; ++tries) {
        if (std::string card = find_card("/sys", mac); !card.empty()) {
            return card;
        }
        wait_a_moment();
    }
    return {};
}

/// Passes on what the program has written since; false when it will write no more.
bool tell_output(const ChildProcess& child, LineBuffer& lines) {
    std::array<char, 512> piece{};
    pollfd waiting{.fd = child.output.number(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, milliseconds_of_pause) <= 0) {
        return true;
    }
    const ssize_t length = ::read(child.output.number(), piece.data(), piece.size());
    if (length <= 0) {
        return false;
    }
    for (const std::string& line : lines.add({piece.data(), static_cast<std::size_t>(length)})) {
        tell_person(line);
    }
    return true;
}

/// True when it has ended with status 0 before `end`.
bool run_until(const std::vector<std::string>& command, Time::time_point end) {
    const ChildProcess child = start_child({.command = command});
    LineBuffer lines;
    while (Time::now() < end && tell_output(child, lines)) {
    }
    if (const std::string rest = lines.take_rest(); !rest.empty()) {
        tell_person(rest);
    }
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(child.pid, &status, WNOHANG)) == 0 && Time::now() < end) {
        wait_a_moment();
    }
    if (ended == 0) {
        ::kill(child.pid, SIGKILL);
        ::waitpid(child.pid, &status, 0);
    }
    return ended == child.pid && status == 0;
}

}  // namespace

std::optional<NetworkStart> parse_network_start(std::string_view command_line) {
    std::string server;
    std::string card;
    std::string lent;
    while (!command_line.empty() && command_line.back() == '\n') {
        command_line.remove_suffix(1);
    }
    for (const std::string& word : split(command_line, ' ')) {
        const auto take = [&word](const std::string& name, std::string& value) {
            if (word.starts_with(name)) {
                value = word.substr(name.size());
            }
        };
        take("clusterdisc.serve=", server);
        take("BOOTIF=", card);
        take("ip=", lent);
    }
    if (server.empty()) {
        return std::nullopt;
    }
    parse_address(server, "clusterdisc.serve=");
    // The kind of hardware comes first: 01 for Ethernet.
    constexpr std::size_t kind = 3;
    constexpr std::size_t mac_size = 17;
    if (card.size() != kind + mac_size) {
        throw std::runtime_error("the boot parameter BOOTIF= has no hardware address; start this PC from the disc");
    }
    std::string mac = card.substr(kind);
    std::ranges::replace(mac, '-', ':');
    const std::vector<std::string> fields = split(lent, ':');
    if (fields.size() < 4) {
        throw std::runtime_error("the boot parameter ip= has no address and netmask; start this PC from the disc");
    }
    return NetworkStart{server, mac, parse_address(fields[0], "ip="), parse_address(fields[3], "ip=")};
}

bool get_key(const NetworkStart& start, const std::string& key_file, std::chrono::seconds limit) {
    const auto end = Time::now() + limit;
    const std::string card = wait_for_card(start.mac);
    if (card.empty()) {
        tell_person("No driver has found the network card " + start.mac + ": start this PC from the disc.");
        return false;
    }
    switch_on(card);
    set_address(card, start.address, start.netmask);
    const bool has_key = run_until({ask_key, start.server, start.mac, key_file}, end);
    // The nodes use addresses of their own.
    set_address(card, {}, {});
    return has_key;
}

}  // namespace clusterdisc
