// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/configuration.h"

#include <algorithm>

#include "common/joined.h"
#include "common/node_settings.h"
#include "common/openmosix_config.h"
#include "common/printable_text.h"
#include "common/toml_settings.h"

namespace clusterdisc {
namespace {

bool is_interface_name(std::string_view text) {
    return is_interface_pattern(text) && text.find_first_of("*?[") == std::string_view::npos;
}

bool is_node_name(std::string_view text) {
    const auto is_right = [](char character) { return character > ' ' && character <= '~'; };
    return !text.empty() && text.size() <= max_node_name && std::all_of(text.begin(), text.end(), is_right);
}

/// `nomigrate` is for omd; here it is only known.
const std::vector<TomlSetting<Configuration>>& known_settings() {
    constexpr std::int64_t last_port = 65535;
    constexpr std::int64_t max_time_to_live = 255;
    static const std::vector<TomlSetting<Configuration>> known = {
        {"cluster", toml_text(&Configuration::cluster, is_cluster_name, cluster_name_wanted)},
        {"nodeid", toml_number(&Configuration::node_id, last_node_id, "a whole number from 1 to 65534")},
        {"netif", toml_list<Configuration>(
                      [](const std::string& item, Configuration& configuration) {
                          configuration.interfaces.push_back(item);
                          return is_interface_pattern(item);
                      },
                      [](Configuration& configuration) { configuration.interfaces.clear(); },
                      R"(a list of interface names or patterns, as ["eth0", "enp*"])")},
        {"nomigrate",
         [](const toml::node& node, Configuration&) { return node.is_boolean() ? nullptr : "true or false"; }},
        {"key_file", toml_text(&Configuration::key_file, is_absolute_path, "an absolute path")},
        {"passphrase_file", toml_text(&Configuration::passphrase_file, is_absolute_path, "an absolute path")},
        {"port", toml_number(&Configuration::port, last_port, "a UDP port from 1 to 65535")},
        {"wireguard_port", toml_number(&Configuration::wireguard_port, last_port, "a UDP port from 1 to 65535")},
        {"interface",
         toml_text(&Configuration::overlay_interface, is_interface_name, "a name for an interface, as \"om0\"")},
        {"plain", toml_flag(&Configuration::plain)},
        {"multicast", toml_flag(&Configuration::uses_multicast)},
        {"multicast_ttl",
         toml_number(&Configuration::multicast_time_to_live, max_time_to_live, "a whole number from 1 to 255")},
        {"avahi", toml_flag(&Configuration::uses_avahi)},
        {"peers", toml_list<Configuration>(
                      [](const std::string& item, Configuration& configuration) {
                          const auto peer = parse_peer_address(item);
                          if (peer) {
                              configuration.peers.push_back(*peer);
                          }
                          return peer.has_value();
                      },
                      [](Configuration& configuration) { configuration.peers.clear(); },
                      R"(a list of addresses or names, as ["192.0.2.1", "[fe80::1%eth0]:5428"])")},
        {"hosts_base", toml_text(&Configuration::hosts_base, is_absolute_path, "an absolute path")},
        {"hooks", toml_text(&Configuration::hooks_folder, is_absolute_path, "an absolute path")},
        {"name", toml_text(&Configuration::name, is_node_name, "up to 63 printable characters without blanks")},
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

}  // namespace

void read_toml(std::string_view document, const std::string& file, Configuration& configuration,
               std::vector<std::string>& problems) {
    read_toml_settings<Configuration>(document, file, known_settings(), UnknownKeys::are_problems, configuration,
                                      problems);
}

void read_configuration_file(const std::string& path, bool must_exist, Configuration& configuration,
                             std::vector<std::string>& problems) {
    const auto read = [&](std::string_view document) { read_toml(document, path, configuration, problems); };
    read_settings_file(path, must_exist, read, problems);
}

void read_openmosix_config(const std::string& configuration_file, Configuration& configuration,
                           std::vector<std::string>& problems) {
    OpenmosixConfig config = read_openmosix_config_beside(configuration_file, problems);
    configuration.node_id = config.node_id.value_or(configuration.node_id);
    if (!config.interfaces.empty()) {
        configuration.interfaces = std::move(config.interfaces);
    }
    if (!config.others.empty()) {
        log_line(LogLevel::info, "openmosix.config: nothing here needs " + shown(joined(config.others, ", "), 200));
    }
}

}  // namespace clusterdisc
