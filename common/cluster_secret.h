// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace clusterdisc {

using ClusterKey = std::array<std::uint8_t, 32>;

struct Passphrase {
    std::string text;

    bool operator==(const Passphrase&) const = default;
};

/// The one secret of a cluster: a key, or a passphrase that the agent derives a key from.
using ClusterSecret = std::variant<ClusterKey, Passphrase>;

inline constexpr std::size_t min_passphrase = 8;
inline constexpr std::size_t max_passphrase = 256;
inline constexpr std::string_view forbidden_in_passphrases = "\"'\\$";

/// What somebody typed: 64 hexadecimal digits are a key; any other UTF-8 text of 8 to 256 bytes without
/// control characters is a passphrase. Refused are:
/// - 32 or more hexadecimal digits that are not exactly a key: digits are missing or too many;
/// - text with one of `forbidden_in_passphrases`: GRUB changes or drops them (its grub_create_loader_cmdline()
///   puts backslashes before quotes, its command line expands variables), isolinux does not, and the same
///   words typed at two PCs would be two secrets.
std::optional<ClusterSecret> parse_typed_secret(std::string_view text);

/// The content of a key file: 32 bytes as they are, or 64 hexadecimal digits and at most one line end.
std::optional<ClusterKey> parse_key_file(std::string_view content);

/// A key as 64 lower-case hexadecimal digits.
std::string to_hexadecimal(const ClusterKey& key);

}  // namespace clusterdisc
