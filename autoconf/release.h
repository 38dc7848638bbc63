// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace clusterdisc {

/// Name and version of the disc.
struct Release {
    std::string name = "ClusterDisc";
    std::string version;

    bool operator==(const Release&) const = default;
};

/// Reads NAME and VERSION from the content of /etc/clusterdisc-release, which the disc's build makes in the
/// syntax of os-release(5): NAME=value, the value optionally in single or double quotes. Other lines are
/// passed over; what is missing stays as it is in `release`.
Release parse_release(std::string_view content, Release release = {});

}  // namespace clusterdisc
