// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/refusal_log.h"

#include <chrono>
#include <utility>

namespace clusterdisc {

std::optional<std::string> RefusalLog::count(Refusal refusal, const Path& from, Instant now) {
    constexpr Instant pause = std::chrono::seconds(60);
    Kind& kind = kinds_.at(static_cast<std::size_t>(refusal));
    ++kind.unsaid;
    if (kind.last_said && now - *kind.last_said < pause) {
        return std::nullopt;
    }
    kind.last_said = now;
    const std::uint64_t number = std::exchange(kind.unsaid, 0);
    return "refused " + std::to_string(number) + (number == 1 ? " datagram: " : " datagrams: ") + to_text(refusal) +
           ", from " + to_text(from);
}

}  // namespace clusterdisc
