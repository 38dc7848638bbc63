// SPDX-License-Identifier: GPL-2.0-or-later
/// What programs in C do with openMosix's files.
///
///   processes remote [DIRECTORY]      the guests, read as qps reads them; DIRECTORY stands for /proc/hpc
///   processes put [-n] FILE VALUE     writes VALUE with one write(2), with -n without waiting; says "ok" or errno's
///                                     name, the last call, and how many milliseconds that took
///   processes spend FILE COMMAND...   runs COMMAND; FILE gets what wait4(2) says that it has used, in microseconds
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int complain(const char* subject, const char* problem) {
    fprintf(stderr, "processes: %s: %s\n", subject, problem);
    return 1;
}

static long long microseconds_of(struct timeval time) {
    return time.tv_sec * 1000000LL + time.tv_usec;
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

/// Into TEXT, of SIZE bytes; false: see errno.
static bool read_file(const char* path, char* text, size_t size) {
    int file = open(path, O_RDONLY);
    if (file < 0) {
        return false;
    }
    ssize_t length = read(file, text, size - 1);
    int error = errno;
    close(file);
    errno = error;
    if (length < 0) {
        return false;
    }
    text[length] = '\0';
    return true;
}

static bool is_number(const char* text) {
    for (const char* each = text; *each; ++each) {
        if (!isdigit((unsigned char)*each)) {
            return false;
        }
    }
    return *text != '\0';
}

/// 0, or 1 after a complaint. A guest that ends meanwhile is left out.
static int show_guest(const char* directory, const char* pid) {
    static const char* const names[] = {"from", "identity", "statm", "stats"};
    char texts[4][512];
    for (int i = 0; i < 4; ++i) {
        char path[512];
        snprintf(path, sizeof(path), "%s/remote/%s/%s", directory, pid, names[i]);
        if (!read_file(path, texts[i], sizeof(texts[i]))) {
            return errno == ENOENT ? 0 : complain(path, strerror(errno));
        }
    }
    int from, end = 0;
    if (sscanf(texts[0], "%d%n", &from, &end) != 1 || strcmp(texts[0] + end, "\n") != 0) {
        return complain("from", texts[0]);
    }
    int home_pid;
    if (sscanf(texts[1], "pid=%d", &home_pid) != 1) {
        return complain("identity", texts[1]);
    }
    long pages[7];
    int fields = sscanf(texts[2], "%ld %ld %ld %ld %ld %ld %ld", &pages[0], &pages[1], &pages[2], &pages[3], &pages[4],
                        &pages[5], &pages[6]);
    if (fields != 7) {
        return complain("statm", texts[2]);
    }
    long utime, cutime, vsize, rss, nswap, cnswap;
    int nice;
    char state;
    fields = sscanf(texts[3], "utime=%ld cutime=%ld nice=%d state=%c vsize=%ld rss=%ld nswap=%ld cnswap=%ld", &utime,
                    &cutime, &nice, &state, &vsize, &rss, &nswap, &cnswap);
    if (fields != 8) {
        return complain("stats", texts[3]);
    }
    printf(
        "guest %s from %d home_pid %d size %ld resident %ld utime %ld cutime %ld nice %d state %c vsize %ld rss %ld "
        "nswap %ld cnswap %ld\n",
        pid, from, home_pid, pages[0], pages[1], utime, cutime, nice, state, vsize, rss, nswap, cnswap);
    return 0;
}

static int show_guests(const char* directory) {
    char path[256];
    snprintf(path, sizeof(path), "%s/remote", directory);
    DIR* guests = opendir(path);
    if (guests == NULL) {
        return complain(path, strerror(errno));
    }
    int status = 0;
    errno = 0;
    for (struct dirent* entry; status == 0 && (entry = readdir(guests)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            status = is_number(entry->d_name) ? show_guest(directory, entry->d_name)
                                              : complain(entry->d_name, "not the number of a process");
        }
    }
    if (status == 0 && errno != 0) {
        status = complain(path, strerror(errno));
    }
    closedir(guests);
    return status;
}

static int put(const char* path, const char* value, int flags) {
    long long begin = now();
    const char* failed = "open";
    int error = 0;
    int file = open(path, O_WRONLY | flags);
    if (file >= 0) {
        failed = "write";
        errno = EIO;
        if (write(file, value, strlen(value)) == (ssize_t)strlen(value)) {
            failed = NULL;
        }
    }
    if (failed != NULL) {
        error = errno;
    }
    printf("%s %s %lld\n", failed == NULL ? "ok" : strerrorname_np(error), failed == NULL ? "write" : failed,
           (now() - begin) / 1000);
    return 0;
}

static int spend(const char* path, char** command) {
    FILE* output = fopen(path, "we");
    if (output == NULL) {
        return complain(path, strerror(errno));
    }
    long long begin = now();
    pid_t pid = fork();
    if (pid < 0) {
        return complain("fork", strerror(errno));
    }
    if (pid == 0) {
        execvp(command[0], command);
        _exit(complain(command[0], strerror(errno)));
    }
    int status;
    struct rusage usage;
    if (wait4(pid, &status, 0, &usage) != pid) {
        return complain("wait4", strerror(errno));
    }
    fprintf(output, "status %d user %lld system %lld real %lld\n", status, microseconds_of(usage.ru_utime),
            microseconds_of(usage.ru_stime), now() - begin);
    return fclose(output) == 0 ? 0 : complain(path, strerror(errno));
}

int main(int count, char** words) {
    const char* action = count > 1 ? words[1] : "";
    if (strcmp(action, "remote") == 0 && count <= 3) {
        return show_guests(count == 3 ? words[2] : "/proc/hpc");
    }
    if (strcmp(action, "put") == 0 && count == 4) {
        return put(words[2], words[3], 0);
    }
    if (strcmp(action, "put") == 0 && count == 5 && strcmp(words[2], "-n") == 0) {
        return put(words[3], words[4], O_NONBLOCK);
    }
    if (strcmp(action, "spend") == 0 && count >= 4) {
        return spend(words[2], words + 3);
    }
    return complain("usage", "remote [DIRECTORY], put [-n] FILE VALUE, or spend FILE COMMAND...");
}
