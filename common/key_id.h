// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace clusterdisc {

/// Names a cluster key without telling anything about it (see cluster_keys.h).
using KeyId = std::uint32_t;

/// A cluster has one key, or two while they are changed.
inline constexpr std::size_t max_keys = 2;

}  // namespace clusterdisc
