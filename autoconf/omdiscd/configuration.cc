// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/configuration.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <sstream>
#include <system_error>

#include "file.h"
#include "node_settings.h"
#include "printable_text.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace clusterdisc {
namespace {

/// Sets what a key is about; returns what it should have been when the value is wrong, else nothing.
using Setter = std::function<const char*(const toml::node&, Configuration&)>;

Setter text(std::string Configuration::*member, bool (*is_right)(std::string_view), const char* wanted) {
    return [=](const toml::node& node, Configuration& configuration) -> const char* {
        const auto value = node.value_exact<std::string>();
        if (!value || !is_right(*value)) {
            return wanted;
        }
        configuration.*member = *value;
        return nullptr;
    };
}

template <typename Number>
Setter number(Number Configuration::*member, std::int64_t longest, const char* wanted) {
    return [=](const toml::node& node, Configuration& configuration) -> const char* {
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < 1 || *value > longest) {
            return wanted;
        }
        configuration.*member = static_cast<Number>(*value);
        return nullptr;
    };
}

Setter flag(bool Configuration::*member) {
    return [=](const toml::node& node, Configuration& configuration) -> const char* {
        const auto value = node.value_exact<bool>();
        if (!value) {
            return "true or false";
        }
        configuration.*member = *value;
        return nullptr;
    };
}

/// `add` returns whether it took the text.
Setter list(const std::function<bool(const std::string&, Configuration&)>& add,
            const std::function<void(Configuration&)>& clear, const char* wanted) {
    return [=](const toml::node& node, Configuration& configuration) -> const char* {
        const toml::array* const array = node.as_array();
        if (array == nullptr) {
            return wanted;
        }
        Configuration changed = configuration;
        clear(changed);
        for (const toml::node& item : *array) {
            const auto value = item.value_exact<std::string>();
            if (!value || !add(*value, changed)) {
                return wanted;
            }
        }
        configuration = std::move(changed);
        return nullptr;
    };
}

bool is_absolute_path(std::string_view text) {
    return text.starts_with('/') && is_printable_text(text);
}

bool is_interface_name(std::string_view text) {
    return is_interface_pattern(text) && text.find_first_of("*?[") == std::string_view::npos;
}

bool is_node_name(std::string_view text) {
    const auto is_right = [](char character) { return character > ' ' && character <= '~'; };
    return !text.empty() && text.size() <= longest_node_name && std::all_of(text.begin(), text.end(), is_right);
}

struct Key {
    const char* name;
    Setter set;
};

/// `nomigrate` is for omd; here it is only known.
const std::vector<Key>& keys() {
    constexpr std::int64_t last_port = 65535;
    constexpr std::int64_t longest_time_to_live = 255;
    static const std::vector<Key> known = {
        {"cluster", text(&Configuration::cluster, is_cluster_name,
                         "a name of up to 32 lower-case letters, digits and inner hyphens")},
        {"nodeid", number(&Configuration::node_id, last_node_id, "a whole number from 1 to 65534")},
        {"netif", list(
                      [](const std::string& item, Configuration& configuration) {
                          configuration.interfaces.push_back(item);
                          return is_interface_pattern(item);
                      },
                      [](Configuration& configuration) { configuration.interfaces.clear(); },
                      R"(a list of interface names or patterns, as ["eth0", "enp*"])")},
        {"nomigrate",
         [](const toml::node& node, Configuration&) { return node.is_boolean() ? nullptr : "true or false"; }},
        {"key_file", text(&Configuration::key_file, is_absolute_path, "an absolute path")},
        {"passphrase_file", text(&Configuration::passphrase_file, is_absolute_path, "an absolute path")},
        {"port", number(&Configuration::port, last_port, "a UDP port from 1 to 65535")},
        {"wireguard_port", number(&Configuration::wireguard_port, last_port, "a UDP port from 1 to 65535")},
        {"interface",
         text(&Configuration::overlay_interface, is_interface_name, "a name for an interface, as \"om0\"")},
        {"plain", flag(&Configuration::plain)},
        {"multicast", flag(&Configuration::uses_multicast)},
        {"multicast_ttl",
         number(&Configuration::multicast_time_to_live, longest_time_to_live, "a whole number from 1 to 255")},
        {"avahi", flag(&Configuration::uses_avahi)},
        {"peers", list(
                      [](const std::string& item, Configuration& configuration) {
                          const auto peer = parse_peer_address(item);
                          if (peer) {
                              configuration.peers.push_back(*peer);
                          }
                          return peer.has_value();
                      },
                      [](Configuration& configuration) { configuration.peers.clear(); },
                      R"(a list of addresses or names, as ["192.0.2.1", "[fe80::1%eth0]:5428"])")},
        {"hosts_base", text(&Configuration::hosts_base, is_absolute_path, "an absolute path")},
        {"hooks", text(&Configuration::hooks_folder, is_absolute_path, "an absolute path")},
        {"name", text(&Configuration::name, is_node_name, "up to 63 printable characters without blanks")},
        {"log_level",
         [](const toml::node& node, Configuration& configuration) -> const char* {
             const auto value = node.value_exact<std::string>();
             return value && parse_log_level(*value, configuration.log_level)
                        ? nullptr
                        : R"(one of "error", "warning", "info", "debug")";
         }},
    };
    return known;
}

std::string place(const std::string& file, const toml::source_region& source) {
    return file + ':' + std::to_string(source.begin.line) + ": ";
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char character) { return static_cast<unsigned char>(character) < 0x80; });
}

/// The document without lines that are comments. They may be in any language; on other lines, where no setting needs
/// more than ASCII, anything else is a problem: toml++ 3.3 has undefined behaviour for some characters (U+FEFD).
std::string without_comment_lines(std::string_view document, const std::string& file,
                                  std::vector<std::string>& problems) {
    std::string result;
    for (std::size_t number = 1; !document.empty(); ++number) {
        const std::size_t end = std::min(document.find('\n'), document.size() - 1);
        const std::string_view line = document.substr(0, end + 1);
        document.remove_prefix(end + 1);
        const std::size_t start = line.find_first_not_of(" \t");
        if (start != std::string_view::npos && line.at(start) == '#') {
            result += '\n';
            continue;
        }
        if (!is_ascii(line)) {
            problems.push_back(file + ':' + std::to_string(number) +
                               ": only ASCII characters are allowed, but for lines that begin with #");
        }
        result += line;
    }
    return result;
}

std::string known_keys() {
    std::string names;
    for (const Key& key : keys()) {
        names += (names.empty() ? "" : ", ") + std::string(key.name);
    }
    return names;
}

}  // namespace

void read_toml(std::string_view document, const std::string& file, Configuration& configuration,
               std::vector<std::string>& problems) {
    const std::size_t known_problems = problems.size();
    const std::string plain_document = without_comment_lines(document, file, problems);
    if (problems.size() > known_problems) {
        return;
    }
    toml::table table;
    try {
        table = toml::parse(plain_document);
    } catch (const toml::parse_error& error) {
        problems.push_back(place(file, error.source()) +
                           "this is not TOML: " + shown(error.description(), error.description().size()));
        return;
    }
    for (const auto& [name, node] : table) {
        const auto key =
            std::ranges::find_if(keys(), [text = name.str()](const Key& known) { return text == known.name; });
        if (key == keys().end()) {
            problems.push_back(place(file, name.source()) + "there is no setting " + shown(name.str()) +
                               "; the settings are: " + known_keys());
            continue;
        }
        const char* const wanted = key->set(node, configuration);
        if (wanted != nullptr) {
            problems.push_back(place(file, node.source()) + key->name + " must be " + wanted);
        }
    }
}

void read_configuration_file(const std::string& path, bool must_exist, Configuration& configuration,
                             std::vector<std::string>& problems) {
    constexpr std::size_t longest_file = 1U << 20U;
    try {
        const auto document = read_file(path, longest_file);
        if (document) {
            read_toml(*document, path, configuration, problems);
        } else if (must_exist) {
            problems.push_back(path + " does not exist");
        }
    } catch (const std::system_error& error) {
        problems.emplace_back(error.what());
    }
}

bool parse_log_level(std::string_view text, LogLevel& level) {
    constexpr std::array<std::string_view, 4> names = {"error", "warning", "info", "debug"};
    const auto* const found = std::ranges::find(names, text);
    if (found == names.end()) {
        return false;
    }
    level = static_cast<LogLevel>(found - names.begin());
    return true;
}

}  // namespace clusterdisc
