// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/own_user.h"

#include "balance/tuning.h"

namespace openmosix::balance {

OwnUser OwnUserJudge::judge(Instant now, const Work& work, const Processors& processors) {
    const bool is_busy = work.own >= tuning::min_own_work;
    const bool is_waiting = is_busy && work.runnable >= capacity(processors) + tuning::min_own_work;
    if (!is_waiting) {
        waiting_since_.reset();
    } else if (!waiting_since_) {
        waiting_since_ = now;
    }
    if (is_busy) {
        busy_ = now;
    }
    if (waiting_since_ && now - *waiting_since_ >= tuning::min_own_wait) {
        user_ = OwnUser::present;
    } else if (now - busy_ >= tuning::own_user_pause) {
        user_ = OwnUser::absent;
    }
    if (!input_ || now - *input_ >= tuning::max_input_age) {
        user_ = OwnUser::absent;
    }
    return user_;
}

}  // namespace openmosix::balance
