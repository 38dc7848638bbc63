// SPDX-License-Identifier: GPL-2.0-or-later
/// Reads and writes a file without the kernel's cache (O_DIRECT), which wants buffers that are aligned, one by one.
#include "guest.h"

#include <fcntl.h>
#include <sys/uio.h>

enum { BLOCK = 4096, BLOCKS = 16, SIZE = BLOCK * BLOCKS };

/// No multiple of a logical block, as Linux takes it from 6.0 on if the device's DMA does.
enum { ODD_PLACE = 512 + 128 };

static char* data;
static char* got;
static char* odd;
static bool takes_odd_places;
static int file;

void set_up(void) {
    // Its own directory may be in memory, where the kernel takes any buffer.
    char name[64];
    snprintf(name, sizeof name, "/var/tmp/direct-%d", (int)getpid());
    file = open(name, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT, 0600);
    unlink(name);
    if (file == -1 && errno == EINVAL) {
        not_here("the file system of /var/tmp has no O_DIRECT");
    }
    expect_success("open", file);
    data = expect_memory("aligned_alloc", aligned_alloc(BLOCK, SIZE));
    got = expect_memory("aligned_alloc", aligned_alloc(BLOCK, SIZE));
    odd = (char*)expect_memory("aligned_alloc", aligned_alloc(BLOCK, 3 * BLOCK)) + ODD_PLACE;
    takes_odd_places = pwrite(file, odd, BLOCK, 0) == BLOCK;
}

static void use_odd_place(unsigned number) {
    const struct iovec list[] = {{odd, BLOCK}, {odd + BLOCK, BLOCK}};
    fill_pattern(odd, 2 * BLOCK, number);
    expect("bytes of pwritev", 2 * BLOCK, expect_success("pwritev", pwritev(file, list, 2, 0)));
    memset(odd, 0, 2 * BLOCK);
    expect("bytes of pread", 2 * BLOCK, expect_success("pread", pread(file, odd, 2 * BLOCK, 0)));
    check_pattern("what was written from an odd place", odd, 2 * BLOCK, number);
}

/// Blocks that do not follow one another, in reverse order.
static void scatter(struct iovec* list, char* memory) {
    for (int i = 0; i < BLOCKS / 2; ++i) {
        list[i] = (struct iovec){memory + SIZE - (2 * i + 1) * BLOCK, BLOCK};
    }
}

static void check_scattered(const char* what) {
    for (int i = 0; i < BLOCKS / 2; ++i) {
        expect(what, 0, memcmp(data + SIZE - (2 * i + 1) * BLOCK, got + SIZE - (2 * i + 1) * BLOCK, BLOCK));
    }
}

void step(unsigned number) {
    struct iovec list[BLOCKS / 2];
    fill_pattern(data, SIZE, number);
    expect("bytes of pwrite", SIZE, expect_success("pwrite", pwrite(file, data, SIZE, 0)));
    memset(got, 0, SIZE);
    expect("bytes of pread", SIZE, expect_success("pread", pread(file, got, SIZE, 0)));
    check_pattern("what was written", got, SIZE, number);

    scatter(list, data);
    expect_success("lseek", lseek(file, 0, SEEK_SET));
    expect("bytes of writev", SIZE / 2, expect_success("writev", writev(file, list, BLOCKS / 2)));
    memset(got, 0, SIZE);
    scatter(list, got);
    expect("bytes of preadv", SIZE / 2, expect_success("preadv", preadv(file, list, BLOCKS / 2, 0)));
    check_scattered("what was written in pieces");

    scatter(list, data);
    expect("bytes of pwritev", SIZE / 2, expect_success("pwritev", pwritev(file, list, BLOCKS / 2, BLOCK)));
    memset(got, 0, SIZE);
    scatter(list, got);
    expect_success("lseek", lseek(file, BLOCK, SEEK_SET));
    expect("bytes of readv", SIZE / 2, expect_success("readv", readv(file, list, BLOCKS / 2)));
    check_scattered("what was read in pieces");
    if (takes_odd_places) {
        use_odd_place(number);
    }
}

void finish(void) {
    expect_success("close", close(file));
}
