// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot_settings.h"

#include <system_error>

#include "common/file.h"
#include "common/printable_text.h"

namespace clusterdisc {
namespace {

constexpr mode_t for_everybody = 0644;
constexpr mode_t for_root_only = 0600;
constexpr mode_t folder_mode = 0755;
/// More than any file that write_boot_settings() makes.
constexpr std::size_t max_settings_file = 65536;

}  // namespace

std::string medium_key_path(const std::string& medium) {
    return medium + "/clusterdisc/cluster.key";
}

std::optional<ClusterSecret> choose_secret(const BootParameters& parameters, const std::string& medium,
                                           std::vector<std::string>& problems) {
    if (parameters.typed_secret) {
        return parameters.typed_secret;
    }
    if (parameters.is_secret_refused) {
        return std::nullopt;
    }
    const std::string path = medium_key_path(medium);
    constexpr std::size_t max_key_file = 128;
    try {
        const auto content = read_file(path, max_key_file);
        if (!content) {
            problems.push_back(
                "there is no cluster key: " + shown(path, 200) +
                " does not exist. Boot with clusterkey=, or from the whole medium. The node stays alone.");
            return std::nullopt;
        }
        if (const auto key = parse_key_file(*content)) {
            return *key;
        }
        problems.push_back(shown(path, 200) +
                           " is not a cluster key (32 bytes, or 64 hexadecimal digits): boot with clusterkey=, or make "
                           "the medium anew. The node stays alone.");
    } catch (const std::system_error& error) {
        problems.push_back("the cluster key is not readable (" + shown(error.what(), 200) +
                           "): boot with clusterkey=, or make the medium anew. The node stays alone.");
    }
    return std::nullopt;
}

std::string authorized_keys_path(const BootSettingsPaths& paths) {
    return paths.folder + "/authorized_keys";
}

void write_boot_settings(const BootSettingsPaths& paths, const NodeSettings& settings,
                         const std::optional<ClusterSecret>& secret, const std::optional<std::string>& ssh_key,
                         const std::vector<std::string>& problems) {
    make_folder(paths.folder, folder_mode);
    remove_file(paths.problems);
    remove_file(paths.key);
    remove_file(paths.passphrase);
    remove_file(authorized_keys_path(paths));

    replace_file(paths.node, to_toml(settings), for_everybody);
    if (secret) {
        if (const auto* const key = std::get_if<ClusterKey>(&*secret)) {
            replace_file(paths.key, to_hexadecimal(*key) + '\n', for_root_only);
        } else {
            replace_file(paths.passphrase, std::get<Passphrase>(*secret).text + '\n', for_root_only);
        }
    }
    if (ssh_key) {
        replace_file(authorized_keys_path(paths), *ssh_key + '\n', for_everybody);
    }
    std::string lines;
    for (const std::string& problem : problems) {
        lines += problem + '\n';
    }
    replace_file(paths.problems, lines, for_everybody);
}

BootSettings read_boot_settings(const BootSettingsPaths& paths) {
    BootSettings result;
    try {
        const auto problems = read_file(paths.problems, max_settings_file);
        const auto node = read_file(paths.node, max_settings_file);
        if (!problems || !node) {
            result.problems.emplace_back(
                "the boot parameters have not been read: see systemctl status clusterdisc-boot-parameters.");
            return result;
        }
        std::string_view rest = *problems;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            result.problems.emplace_back(rest.substr(0, end));
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        }
        if (const auto settings = from_toml(*node)) {
            result.settings = *settings;
        } else {
            result.problems.push_back(paths.node + " is damaged: run systemctl restart clusterdisc-boot-parameters.");
        }
    } catch (const std::system_error& error) {
        result.problems.push_back(shown(error.what(), 200) + ": run systemctl restart clusterdisc-boot-parameters.");
    }
    return result;
}

}  // namespace clusterdisc
