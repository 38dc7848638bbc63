// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/former_run.h"

#include <charconv>
#include <system_error>

#include "common/file.h"

namespace clusterdisc {

std::vector<Rumour> FormerRun::goodbye() const {
    constexpr std::size_t max_file = 64;
    try {
        const auto identity = parse_identity_line(read_file(path_, max_file).value_or(""));
        if (identity) {
            return {Rumour{.subject = *identity, .incarnation = 0, .condition = Condition::left, .record = {}}};
        }
    } catch (const std::system_error&) {
        // As if there were none.
    }
    return {};
}

void FormerRun::remember(const Identity& identity) const {
    constexpr mode_t mode = 0600;
    replace_file(path_, to_text(identity) + '\n', mode);
}

void FormerRun::forget() const {
    remove_file(path_);
}

std::optional<Identity> parse_identity_line(const std::string& line) {
    Identity identity{};
    if (line.size() != 2 * identity.size() + 1 || line.back() != '\n') {
        return std::nullopt;
    }
    for (std::size_t index = 0; index < identity.size(); ++index) {
        const char* const digits = line.data() + 2 * index;
        constexpr int hexadecimal = 16;
        const auto [stopped_at, error] = std::from_chars(digits, digits + 2, identity.at(index), hexadecimal);
        if (error != std::errc() || stopped_at != digits + 2) {
            return std::nullopt;
        }
    }
    return identity;
}

}  // namespace clusterdisc
