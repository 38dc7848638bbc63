// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/source_choice.h"

#include <algorithm>

namespace clusterdisc {

void SourceChoice::told(const Source& source, Time now) {
    is_told_ = true;
    if (source && source == left_) {
        return;
    }
    left_.reset();
    last_named_ = source;
    change_to(source, now);
}

void SourceChoice::leave_source(Time now) {
    if (current_) {
        left_ = current_;
        change_to(std::nullopt, now);
    }
}

Source SourceChoice::current(Time now) {
    if (now - std::max(changed_at_, last_bytes_at_) >= patience) {
        if (current_) {
            leave_source(now);
        } else {
            // The serving node is silent: who was named last may still be there, and have more.
            change_to(last_named_, now);
        }
    }
    return current_;
}

void SourceChoice::change_to(const Source& source, Time now) {
    if (source != current_) {
        current_ = source;
        changed_at_ = now;
    }
}

}  // namespace clusterdisc
