// SPDX-License-Identifier: GPL-2.0-or-later
/// Opens a terminal and works on both of its ends: line editing, raw mode, size, echo.
#include "guest.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master;
static int slave;
static char slave_name[64];

void set_up(void) {
    master = (int)expect_success("posix_openpt", posix_openpt(O_RDWR | O_NOCTTY));
    expect_success("grantpt", grantpt(master));
    expect_success("unlockpt", unlockpt(master));
    expect("ptsname_r", 0, ptsname_r(master, slave_name, sizeof slave_name));
    slave = (int)expect_success("open", open(slave_name, O_RDWR | O_NOCTTY));
}

static void set_mode(bool is_raw) {
    struct termios settings, got;
    expect_success("tcgetattr", tcgetattr(slave, &settings));
    if (is_raw) {
        cfmakeraw(&settings);
    } else {
        settings.c_lflag |= ICANON | ECHO | ISIG;
        settings.c_iflag |= ICRNL;
        settings.c_oflag |= OPOST | ONLCR;
    }
    expect_success("tcsetattr", tcsetattr(slave, TCSADRAIN, &settings));
    expect_success("tcgetattr", tcgetattr(slave, &got));
    expect("local flags", settings.c_lflag, got.c_lflag);
    expect("output flags", settings.c_oflag, got.c_oflag);
}

static void expect_bytes(const char* what, int file, const char* bytes) {
    char got[64] = {0};
    read_all(file, got, strlen(bytes));
    expect_text(what, bytes, got);
}

void step(unsigned number) {
    const struct winsize size = {.ws_row = (unsigned short)(20 + number % 50), .ws_col = 100};
    struct winsize got_size = {0};
    char got[64] = {0};
    int waiting = -1;
    expect_success("ioctl(TIOCSWINSZ)", ioctl(master, TIOCSWINSZ, &size));
    expect_success("ioctl(TIOCGWINSZ)", ioctl(slave, TIOCGWINSZ, &got_size));
    expect("rows", size.ws_row, got_size.ws_row);
    expect("columns", 100, got_size.ws_col);
    expect("isatty", 1, isatty(slave));
    expect("ttyname_r", 0, ttyname_r(slave, got, sizeof got));
    expect_text("name of the terminal", slave_name, got);

    set_mode(false);
    write_all(master, "lost\x15typed\r", 11);
    memset(got, 0, sizeof got);
    expect("line", 6, expect_success("read", read(slave, got, sizeof got)));
    expect_text("line", "typed\n", got);
    // What was typed comes back, but how the erased part looks depends on the terminal: skip to the end.
    for (char byte = 0; byte != '\n';) {
        read_all(master, &byte, 1);
    }
    write_all(slave, "out\n", 4);
    expect_bytes("output with a carriage return", master, "out\r\n");

    set_mode(true);
    write_all(master, "a\rb", 3);
    expect_bytes("raw input", slave, "a\rb");
    write_all(slave, "c\nd", 3);
    expect_bytes("raw output", master, "c\nd");
    expect_success("ioctl(FIONREAD)", ioctl(slave, FIONREAD, &waiting));
    expect("waiting bytes", 0, waiting);
    compute();
}
