// SPDX-License-Identifier: GPL-2.0-or-later
/// What a program is told when it starts, and what it can ask about itself and its host, stays the same.
#include "guest.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

extern char** environ;

static uint64_t first_sum;
static struct utsname first_host;
static char first_program[3000];
static char first_auxiliary[16];
static char first_command_line[6000];
static long first_command_line_size;

static uint64_t sum_of(char* const* texts) {
    uint64_t sum = 0;
    for (unsigned index = 0; texts[index] != NULL; ++index) {
        for (const char* byte = texts[index]; *byte != '\0'; ++byte) {
            sum = mixed(sum ^ (unsigned char)*byte);
        }
    }
    return sum;
}

static long read_small_file(const char* path, char* content, size_t size) {
    const int file = (int)expect_success(path, open(path, O_RDONLY | O_CLOEXEC));
    memset(content, 0, size);
    const long count = expect_success("read", read(file, content, size - 1));
    expect_success("close", close(file));
    return count;
}

static void read_link(const char* path, char* target, size_t size) {
    memset(target, 0, size);
    expect_success(path, readlink(path, target, size - 1));
}

void set_up(void) {
    first_sum = sum_of(environ) + sum_of(guest_arguments);
    expect_success("uname", uname(&first_host));
    read_link("/proc/self/exe", first_program, sizeof first_program);
    memcpy(first_auxiliary, (const void*)getauxval(AT_RANDOM), sizeof first_auxiliary);
    first_command_line_size = read_small_file("/proc/self/cmdline", first_command_line, sizeof first_command_line);
}

void step(unsigned number) {
    char text[6000];
    char name[17] = "guest", got_name[17] = {0};
    struct utsname host;
    compute();
    expect("environment and arguments", (long long)first_sum, (long long)(sum_of(environ) + sum_of(guest_arguments)));
    expect("AT_RANDOM", 0, memcmp(first_auxiliary, (const void*)getauxval(AT_RANDOM), sizeof first_auxiliary));
    expect("page size", 4096, sysconf(_SC_PAGESIZE));
    expect_success("uname", uname(&host));
    expect_text("host", first_host.nodename, host.nodename);
    expect_text("kernel", first_host.release, host.release);
    expect_success("gethostname", gethostname(text, sizeof text));
    expect_text("host", first_host.nodename, text);

    read_link("/proc/self/exe", text, sizeof text);
    expect_text("program", first_program, text);
    read_small_file("/proc/self/stat", text, sizeof text);
    expect("pid in /proc/self/stat", getpid(), atol(text));
    expect("command line", first_command_line_size, read_small_file("/proc/self/cmdline", text, sizeof text));
    expect("command line", 0, memcmp(first_command_line, text, (size_t)first_command_line_size));
    struct stat status;
    expect_success("stat of its own program by its link", stat("/proc/self/exe", &status));

    snprintf(name, sizeof name, "guest %u", number % 1000);
    expect_success("prctl(PR_SET_NAME)", prctl(PR_SET_NAME, name));
    expect_success("prctl(PR_GET_NAME)", prctl(PR_GET_NAME, got_name));
    expect_text("name", name, got_name);
    read_small_file("/proc/self/comm", text, sizeof text);
    expect("name in /proc/self/comm", 0, strncmp(name, text, strlen(name)));
}
