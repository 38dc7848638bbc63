// SPDX-License-Identifier: GPL-2.0-or-later
/// Writes LINES lines to the file OUTPUT, which depend on all that it has in its memory, and ends with status 7.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 1 << 16, ROUNDS = 4000, STATUS = 7 };

static uint64_t next(uint64_t number) {
    number ^= number << 13U;
    number ^= number >> 7U;
    number ^= number << 17U;
    return number;
}

int main(int count, char** arguments) {
    if (count != 3) {
        return 2;
    }
    FILE* output = fopen(arguments[1], "w");
    uint64_t* memory = calloc(WORDS, sizeof *memory);
    const long lines = strtol(arguments[2], NULL, 10);
    if (output == NULL || memory == NULL) {
        return 3;
    }
    uint64_t number = 1;
    double sum = 0;
    for (long line = 0; line < lines; ++line) {
        for (int round = 0; round < ROUNDS; ++round) {
            number = next(number);
            memory[number % WORDS] += number;
            sum = sum / 3 + (double)(memory[(number >> 20U) % WORDS] % 1000);
        }
        fprintf(output, "%ld %llx %.17g\n", line, (unsigned long long)memory[number % WORDS], sum);
        if (line % 8 == 0) {
            fflush(output);
        }
    }
    return fclose(output) == 0 ? STATUS : 4;
}
