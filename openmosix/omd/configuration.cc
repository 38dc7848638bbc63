// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/configuration.h"

#include <pwd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "balance/yardstick.h"
#include "common/node_settings.h"
#include "common/openmosix_config.h"
#include "common/toml_settings.h"

namespace openmosix {

namespace {

using clusterdisc::ClusterSettings;
using clusterdisc::TomlSetting;

bool is_user_name(std::string_view text) {
    constexpr std::size_t longest = 32;
    return !text.empty() && text.size() <= longest && text != "root" && clusterdisc::is_printable_text(text) &&
           text.find_first_of(" :/") == std::string_view::npos;
}

/// The id of a user by name or number.
std::optional<uid_t> find_user(const std::string& text) {
    uid_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) {
        return number;
    }
    const passwd* const entry = ::getpwnam(text.c_str());
    return entry == nullptr ? std::nullopt : std::optional(entry->pw_uid);
}

bool is_memory_limit(std::string_view text) {
    if (text == "max") {
        return true;
    }
    const auto is_number = [&text](std::size_t max_digits) {
        return !text.empty() && text.size() <= max_digits && text.front() != '0' &&
               text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    if (text.ends_with('%')) {
        text.remove_suffix(1);
        return is_number(2) || text == "100";
    }
    constexpr std::size_t max_digits = 15;
    if (text.ends_with('K') || text.ends_with('M') || text.ends_with('G')) {
        text.remove_suffix(1);
    }
    return is_number(max_digits);
}

/// A setting that all daemons of the node share.
auto of_cluster(TomlSetting<ClusterSettings>::Setter set) {
    return [set = std::move(set)](const toml::node& node, Configuration& configuration) {
        return set(node, configuration.cluster);
    };
}

using balance::Selection;
using balance::SelectionList;

/// A list of patterns for commands or control groups.
auto patterns(SelectionList Selection::*list, std::vector<std::string> SelectionList::*member, const char* wanted) {
    return clusterdisc::toml_list<Configuration>(
        [=](const std::string& text, Configuration& configuration) {
            (configuration.selection.*list.*member).push_back(text);
            return !text.empty() && clusterdisc::is_printable_text(text);
        },
        [=](Configuration& configuration) { (configuration.selection.*list.*member).clear(); }, wanted);
}

/// A list of users, by name or number.
auto users(SelectionList Selection::*list) {
    return clusterdisc::toml_list<Configuration>(
        [=](const std::string& text, Configuration& configuration) {
            const auto user = find_user(text);
            if (user) {
                (configuration.selection.*list).users.insert(*user);
            }
            return user.has_value();
        },
        [=](Configuration& configuration) { (configuration.selection.*list).users.clear(); },
        R"(a list of users that this node has, as ["alice", "1001"])");
}

const std::vector<TomlSetting<Configuration>>& known_settings() {
    constexpr const char* commands = R"(a list of program names, as ["blender", "cc1*"])";
    constexpr const char* groups = R"(a list of control groups, as ["/user.slice/*"])";
    constexpr std::int64_t last_port = 65535;
    constexpr std::int64_t max_weight = 10000;
    constexpr std::int64_t max_guests = 4096;
    static const std::vector<TomlSetting<Configuration>> known = {
        {"cluster", of_cluster(clusterdisc::toml_text(&ClusterSettings::cluster, clusterdisc::is_cluster_name,
                                                      clusterdisc::cluster_name_wanted))},
        {"key_file", of_cluster(clusterdisc::toml_text(&ClusterSettings::key_file, clusterdisc::is_absolute_path,
                                                       "an absolute path"))},
        {"passphrase_file", of_cluster(clusterdisc::toml_text(&ClusterSettings::passphrase_file,
                                                              clusterdisc::is_absolute_path, "an absolute path"))},
        {"nomigrate", of_cluster(clusterdisc::toml_flag(&ClusterSettings::nomigrate))},
        {"port", clusterdisc::toml_number(&Configuration::port, last_port, "a TCP port from 1 to 65535")},
        {"guest_user", clusterdisc::toml_text(&Configuration::guest_user, is_user_name,
                                              "the name of a user without rights, as \"nobody\"; never root")},
        {"memory_limit", clusterdisc::toml_text(&Configuration::memory_limit, is_memory_limit,
                                                R"(bytes as "512M" or "2G", a share as "60%", or "max")")},
        {"cpu_weight",
         clusterdisc::toml_number(&Configuration::cpu_weight, max_weight, "a whole number from 1 to 10000")},
        {"most_guests",
         clusterdisc::toml_number(&Configuration::max_guests, max_guests, "a whole number from 1 to 4096")},
        {"balance", clusterdisc::toml_flag(&Configuration::balance)},
        {"balance_root",
         [](const toml::node& node, Configuration& configuration) -> const char* {
             const auto value = node.value_exact<bool>();
             configuration.selection.root =
                 value.value_or(false) ? balance::RootProcesses::may_move : balance::RootProcesses::stay;
             return value ? nullptr : "true or false";
         }},
        {"balance_only_commands", patterns(&Selection::included, &SelectionList::commands, commands)},
        {"balance_only_users", users(&Selection::included)},
        {"balance_only_groups", patterns(&Selection::included, &SelectionList::control_groups, groups)},
        {"balance_never_commands", patterns(&Selection::excluded, &SelectionList::commands, commands)},
        {"balance_never_users", users(&Selection::excluded)},
        {"balance_never_groups", patterns(&Selection::excluded, &SelectionList::control_groups, groups)},
        {"yield_to_user", clusterdisc::toml_flag(&Configuration::yield_to_user)},
        {"user_terminals", clusterdisc::toml_list<Configuration>(
                               [](const std::string& text, Configuration& configuration) {
                                   configuration.user_terminals.push_back(text);
                                   return clusterdisc::is_absolute_path(text);
                               },
                               [](Configuration& configuration) { configuration.user_terminals.clear(); },
                               R"(a list of absolute paths, as ["/dev/tty[1-9]*", "/dev/ttyS0"])")},
        {"node_group", clusterdisc::toml_text(&Configuration::node_group, clusterdisc::is_absolute_path,
                                              "the directory of a control group, an absolute path")},
        {"initial_network", clusterdisc::toml_text(&Configuration::initial_network, clusterdisc::is_absolute_path,
                                                   "the file of a network namespace, an absolute path")},
    };
    return known;
}

/// The part of openmosix.config that is for omd; omdiscd has the others.
void take_openmosix_config(const clusterdisc::OpenmosixConfig& config, const std::string& file,
                           Configuration& configuration, std::vector<std::string>& problems) {
    if (config.migrates == false) {
        configuration.first_switches.insert(NodeSwitch::stay);
    }
    if (config.blocks == true) {
        configuration.first_switches.insert(NodeSwitch::block);
    }
    if (config.speed && (*config.speed < balance::min_speed || *config.speed > balance::max_speed)) {
        problems.push_back("openmosix.config beside " + file + ": NODESPEED must be from " +
                           std::to_string(balance::min_speed) + " to " + std::to_string(balance::max_speed) + ", not " +
                           std::to_string(*config.speed));
        return;
    }
    configuration.first_speed = config.speed.value_or(0);
}

}  // namespace

void read_toml(std::string_view document, const std::string& file, Configuration& configuration,
               std::vector<std::string>& problems) {
    clusterdisc::read_toml_settings<Configuration>(document, file, known_settings(),
                                                   clusterdisc::UnknownKeys::are_problems, configuration, problems);
}

Configuration read_configuration(const std::string& file) {
    Configuration configuration;
    std::vector<std::string> problems;
    if (file.empty()) {
        configuration.cluster = clusterdisc::read_cluster_settings(problems);
    }
    const bool is_nomigrate = configuration.cluster.nomigrate;
    const std::string path = file.empty() ? configuration_file : file;
    take_openmosix_config(clusterdisc::read_openmosix_config_beside(path, problems), path, configuration, problems);
    const auto read = [&](std::string_view document) { read_toml(document, path, configuration, problems); };
    clusterdisc::read_settings_file(path, !file.empty(), read, problems);
    // What was said at the boot prompt is not taken back by a file.
    configuration.cluster.nomigrate = configuration.cluster.nomigrate || is_nomigrate;
    if (!problems.empty()) {
        std::string text;
        for (const std::string& problem : problems) {
            text += (text.empty() ? "" : "\n") + problem;
        }
        throw std::runtime_error(text);
    }
    return configuration;
}

}  // namespace openmosix
