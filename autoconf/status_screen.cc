// SPDX-License-Identifier: GPL-2.0-or-later
#include "status_screen.h"

#include <algorithm>
#include <span>
#include <utility>

#include "printable_text.h"

namespace clusterdisc {
namespace {

constexpr std::size_t label_width = 18;
constexpr std::size_t value_width = screen_columns - label_width;
constexpr std::size_t most_link_lines = 6;
constexpr std::size_t most_problem_lines = 6;

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

class Screen {
public:
    explicit Screen(bool with_colour) : with_colour_(with_colour) {}

    void empty_line() { text_ += '\n'; }
    void heading(const std::string& line) { text_ += coloured("1", line) + '\n'; }
    void warning(const std::string& line) { text_ += coloured("1;31", line) + '\n'; }
    void labelled(const std::string& label, const std::string& value) {
        text_ += coloured("1", padded("  " + label, label_width)) + value + '\n';
    }

    [[nodiscard]] std::string text() const { return text_; }

private:
    [[nodiscard]] std::string coloured(const char* code, const std::string& text) const {
        return with_colour_ ? "\033[" + std::string(code) + 'm' + text + "\033[0m" : text;
    }

    bool with_colour_;
    std::string text_;
};

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    while (text.size() > width) {
        const std::size_t space = text.rfind(' ', width);
        const std::size_t length = (space == std::string_view::npos || space == 0) ? width : space;
        lines.emplace_back(text.substr(0, length));
        text.remove_prefix(length);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
    lines.emplace_back(text);
    return lines;
}

std::string describe_node(const NodeSettings& settings) {
    std::string text = settings.cluster.value_or(std::string(default_cluster_name));
    if (settings.node_id) {
        text += ", node " + std::to_string(*settings.node_id);
    }
    if (settings.no_migrate.value_or(false)) {
        text += ", keeps processes";
    }
    return text;
}

std::string describe_link(const NetworkLink& link) {
    if (link.addresses.empty()) {
        return link.has_carrier ? "no address yet" : "no cable";
    }
    std::string text;
    std::size_t left = link.addresses.size();
    for (const LinkAddress& address : link.addresses) {
        const std::string one = address.text + '/' + std::to_string(address.prefix_length);
        constexpr std::size_t room_for_count = 12;
        if (!text.empty() && text.size() + one.size() + room_for_count > value_width) {
            return text + " and " + std::to_string(left) + " more";
        }
        text += (text.empty() ? "" : ", ") + one;
        --left;
    }
    return link.has_carrier ? text : shown(text + " (no cable)", value_width - 3);
}

void add_links(const std::vector<NetworkLink>& links, Screen& screen) {
    if (links.empty()) {
        screen.labelled("Network", "no wired network card found");
        return;
    }
    const bool fit = links.size() <= most_link_lines;
    const std::size_t count = fit ? links.size() : most_link_lines - 1;
    for (const NetworkLink& link : std::span(links).first(count)) {
        screen.labelled(shown(link.name), describe_link(link));
    }
    if (!fit) {
        screen.labelled("...", "and " + std::to_string(links.size() - count) + " more: ip address");
    }
}

void add_problems(const std::vector<std::string>& problems, Screen& screen) {
    std::vector<std::string> lines;
    for (const std::string& problem : problems) {
        std::string mark = "! ";
        for (const std::string& line : wrapped(shown(problem, problem.size()), screen_columns - mark.size())) {
            lines.push_back(std::exchange(mark, "  ") + line);
        }
    }
    if (lines.empty()) {
        return;
    }
    if (lines.size() > most_problem_lines) {
        lines.resize(most_problem_lines - 1);
        lines.emplace_back("  ... and more: cat /run/clusterdisc/problems");
    }
    for (const std::string& line : lines) {
        screen.warning(line);
    }
    screen.empty_line();
}

/// How to name this machine to another one on the same network: an address that others reach, else the name
/// that multicast DNS gives it.
std::string name_for_others(const NodeStatus& status) {
    for (const bool is_link_local : {false, true}) {
        for (const NetworkLink& link : status.links) {
            for (const LinkAddress& address : link.addresses) {
                if (address.is_link_local == is_link_local && !(address.is_ipv6 && is_link_local)) {
                    return address.text;
                }
            }
        }
    }
    return shown(status.host_name, 30) + ".local";
}

/// JSON takes UTF-8; bytes that are not part of it are replaced by what shown() makes of them.
std::string json_string(std::string_view text) {
    const std::string safe = is_printable_text(text) ? std::string(text) : shown(text, text.size());
    std::string result = "\"";
    for (const char character : safe) {
        if (character == '"' || character == '\\') {
            result += '\\';
        }
        result += character;
    }
    return result + '"';
}

template <typename Range, typename ToText>
std::string json_list(const Range& range, ToText to_text) {
    std::string result = "[";
    for (const auto& item : range) {
        result += (result.size() > 1 ? ", " : "") + to_text(item);
    }
    return result + ']';
}

std::string json_link(const NetworkLink& link) {
    const auto address = [](const LinkAddress& one) {
        return json_string(one.text + '/' + std::to_string(one.prefix_length));
    };
    return "{\"name\": " + json_string(link.name) + ", \"carrier\": " + (link.has_carrier ? "true" : "false") +
           ", \"addresses\": " + json_list(link.addresses, address) + '}';
}

}  // namespace

std::string to_screen(const NodeStatus& status, bool with_colour) {
    Screen screen(with_colour);
    std::string title = shown(status.release.name, 20);
    if (!status.release.version.empty()) {
        title += ' ' + shown(status.release.version, 12);
    }
    screen.heading(padded(title, label_width) + "  Linux " + shown(status.kernel_release, 26));
    screen.empty_line();
    screen.labelled("Host name", shown(status.host_name, value_width - 3));
    screen.labelled("Cluster", describe_node(status.boot.settings));
    add_links(status.links, screen);
    screen.empty_line();
    add_problems(status.boot.problems, screen);
    screen.labelled("From elsewhere", "ssh " + shown(status.user_name, 16) + '@' + name_for_others(status));
    screen.labelled("", "Password login is off: put your public key into the file");
    screen.labelled("", "~/.ssh/authorized_keys here first.");
    screen.labelled("As root", "sudo -i");
    screen.labelled("This again", "clusterdisc-status    (help: clusterdisc-status --help)");
    return screen.text();
}

std::string to_json(const NodeStatus& status) {
    const NodeSettings& settings = status.boot.settings;
    return "{\"name\": " + json_string(status.release.name) + ", \"version\": " + json_string(status.release.version) +
           ", \"host_name\": " + json_string(status.host_name) + ", \"kernel\": " + json_string(status.kernel_release) +
           ", \"cluster\": " + json_string(settings.cluster.value_or(std::string(default_cluster_name))) +
           ", \"nodeid\": " + (settings.node_id ? std::to_string(*settings.node_id) : "null") +
           ", \"netif\": " + json_list(settings.interfaces, json_string) +
           ", \"nomigrate\": " + (settings.no_migrate.value_or(false) ? "true" : "false") +
           ", \"links\": " + json_list(status.links, json_link) +
           ", \"problems\": " + json_list(status.boot.problems, json_string) + "}\n";
}

}  // namespace clusterdisc
