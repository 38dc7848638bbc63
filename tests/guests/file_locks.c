// SPDX-License-Identifier: GPL-2.0-or-later
/// Holds record locks and whole-file locks that a second process runs into.
#include "guest.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>

enum { RANGE = 10 };

static int file;
static int connection;
static pid_t other;

static struct flock range(short type, unsigned number) {
    const struct flock lock = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)(number % 100) * RANGE, .l_len = RANGE};
    return lock;
}

/// The other process: for each number it gets, says whose lock is in the way (0: nobody's), and whether flock() works.
static _Noreturn void answer(int questions) {
    const int own = (int)expect_success("open", open("locked", O_RDWR));
    unsigned number = 0;
    while (read(questions, &number, sizeof number) == sizeof number) {
        struct flock lock = range(F_WRLCK, number);
        expect_success("fcntl(F_GETLK)", fcntl(own, F_GETLK, &lock));
        pid_t holder = lock.l_type == F_UNLCK ? 0 : lock.l_pid;
        if (holder != 0) {
            lock = range(F_WRLCK, number);
            expect_error("fcntl(F_SETLK)", EAGAIN, fcntl(own, F_SETLK, &lock));
            expect_error("flock", EWOULDBLOCK, flock(own, LOCK_EX | LOCK_NB));
        } else {
            lock = range(F_WRLCK, number);
            expect_success("fcntl(F_SETLK)", fcntl(own, F_SETLK, &lock));
            lock = range(F_UNLCK, number);
            expect_success("fcntl(F_SETLK)", fcntl(own, F_SETLK, &lock));
        }
        write_all(questions, &holder, sizeof holder);
    }
    _exit(0);
}

static pid_t ask(unsigned number) {
    pid_t holder = -1;
    write_all(connection, &number, sizeof number);
    read_all(connection, &holder, sizeof holder);
    return holder;
}

void set_up(void) {
    file = (int)expect_success("open", open("locked", O_RDWR | O_CREAT | O_TRUNC, 0600));
    int pair[2];
    expect_success("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    other = fork_child();
    if (other == 0) {
        close(pair[0]);
        answer(pair[1]);
    }
    close(pair[1]);
    connection = pair[0];
}

void step(unsigned number) {
    struct flock lock = range(F_WRLCK, number);
    expect_success("flock", flock(file, LOCK_EX));
    expect_success("fcntl(F_SETLKW)", fcntl(file, F_SETLKW, &lock));
    expect("holder of the lock", getpid(), ask(number));
    lock = range(F_UNLCK, number);
    expect_success("fcntl(F_SETLK)", fcntl(file, F_SETLK, &lock));
    expect_success("flock", flock(file, LOCK_UN));
    expect("holder of no lock", 0, ask(number));
}

void finish(void) {
    close(connection);
    expect_exit("the other process", other, 0);
    expect_success("unlink", unlink("locked"));
}
