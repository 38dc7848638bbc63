// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/log.h"
#include "omdiscd/peer_address.h"
#include "wire/node_record.h"

namespace clusterdisc {

inline constexpr std::uint16_t default_agent_port = 5428;
inline constexpr std::uint16_t default_wireguard_port = 5429;

/// What omdiscd is told by its files and its command line; docs/autoconfiguration.md has every key.
struct Configuration {
    std::string cluster = "clusterdisc";
    /// 0: derived from the hardware.
    NodeId node_id = 0;
    /// Patterns of interface names; empty: all wired cards.
    std::vector<std::string> interfaces;
    /// Where the secret is; both empty: read_secrets() looks.
    std::string key_file;
    std::string passphrase_file;
    std::uint16_t port = default_agent_port;
    std::uint16_t wireguard_port = default_wireguard_port;
    std::string overlay_interface = "om0";
    bool plain = false;
    bool uses_multicast = true;
    int multicast_time_to_live = 1;
    bool uses_avahi = true;
    std::vector<PeerAddress> peers;
    std::string hosts_base;
    std::string hooks_folder = "/etc/openmosix/hooks.d";
    std::string run_folder = "/run/openmosix";
    /// Empty: the host name.
    std::string name;
    LogLevel log_level = LogLevel::info;
};

/// Reads a TOML document over `configuration`. Everything that is wrong is added to `problems`, as `FILE:LINE: what and
/// what instead`; a key with a problem changes nothing.
void read_toml(std::string_view document, const std::string& file, Configuration& configuration,
               std::vector<std::string>& problems);

/// The same with a file; one that does not exist is a problem only when it `must_exist`.
void read_configuration_file(const std::string& path, bool must_exist, Configuration& configuration,
                             std::vector<std::string>& problems);

/// Takes over from the file openmosix.config beside that one, if it is there, what is about finding nodes; to be called
/// before the others, which count more. Logs what in it has no meaning here.
void read_openmosix_config(const std::string& configuration_file, Configuration& configuration,
                           std::vector<std::string>& problems);

}  // namespace clusterdisc
