// SPDX-License-Identifier: GPL-2.0-or-later
/// Has shared memory of System V.
#include "guest.h"

#include <sys/ipc.h>
#include <sys/shm.h>

static unsigned* shared;

void set_up(void) {
    const int segment = (int)expect_success("shmget", shmget(IPC_PRIVATE, 8192, 0600));
    shared = expect_memory("shmat", shmat(segment, NULL, 0));
    // It ends with its last user.
    expect_success("shmctl", shmctl(segment, IPC_RMID, NULL));
}

void step(unsigned number) {
    expect("shared number", number, *shared);
    *shared = number + 1;
    compute();
}
