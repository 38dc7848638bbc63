// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clusterdisc {

using Sha256 = std::array<std::uint8_t, crypto_hash_sha256_BYTES>;

/// A file that the serving node has.
struct ListedFile {
    std::uint64_t size = 0;
    std::string name;
    /// None as long as the serving node has not read the file itself: then it comes from there alone.
    std::optional<Sha256> sha256;
};

inline constexpr std::size_t max_listed_files = 1024;
inline constexpr std::uint64_t max_listed_size = 1'000'000'000'000;

/// Returns the files of a list whose lines are "SIZE NAME SHA256", "-" for no hash; none when a line is not of this
/// form, or a name could lead out of the directories of a medium that are served.
std::optional<std::vector<ListedFile>> parse_file_list(std::string_view text);

}  // namespace clusterdisc
