// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

int guest_argument_count;
char** guest_arguments;

static pid_t main_process;
static uint64_t arithmetic_rounds = 1000;
static uint64_t arithmetic_result;

__attribute__((weak)) void set_up(void) {}
__attribute__((weak)) void finish(void) {}

void wrong(const char* what, long long expected, long long got) {
    // A child of the guest shares its stdout: the first word of a line must be whole.
    fprintf(stdout, "WRONG: %s, expected %lld, got %lld%s\n", what, expected, got,
            getpid() == main_process ? "" : " (in a child)");
    fflush(stdout);
    _exit(EXIT_FAILURE);
}

void not_here(const char* reason) {
    printf("not here: %s\n", reason);
    fflush(stdout);
    _exit(STATUS_NOT_HERE);
}

void expect(const char* what, long long expected, long long got) {
    if (expected != got) {
        wrong(what, expected, got);
    }
}

void expect_true(const char* what, bool condition) {
    expect(what, true, condition);
}

void expect_at_least(const char* what, long long least, long long got) {
    if (got < least) {
        wrong(what, least, got);
    }
}

long expect_success(const char* call, long result) {
    if (result == -1) {
        char text[200];
        snprintf(text, sizeof text, "%s: %s", call, strerror(errno));
        wrong(text, 0, result);
    }
    return result;
}

void expect_error(const char* call, int error, long result) {
    const int found = errno;
    expect(call, -1, result);
    expect(call, error, found);
}

void* expect_memory(const char* call, void* pointer) {
    expect_success(call, pointer == NULL || pointer == MAP_FAILED ? -1 : 0);
    return pointer;
}

void expect_text(const char* what, const char* expected, const char* got) {
    if (strcmp(expected, got) != 0) {
        char text[600];
        snprintf(text, sizeof text, "%s: \"%.200s\" became \"%.200s\"", what, expected, got);
        wrong(text, 0, strcmp(expected, got));
    }
}

uint64_t mixed(uint64_t seed) {
    // SplitMix64's output function.
    seed += UINT64_C(0x9e3779b97f4a7c15);
    seed = (seed ^ (seed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    seed = (seed ^ (seed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return seed ^ (seed >> 31);
}

void fill_pattern(void* memory, size_t size, uint64_t seed) {
    for (size_t position = 0; position < size; position += sizeof(uint64_t)) {
        const uint64_t word = mixed(seed + position);
        memcpy((char*)memory + position, &word, size - position < sizeof word ? size - position : sizeof word);
    }
}

void check_pattern(const char* what, const void* memory, size_t size, uint64_t seed) {
    for (size_t position = 0; position < size; position += sizeof(uint64_t)) {
        const size_t length = size - position < sizeof(uint64_t) ? size - position : sizeof(uint64_t);
        const uint64_t word = mixed(seed + position);
        uint64_t got = 0;
        memcpy(&got, (const char*)memory + position, length);
        if (memcmp(&word, &got, length) != 0) {
            char text[200];
            snprintf(text, sizeof text, "%s at offset %zu of %zu", what, position, size);
            wrong(text, (long long)word, (long long)got);
        }
    }
}

static uint64_t arithmetic(uint64_t rounds) {
    uint64_t value = 1;
    for (uint64_t round = 0; round < rounds; ++round) {
        value = mixed(value ^ round);
    }
    return value;
}

static void calibrate(void) {
    int64_t elapsed = 0;
    for (arithmetic_rounds = 1000; elapsed < 1000; arithmetic_rounds *= 2) {
        const int64_t start = now();
        arithmetic_result = arithmetic(arithmetic_rounds);
        elapsed = now() - start;
    }
    arithmetic_rounds /= 2;
}

void compute(void) {
    const uint64_t result = arithmetic(arithmetic_rounds);
    expect("result of a computation", (long long)arithmetic_result, (long long)result);
}

int64_t microseconds(clockid_t clock) {
    struct timespec time = {0};
    expect_success("clock_gettime", clock_gettime(clock, &time));
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

int64_t now(void) {
    return microseconds(CLOCK_MONOTONIC);
}

void have_patience(const char* what, int64_t start) {
    if (now() - start > PATIENCE) {
        wrong(what, 0, now() - start);
    }
}

void write_all(int file, const void* bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        done += (size_t)expect_success("write", write(file, (const char*)bytes + done, size - done));
    }
}

void read_all(int file, void* bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        const long count = expect_success("read", read(file, (char*)bytes + done, size - done));
        expect_at_least("bytes before the end of the file", 1, count);
        done += (size_t)count;
    }
}

void expect_exit(const char* what, pid_t child, int status) {
    int found = -1;
    expect(what, child, expect_success("waitpid", waitpid(child, &found, 0)));
    expect_true(what, WIFEXITED(found));
    expect(what, status, WEXITSTATUS(found));
}

pid_t fork_child(void) {
    fflush(stdout);
    const pid_t child = (pid_t)expect_success("fork", fork());
    if (child == 0) {
        expect_success("prctl(PR_SET_PDEATHSIG)", prctl(PR_SET_PDEATHSIG, SIGKILL));
    }
    return child;
}

static _Noreturn void explain_usage(const char* problem) {
    fprintf(stderr, "%s: %s\nusage: %s [--steps N] [--until FILE] [--progress FILE] [--first N]\n", guest_arguments[0],
            problem, guest_arguments[0]);
    exit(2);
}

static void report_progress(int file, unsigned long number) {
    char line[32];
    if (file != -1) {
        const int length = snprintf(line, sizeof line, "%10lu\n", number);
        expect("pwrite of the progress", length, pwrite(file, line, (size_t)length, 0));
    }
}

int main(int argument_count, char** arguments) {
    unsigned long steps = 0, first = 0;
    const char* stop_file = NULL;
    int progress = -1;
    guest_argument_count = argument_count;
    guest_arguments = arguments;
    for (int index = 1; index < argument_count; index += 2) {
        if (index + 1 == argument_count) {
            explain_usage("an option lacks its value");
        } else if (strcmp(arguments[index], "--steps") == 0) {
            steps = strtoul(arguments[index + 1], NULL, 10);
        } else if (strcmp(arguments[index], "--until") == 0) {
            stop_file = arguments[index + 1];
        } else if (strcmp(arguments[index], "--progress") == 0) {
            progress = open(arguments[index + 1], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
            expect_success("open of the progress file", progress);
        } else if (strcmp(arguments[index], "--first") == 0) {
            first = strtoul(arguments[index + 1], NULL, 10);
        } else {
            explain_usage("unknown option");
        }
    }
    if (steps == 0 && stop_file == NULL) {
        explain_usage("neither --steps nor --until: it would never end");
    }
    // The library's allocator is the guests': the frame must not use it.
    static char output[BUFSIZ];
    setvbuf(stdout, output, _IOLBF, sizeof output);
    main_process = getpid();
    calibrate();
    set_up();
    // A guest that executes itself goes on where it was.
    if (first == 0) {
        printf("ready %d\n", (int)main_process);
        fflush(stdout);
    }
    unsigned long number = first;
    report_progress(progress, number);
    while ((steps == 0 || number < steps) && (stop_file == NULL || access(stop_file, F_OK) != 0)) {
        step((unsigned)number);
        ++number;
        report_progress(progress, number);
    }
    finish();
    printf("right %lu\n", number);
    fflush(stdout);
    return EXIT_SUCCESS;
}
