// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wire/message.h"

namespace clusterdisc {

/// Remembers in the run folder who this agent is, so that one that is started after a crash can say goodbye for it:
/// else the cluster would watch the old one die, and keep its node id for it meanwhile.
class FormerRun {
public:
    explicit FormerRun(const std::string& run_folder) : path_(run_folder + "/identity") {}

    /// The goodbye of the run before; empty when it said that itself. Whatever is wrong with the file is the same as
    /// no file: it is a help, not a need.
    [[nodiscard]] std::vector<Rumour> goodbye() const;
    /// Throws std::system_error.
    void remember(const Identity& identity) const;
    void forget() const;

private:
    std::string path_;
};

/// The inverse of to_text(Identity) with a line end.
std::optional<Identity> parse_identity_line(const std::string& line);

}  // namespace clusterdisc
