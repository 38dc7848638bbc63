// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clusterdisc {

/// The texts one after another, with the separator between them.
inline std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
    std::string result;
    for (const std::string& text : texts) {
        result += result.empty() ? "" : separator;
        result += text;
    }
    return result;
}

}  // namespace clusterdisc
