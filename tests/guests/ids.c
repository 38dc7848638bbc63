// SPDX-License-Identifier: GPL-2.0-or-later
/// Who it is, and whose: pid, parent, users, groups, session, terminal never change.
#include "guest.h"

#include <grp.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>

enum { MOST_GROUPS = 64 };

struct Identity {
    long pid, thread, parent, user, effective_user, group, effective_group, process_group, session;
    long saved_user, saved_group, file_user, terminal, groups, first_group;
};

static struct Identity at_first;

static struct Identity look(void) {
    struct Identity found = {0};
    uid_t real = 0, effective = 0, saved = 0;
    gid_t groups[MOST_GROUPS] = {0};
    char path[200];
    found.pid = getpid();
    found.thread = syscall(SYS_gettid);
    found.parent = getppid();
    found.user = getuid();
    found.effective_user = geteuid();
    found.group = getgid();
    found.effective_group = getegid();
    found.process_group = getpgid(0);
    found.session = getsid(0);
    expect_success("getresuid", getresuid(&real, &effective, &saved));
    found.saved_user = saved;
    expect_success("getresgid", getresgid(&real, &effective, &saved));
    found.saved_group = saved;
    found.file_user = setfsuid((uid_t)-1);
    found.terminal = ttyname_r(STDOUT_FILENO, path, sizeof path);
    found.groups = expect_success("getgroups", getgroups(MOST_GROUPS, groups));
    found.first_group = found.groups > 0 ? (long)groups[0] : 0;
    return found;
}

static long from_status(const char* key) {
    char line[200];
    long value = -1;
    FILE* status = expect_memory("fopen", fopen("/proc/self/status", "re"));
    while (fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            value = strtol(line + strlen(key), NULL, 10);
        }
    }
    fclose(status);
    return value;
}

void set_up(void) {
    at_first = look();
}

void step(unsigned number) {
    const struct Identity found = look();
    const long* expected = &at_first.pid;
    const long* got = &found.pid;
    for (unsigned index = 0; index < sizeof found / sizeof found.pid; ++index) {
        char what[32];
        snprintf(what, sizeof what, "number %u of its identity", index);
        expect(what, expected[index], got[index]);
    }
    expect("thread", found.pid, found.thread);
    if (number % 8 == 0) {
        char target[32] = {0};
        expect_success("readlink", readlink("/proc/self", target, sizeof target - 1));
        expect("/proc/self", found.pid, atol(target));
        expect("Pid in /proc/self/status", found.pid, from_status("Pid:"));
        expect("PPid in /proc/self/status", found.parent, from_status("PPid:"));
    }
    compute();
}
