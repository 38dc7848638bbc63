// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/cluster_settings.h"

#include "common/toml_settings.h"

namespace clusterdisc {
namespace {

const std::vector<TomlSetting<ClusterSettings>>& known_settings() {
    static const std::vector<TomlSetting<ClusterSettings>> settings = {
        {"cluster", toml_text(&ClusterSettings::cluster, is_cluster_name, cluster_name_wanted)},
        {"key_file", toml_text(&ClusterSettings::key_file, is_absolute_path, "an absolute path")},
        {"passphrase_file", toml_text(&ClusterSettings::passphrase_file, is_absolute_path, "an absolute path")},
        {"nomigrate", toml_flag(&ClusterSettings::nomigrate)},
    };
    return settings;
}

}  // namespace

ClusterSettings read_cluster_settings(std::vector<std::string>& problems, const std::string& configuration_file,
                                      const BootSettingsPaths& boot) {
    ClusterSettings settings;
    for (const std::string& file : {configuration_file, boot.node}) {
        const auto read = [&](std::string_view document) {
            read_toml_settings<ClusterSettings>(document, file, known_settings(), UnknownKeys::are_for_others, settings,
                                                problems);
        };
        read_settings_file(file, false, read, problems);
    }
    return settings;
}

KeyRing read_key_ring(const ClusterSettings& settings) {
    return {read_secrets({.key = settings.key_file, .passphrase = settings.passphrase_file}), settings.cluster};
}

}  // namespace clusterdisc
