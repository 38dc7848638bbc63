// SPDX-License-Identifier: GPL-2.0-or-later
/// Sets, gets, lists and removes extended attributes of a file.
#include "guest.h"

#include <fcntl.h>
#include <sys/xattr.h>

static int file;

void set_up(void) {
    file = (int)expect_success("open", open("attributed", O_RDWR | O_CREAT | O_TRUNC, 0600));
    if (fsetxattr(file, "user.guest", "x", 1, 0) == -1 && errno == EOPNOTSUPP) {
        unlink("attributed");
        not_here("the file system has no extended attributes");
    }
}

void step(unsigned number) {
    char value[300], got[400], names[200] = {0};
    const size_t size = 1 + number % sizeof value;
    fill_pattern(value, size, number);
    expect_success("setxattr", setxattr("attributed", "user.guest", value, size, 0));
    expect("size of an attribute", (long)size,
           expect_success("getxattr", getxattr("attributed", "user.guest", NULL, 0)));
    expect("getxattr", (long)size, expect_success("getxattr", fgetxattr(file, "user.guest", got, sizeof got)));
    check_pattern("attribute", got, size, number);
    expect_at_least("listxattr", 11, expect_success("listxattr", listxattr("attributed", names, sizeof names)));
    expect_success("removexattr", removexattr("attributed", "user.guest"));
    expect_error("getxattr of nothing", ENODATA, fgetxattr(file, "user.guest", got, sizeof got));
    compute();
}

void finish(void) {
    expect_success("unlink", unlink("attributed"));
}
