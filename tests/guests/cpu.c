// SPDX-License-Identifier: GPL-2.0-or-later
/// Computes in registers, without any system call within a step.
#include "guest.h"

void step(unsigned number) {
    // Some steps are long, so that most moves find it far from any system call.
    for (unsigned round = 0; round < (number % 16 == 0 ? 20U : 1U); ++round) {
        compute();
    }
}
