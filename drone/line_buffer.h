// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace clusterdisc {

/// Puts lines together from what a pipe gives in pieces.
class LineBuffer {
public:
    /// A longer line is cut into several, so that no program can take all memory.
    static constexpr std::size_t max_line = 800;

    /// The lines that are complete with this piece, without their line ends and without empty ones.
    std::vector<std::string> add(std::string_view piece);

    /// What came after the last line end; nothing afterwards.
    std::string take_rest();

private:
    std::string begun_;
};

}  // namespace clusterdisc
