// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <optional>

#include "fetch/source_address.h"

namespace clusterdisc {

/// From where a client fetches: from whom the serving node says, as long as something comes from there. Times are
/// passed in, counted from any moment.
class SourceChoice {
public:
    using Time = std::chrono::milliseconds;

    /// For the answer to the first report so long is waited; then the client begins with the serving node.
    static constexpr Time first_answer{1000};
    /// A source that gives nothing for so long is left.
    static constexpr Time patience{10'000};
    /// When nothing has come from anywhere for so long, the room's serving node is gone.
    static constexpr Time lost_after{60'000};

    explicit SourceChoice(Time now) : changed_at_(now), last_bytes_at_(now), began_at_(now) {}

    /// Takes in what the serving node has answered.
    void told(const Source& source, Time now);

    /// Bytes have come from the current source.
    void got_bytes(Time now) { last_bytes_at_ = now; }

    /// The current source gives what cannot be used.
    void leave_source(Time now);

    /// Returns true if there is a source now; false as long as the first answer is waited for.
    [[nodiscard]] bool is_ready(Time now) const { return is_told_ || now - began_at_ >= first_answer; }

    /// Returns the source to fetch from now.
    Source current(Time now);

    /// Returns true if nothing has come for so long that a person should know.
    [[nodiscard]] bool is_silent(Time now) const { return now - last_bytes_at_ >= patience; }
    /// Returns true if nothing has come from anywhere for a long time.
    [[nodiscard]] bool is_lost(Time now) const { return now - last_bytes_at_ >= lost_after; }

private:
    void change_to(const Source& source, Time now);

    Source current_;
    /// Gave nothing; not gone back to while the serving node has not named another one.
    Source left_;
    /// The last one that gave something or may do so.
    Source last_named_;
    Time changed_at_;
    Time last_bytes_at_;
    Time began_at_;
    bool is_told_ = false;
};

}  // namespace clusterdisc
