// SPDX-License-Identifier: GPL-2.0-or-later
/// Gets random bytes in every way: always as many as asked for, never the same twice.
#include "guest.h"

#include <fcntl.h>
#include <sys/random.h>

void step(unsigned number) {
    static unsigned char earlier[32];
    unsigned char bytes[300] = {0}, from_file[32];
    expect("getrandom", sizeof bytes, expect_success("getrandom", getrandom(bytes, sizeof bytes, 0)));
    expect_true("random bytes differ from the last ones", memcmp(bytes, earlier, sizeof earlier) != 0);
    memcpy(earlier, bytes, sizeof earlier);
    expect("getentropy", 0, getentropy(bytes, 256));
    expect_true("random bytes differ from the last ones", memcmp(bytes, earlier, sizeof earlier) != 0);
    const int file = (int)expect_success("open", open("/dev/urandom", O_RDONLY | O_CLOEXEC));
    read_all(file, from_file, sizeof from_file);
    expect_success("close", close(file));
    expect_true("random bytes differ from the last ones", memcmp(bytes, from_file, sizeof from_file) != 0);
    compute();
    (void)number;
}
