// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace clusterdisc {

/// The longest text that is taken for a public key: one of RSA with 8192 bits and a comment.
inline constexpr std::size_t max_ssh_public_key = 2048;

/// The line for authorized_keys (sshd(8)) of a public key: type and base64, without comment and options. TEXT is the
/// base64 alone, or what ssh-keygen(1) puts into a `.pub` file. None when it is no such thing.
std::optional<std::string> parse_ssh_public_key(std::string_view text);

}  // namespace clusterdisc
