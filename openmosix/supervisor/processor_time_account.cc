// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/processor_time_account.h"

namespace openmosix {

namespace {

/// However often another node says something.
constexpr std::chrono::milliseconds min_pause{50};
/// A kernel that cannot count it will hardly learn to: only omd may find out later that it can. At the end omd wants to
/// know all the same, for what the program needs the next time.
constexpr std::chrono::seconds pause_when_unsupported{30};
/// The process stands as long as an omd that does not answer is waited for.
constexpr std::chrono::seconds pause_when_mute{10};

}  // namespace

bool ProcessorTimeAccount::take(CountingResult result, Instant now) {
    std::chrono::milliseconds pause = min_pause;
    if (result == CountingResult::unsupported) {
        pause = pause_when_unsupported;
    } else if (result == CountingResult::unknown) {
        pause = pause_when_mute;
    }
    next_ = now + pause;
    is_patient_ = result == CountingResult::unknown;
    // Rather lost than counted twice.
    if (result != CountingResult::counted && result != CountingResult::unknown) {
        return false;
    }
    counted_ = used_;
    return true;
}

}  // namespace openmosix
