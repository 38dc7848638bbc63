// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>

#include "common/log.h"

namespace clusterdisc {

/// A field of systemd.journal-fields(7): a name of upper-case letters, digits and underscores, and any value.
struct LogField {
    std::string name;
    std::string value;
};

/// The same as log_line(), with fields by which programs find it in the journal; where that does not read the log, they
/// are left out.
void log_event(LogLevel level, const std::string& text, std::span<const LogField> fields);

}  // namespace clusterdisc
