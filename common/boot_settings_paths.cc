// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/boot_settings_paths.h"

#include <utility>

namespace clusterdisc {

BootSettingsPaths::BootSettingsPaths(std::string in_folder)
    : folder(std::move(in_folder)), node(folder + "/node.toml"), key(folder + "/cluster.key"),
      passphrase(folder + "/passphrase"), problems(folder + "/problems") {}

}  // namespace clusterdisc
