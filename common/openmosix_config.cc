// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/openmosix_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <utility>

#include "common/node_settings.h"
#include "common/printable_text.h"
#include "common/toml_settings.h"

namespace clusterdisc {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool is_name(std::string_view text) {
    const auto is_right = [](char character) {
        return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
               (character >= '0' && character <= '9') || character == '_';
    };
    return !text.empty() && (text.front() < '0' || text.front() > '9') && std::ranges::all_of(text, is_right);
}

/// Returns the value of what stands behind `=`, without its quotes and without a comment; none when a shell would have
/// to compute it, or when more than one word is there.
std::optional<std::string_view> value_of(std::string_view text) {
    std::string_view value;
    std::string_view rest;
    if (text.starts_with('"') || text.starts_with('\'')) {
        const std::size_t end = text.find(text.front(), 1);
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        value = text.substr(1, end - 1);
        rest = text.substr(end + 1);
    } else {
        const std::size_t end = std::min(text.find_first_of(blanks), text.size());
        value = text.substr(0, end);
        rest = text.substr(end);
        if (value.find_first_of("\"'") != std::string_view::npos) {
            return std::nullopt;
        }
    }
    const bool ends = trimmed(rest).empty() ||
                      (blanks.find(rest.front()) != std::string_view::npos && trimmed(rest).starts_with('#'));
    const bool is_plain = value.find_first_of("$`\\;&|<>()") == std::string_view::npos && is_printable_text(value);
    return ends && is_plain ? std::optional(value) : std::nullopt;
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<bool> parse_flag(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char character) {
        return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
    });
    if (lower == "yes" || lower == "1" || lower == "true") {
        return true;
    }
    return lower == "no" || lower == "0" || lower == "false" ? std::optional(false) : std::nullopt;
}

constexpr const char* flag_wanted = "yes or no";

const char* set_flag(std::string_view value, std::optional<bool>& flag) {
    const auto parsed = parse_flag(value);
    if (parsed) {
        flag = parsed;
    }
    return parsed ? nullptr : flag_wanted;
}

const char* set_interfaces(std::string_view value, OpenmosixConfig& config) {
    std::vector<std::string> names;
    while (!value.empty()) {
        const std::size_t end = std::min(value.find_first_of(", \t"), value.size());
        if (end != 0) {
            names.emplace_back(value.substr(0, end));
        }
        value.remove_prefix(std::min(end + 1, value.size()));
    }
    if (!std::ranges::all_of(names, is_interface_pattern)) {
        return "names of network interfaces, as eth0,eth1";
    }
    config.interfaces = std::move(names);
    return nullptr;
}

const char* set_node_id(std::string_view value, OpenmosixConfig& config) {
    const auto number = parse_number(value);
    if (!number || *number > last_node_id) {
        return "a node id from 1 to 65534, or 0 for any";
    }
    config.node_id = *number == 0 ? std::nullopt : std::optional(static_cast<NodeId>(*number));
    return nullptr;
}

const char* set_speed(std::string_view value, OpenmosixConfig& config) {
    config.speed = parse_number(value);
    return config.speed ? nullptr : "a whole number; 10000 is a Pentium III of 1 GHz";
}

struct Setting {
    std::string_view name;
    /// Sets what it is about; returns what the value should have been when it is wrong, else nothing.
    const char* (*set)(std::string_view value, OpenmosixConfig& config);
};

constexpr std::array<Setting, 5> settings = {{
    {"AUTODISCIF", set_interfaces},
    {"MYOMID", set_node_id},
    {"NODESPEED", set_speed},
    {"MIGRATE", [](std::string_view value, OpenmosixConfig& config) { return set_flag(value, config.migrates); }},
    {"BLOCK", [](std::string_view value, OpenmosixConfig& config) { return set_flag(value, config.blocks); }},
}};

/// Takes one line; returns what is wrong with it, or nothing.
std::string take(std::string_view line, OpenmosixConfig& config) {
    if (line.empty() || line.starts_with('#')) {
        return "";
    }
    constexpr std::string_view exported = "export ";
    line.remove_prefix(line.starts_with(exported) ? exported.size() : 0);
    const std::size_t equals = line.find('=');
    const std::string_view name = line.substr(0, equals);
    const auto value = equals == std::string_view::npos ? std::nullopt : value_of(line.substr(equals + 1));
    if (!is_name(name) || !value) {
        return "NAME=VALUE must stand here, with a value that no shell has to compute, not " + shown(line);
    }
    const auto* const setting =
        std::ranges::find_if(settings, [name](const Setting& known) { return known.name == name; });
    if (setting == settings.end()) {
        config.others.emplace_back(name);
        return "";
    }
    // Nothing behind "=" is as if the line were not there.
    const char* const wanted = value->empty() ? nullptr : setting->set(*value, config);
    return wanted == nullptr ? "" : std::string(name) + " must be " + wanted + ", not " + shown(*value);
}

}  // namespace

OpenmosixConfig parse_openmosix_config(std::string_view text, const std::string& file,
                                       std::vector<std::string>& problems) {
    OpenmosixConfig config;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string problem = take(trimmed(text.substr(0, end)), config);
        if (!problem.empty()) {
            std::string line = file;
            line.append(":").append(std::to_string(number)).append(": ").append(problem);
            problems.push_back(std::move(line));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return config;
}

OpenmosixConfig read_openmosix_config_beside(const std::string& configuration_file,
                                             std::vector<std::string>& problems) {
    const std::string path = std::filesystem::path(configuration_file).replace_filename("openmosix.config").string();
    OpenmosixConfig config;
    const auto read = [&](std::string_view text) { config = parse_openmosix_config(text, path, problems); };
    read_settings_file(path, false, read, problems);
    return config;
}

}  // namespace clusterdisc
