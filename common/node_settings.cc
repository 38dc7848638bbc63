// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/node_settings.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace clusterdisc {
namespace {

constexpr std::size_t max_cluster_name = 32;
/// IFNAMSIZ of <linux/if.h> without the final zero byte.
constexpr std::size_t max_interface_name = 15;

bool is_letter_or_digit(char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

bool is_interface_character(char character) {
    return character > ' ' && character <= '~' && std::string_view("/:,\"\\").find(character) == std::string_view::npos;
}

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

std::optional<std::string> read_string(std::string_view value) {
    if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) {
        return std::nullopt;
    }
    value = value.substr(1, value.size() - 2);
    if (value.find_first_of("\"\\") != std::string_view::npos) {
        return std::nullopt;
    }
    return std::string(value);
}

std::optional<std::vector<std::string>> read_list(std::string_view value) {
    if (value.size() < 2 || !value.starts_with('[') || !value.ends_with(']')) {
        return std::nullopt;
    }
    value = value.substr(1, value.size() - 2);
    std::vector<std::string> items;
    while (true) {
        constexpr std::string_view separator = ", ";
        const std::size_t end = value.find(separator);
        auto item = read_string(value.substr(0, end));
        if (!item) {
            return std::nullopt;
        }
        items.push_back(std::move(*item));
        if (end == std::string_view::npos) {
            return items;
        }
        value.remove_prefix(end + separator.size());
    }
}

bool read_setting(std::string_view key, std::string_view value, NodeSettings& settings) {
    if (key == "cluster") {
        settings.cluster = read_string(value);
        return settings.cluster && is_cluster_name(*settings.cluster);
    }
    if (key == "nodeid") {
        settings.node_id = parse_node_id(value);
        return settings.node_id.has_value();
    }
    if (key == "netif") {
        auto interfaces = read_list(value);
        if (!interfaces || !std::ranges::all_of(*interfaces, is_interface_pattern)) {
            return false;
        }
        settings.interfaces = std::move(*interfaces);
        return true;
    }
    if (key == "nomigrate" && (value == "true" || value == "false")) {
        settings.no_migrate = value == "true";
        return true;
    }
    return false;
}

}  // namespace

bool is_cluster_name(std::string_view text) {
    return !text.empty() && text.size() <= max_cluster_name && text.front() != '-' && text.back() != '-' &&
           std::ranges::all_of(text, [](char character) { return is_letter_or_digit(character) || character == '-'; });
}

std::optional<std::uint16_t> parse_node_id(std::string_view text) {
    std::uint16_t node_id = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, node_id);
    if (error != std::errc() || stopped_at != end || text.starts_with('0') || node_id > last_node_id) {
        return std::nullopt;
    }
    return node_id;
}

bool is_interface_pattern(std::string_view text) {
    return !text.empty() && text.size() <= max_interface_name && text != "." && text != ".." &&
           std::ranges::all_of(text, is_interface_character);
}

std::string to_toml(const NodeSettings& settings) {
    std::string document =
        "# What the boot parameters said about this node. Made at boot: changes are lost.\n"
        "# A setting that is not here was not given and is left to the agent's configuration.\n";
    if (settings.cluster) {
        document += "cluster = " + quoted(*settings.cluster) + '\n';
    }
    if (settings.node_id) {
        document += "nodeid = " + std::to_string(*settings.node_id) + '\n';
    }
    if (!settings.interfaces.empty()) {
        std::string list;
        for (const std::string& interface : settings.interfaces) {
            list += (list.empty() ? "" : ", ") + quoted(interface);
        }
        document += "netif = [" + list + "]\n";
    }
    if (settings.no_migrate) {
        document += std::string("nomigrate = ") + (*settings.no_migrate ? "true" : "false") + '\n';
    }
    return document;
}

std::optional<NodeSettings> from_toml(std::string_view document) {
    NodeSettings settings;
    while (!document.empty()) {
        const std::size_t end = document.find('\n');
        const std::string_view line = document.substr(0, end);
        document.remove_prefix(end == std::string_view::npos ? document.size() : end + 1);
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        constexpr std::string_view equals = " = ";
        const std::size_t key_length = line.find(equals);
        if (key_length == std::string_view::npos ||
            !read_setting(line.substr(0, key_length), line.substr(key_length + equals.size()), settings)) {
            return std::nullopt;
        }
    }
    return settings;
}

}  // namespace clusterdisc
