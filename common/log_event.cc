// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/log_event.h"

#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include <cerrno>
#include <vector>

#include "common/printable_text.h"

namespace clusterdisc {

void log_event(LogLevel level, const std::string& text, std::span<const LogField> fields) {
    if (!is_read_by_journal()) {
        log_line(level, text);
        return;
    }
    std::vector<std::string> assignments = {"MESSAGE=" + made_printable(text),
                                            "PRIORITY=" + std::to_string(priority_of(level)),
                                            std::string("SYSLOG_IDENTIFIER=") + ::program_invocation_short_name};
    for (const LogField& field : fields) {
        assignments.push_back(field.name + '=' + made_printable(field.value));
    }
    std::vector<iovec> parts;
    parts.reserve(assignments.size());
    for (std::string& assignment : assignments) {
        parts.push_back({.iov_base = assignment.data(), .iov_len = assignment.size()});
    }
    if (::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) < 0) {
        log_line(level, text);
    }
}

}  // namespace clusterdisc
