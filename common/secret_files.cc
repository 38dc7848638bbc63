// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/secret_files.h"

#include <optional>
#include <stdexcept>
#include <string>

#include "common/cluster_keys.h"
#include "common/file.h"

namespace clusterdisc {
namespace {

using Parser = std::vector<ClusterSecret> (*)(std::string_view content);

std::optional<std::vector<ClusterSecret>> read(const std::string& path, Parser parse) {
    constexpr std::size_t max_file = 4096;
    const auto content = read_file(path, max_file);
    if (!content) {
        return std::nullopt;
    }
    try {
        return parse(*content);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(path + ": " + error.what());
    }
}

std::vector<ClusterSecret> read_configured(const std::string& path, Parser parse) {
    auto secrets = read(path, parse);
    if (!secrets) {
        throw std::runtime_error(path + " does not exist: it should hold the cluster's secret");
    }
    return std::move(*secrets);
}

}  // namespace

std::vector<ClusterSecret> read_secrets(const SecretFiles& configured, const BootSettingsPaths& boot) {
    if (!configured.key.empty()) {
        return read_configured(configured.key, parse_key_ring);
    }
    if (!configured.passphrase.empty()) {
        return read_configured(configured.passphrase, parse_passphrase_ring);
    }
    if (auto secrets = read(boot.key, parse_key_ring)) {
        return std::move(*secrets);
    }
    if (auto secrets = read(boot.passphrase, parse_passphrase_ring)) {
        return std::move(*secrets);
    }
    if (auto secrets = read(installed_key_file, parse_key_ring)) {
        return std::move(*secrets);
    }
    throw std::runtime_error(
        "this node has no cluster key and joins nobody: boot with clusterkey=, or put 64 "
        "hexadecimal digits into " +
        std::string(installed_key_file) + ", or name a file by --key-file");
}

}  // namespace clusterdisc
