// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>

#include "control/processor_time_client.h"
#include "peer/used_time.h"

namespace openmosix {

/// At home: what a process has used on other nodes, what of that the kernel here has counted, and when it is to be
/// asked to count more.
class ProcessorTimeAccount {
public:
    using Instant = std::chrono::steady_clock::time_point;

    /// Another node may say anything; it is never less than before nor more than `most` in all.
    void set_used(const UsedTime& used, std::uint64_t most) { used_ = grown(used_, used, most); }
    [[nodiscard]] const UsedTime& used() const { return used_; }
    [[nodiscard]] const UsedTime& counted() const { return counted_; }
    [[nodiscard]] UsedTime uncounted() const { return without(used_, counted_); }

    /// Whether something is to be counted and the last attempt is not too recent for another one.
    [[nodiscard]] bool is_due(Instant now) const { return uncounted() != UsedTime() && now >= next_; }
    /// The same when there will be no other attempt.
    [[nodiscard]] bool is_due_at_end(Instant now) const {
        return uncounted() != UsedTime() && (now >= next_ || !is_patient_);
    }
    /// What became of the request to count all of uncounted(). Whether counted() has changed.
    bool take(CountingResult result, Instant now);

private:
    UsedTime used_;
    UsedTime counted_;
    /// When the kernel may be asked again.
    Instant next_;
    /// Until then even at the end.
    bool is_patient_ = false;
};

}  // namespace openmosix
