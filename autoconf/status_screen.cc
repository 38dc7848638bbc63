// SPDX-License-Identifier: GPL-2.0-or-later
#include "status_screen.h"

#include <algorithm>
#include <span>
#include <utility>

#include "common/printable_text.h"

namespace clusterdisc {
namespace {

constexpr std::size_t label_width = 18;
constexpr std::size_t value_width = screen_columns - label_width;
constexpr std::size_t max_link_lines = 5;
constexpr std::size_t max_problem_lines = 5;

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

class Screen {
public:
    explicit Screen(bool with_colour) : with_colour_(with_colour) {}

    void empty_line() { add(""); }
    void heading(const std::string& line) { add(coloured("1", line)); }
    void warning(const std::string& line) { add(coloured("1;31", line)); }
    void labelled(const std::string& label, const std::string& value) {
        add(coloured("1", padded("  " + label, label_width)) + value);
    }

    [[nodiscard]] std::string text() const { return text_; }
    [[nodiscard]] std::size_t lines() const { return lines_; }

private:
    void add(const std::string& line) {
        text_ += line + '\n';
        ++lines_;
    }
    [[nodiscard]] std::string coloured(const char* code, const std::string& text) const {
        return with_colour_ ? "\033[" + std::string(code) + 'm' + text + "\033[0m" : text;
    }

    bool with_colour_;
    std::string text_;
    std::size_t lines_ = 0;
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

const ListedMember* find_self(const ListedCluster& cluster) {
    const auto self = std::ranges::find_if(cluster.members, &ListedMember::is_self);
    return self == cluster.members.end() ? nullptr : &*self;
}

bool is_member(const ListedCluster& cluster) {
    return cluster.own_stage == "member" && cluster.own_id;
}

std::string describe_self(const ListedCluster& cluster) {
    if (!is_member(cluster)) {
        return cluster.own_id ? "asks for the id " + std::to_string(*cluster.own_id) : "joins the cluster ...";
    }
    const ListedMember* const self = find_self(cluster);
    std::string text = "node " + std::to_string(*cluster.own_id);
    if (self != nullptr && !self->address.empty()) {
        text += ", " + shown(self->address);
    }
    return text.substr(0, value_width);
}

/// The members of the node map, as many as fit one line, with their number.
std::string describe_members(const ListedCluster& cluster) {
    std::vector<NodeId> ids;
    for (const ListedMember& member : cluster.members) {
        if (member.in_map && member.id) {
            ids.push_back(*member.id);
        }
    }
    std::ranges::sort(ids);
    std::string text = std::to_string(ids.size());
    for (std::size_t number = 0; number < ids.size(); ++number) {
        const std::string next = (number == 0 ? ": node" : ", node") + std::to_string(ids[number]);
        constexpr std::string_view more = " ...";
        const bool is_last = number + 1 == ids.size();
        if (text.size() + next.size() + (is_last ? 0 : more.size()) > value_width) {
            return text.append(more);
        }
        text += next;
    }
    return text;
}

void add_cluster(const std::optional<ListedCluster>& cluster, Screen& screen) {
    if (!cluster) {
        screen.labelled("This node", "in no cluster: omdiscd does not run");
        screen.labelled("", "Why: systemctl status omdiscd");
        return;
    }
    screen.labelled("This node", describe_self(*cluster));
    screen.labelled("Members", describe_members(*cluster));
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
    const bool fit = links.size() <= max_link_lines;
    const std::size_t count = fit ? links.size() : max_link_lines - 1;
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
    if (lines.size() > max_problem_lines) {
        lines.resize(max_problem_lines - 1);
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
    const std::string safe = made_printable(text);
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

std::string json_id(const std::optional<NodeId>& id) {
    return id ? std::to_string(*id) : "null";
}

std::string json_self(const std::optional<ListedCluster>& cluster) {
    if (!cluster) {
        return "null";
    }
    const ListedMember* const self = find_self(*cluster);
    return "{\"id\": " + json_id(cluster->own_id) + ", \"stage\": " + json_string(cluster->own_stage) +
           ", \"address\": " + json_string(self == nullptr ? "" : self->address) + '}';
}

std::string json_members(const std::optional<ListedCluster>& cluster) {
    std::vector<ListedMember> members = cluster ? cluster->members : std::vector<ListedMember>();
    std::erase_if(members, [](const ListedMember& member) { return !member.in_map; });
    return json_list(members, [](const ListedMember& member) {
        return "{\"id\": " + json_id(member.id) + ", \"name\": " + json_string(member.name) +
               ", \"address\": " + json_string(member.address) + '}';
    });
}

std::string json_link(const NetworkLink& link) {
    const auto address = [](const LinkAddress& one) {
        return json_string(one.text + '/' + std::to_string(one.prefix_length));
    };
    return "{\"name\": " + json_string(link.name) + ", \"carrier\": " + (link.has_carrier ? "true" : "false") +
           ", \"addresses\": " + json_list(link.addresses, address) + '}';
}

}  // namespace

std::string to_screen(const NodeStatus& status, ScreenStyle style) {
    Screen screen(style.with_colour);
    std::string title = shown(status.release.name, 20);
    if (!status.release.version.empty()) {
        title += ' ' + shown(status.release.version, 12);
    }
    screen.heading(padded(title, label_width) + "  Linux " + shown(status.kernel_release, 26));
    screen.empty_line();
    screen.labelled("Host name", shown(status.host_name, value_width - 3));
    screen.labelled("Cluster", describe_node(status.boot.settings));
    add_cluster(status.cluster, screen);
    add_links(status.links, screen);
    screen.empty_line();
    add_problems(status.boot.problems, screen);
    screen.labelled("From elsewhere", "ssh " + shown(status.user_name, 16) + '@' + name_for_others(status));
    screen.labelled("", "Needs your public key in ~/.ssh/authorized_keys (no password)");
    screen.labelled("As root", "sudo -i");
    screen.labelled("This again", "clusterdisc-status    (help: clusterdisc-status --help)");
    if (style.is_live) {
        if (screen.lines() + 2 <= screen_lines) {
            screen.empty_line();
        }
        screen.heading(std::string("Press any key for a shell") +
                       (style.has_monitor ? std::string(", ") + monitor_key + " to see all nodes (mosmon)" : ""));
    }
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
           ", \"node\": " + json_self(status.cluster) + ", \"members\": " + json_members(status.cluster) +
           ", \"links\": " + json_list(status.links, json_link) +
           ", \"problems\": " + json_list(status.boot.problems, json_string) + "}\n";
}

}  // namespace clusterdisc
