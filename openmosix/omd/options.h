// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/address.h"
#include "common/node_id.h"

namespace openmosix {

enum class Action : std::uint8_t { run, status, image, restart, check, show_help, show_version };

/// The command line of omd.
struct Options {
    Action action = Action::run;
    /// $OMD_RUN_DIR, else /run/openmosix.
    std::string run_folder;
    /// Where other nodes reach us; none: at this node's address in the map. Port 0: as configured.
    std::optional<clusterdisc::Endpoint> listen;
    /// Empty: the usual files.
    std::string configuration_file;
    /// These override the configuration when they are not empty.
    std::string key_file;
    std::string passphrase_file;
    std::string cluster_name;
    /// 0: the node in the map that has one of this machine's addresses.
    clusterdisc::NodeId node = 0;
    /// Of `image` and `restart`: what follows.
    std::vector<std::string> words;
    /// What is wrong; nothing else counts then.
    std::vector<std::string> problems;
};

Options parse_options(int argument_count, char** arguments);

/// `192.0.2.1`, `192.0.2.1:723`, `2001:db8::1` or `[2001:db8::1]:723`; none when it is no address, or port 0.
std::optional<clusterdisc::Endpoint> parse_endpoint(std::string_view text);

extern const char* const omd_usage;

}  // namespace openmosix
