// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "cluster_secret.h"
#include "omdiscd/configuration.h"

namespace clusterdisc {

/// The secrets of the cluster: from the files that are configured, else from the first that exists of
/// /run/clusterdisc/cluster.key and passphrase (put there by the boot: boot_settings.h) and /etc/openmosix/cluster.key.
/// Throws std::runtime_error that says what is missing and where to put it.
std::vector<ClusterSecret> read_secrets(const Configuration& configuration);

}  // namespace clusterdisc
