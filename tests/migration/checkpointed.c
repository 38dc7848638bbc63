// SPDX-License-Identifier: GPL-2.0-or-later
/// checkpointed OUTPUT LINES GO: writes LINES lines to the file OUTPUT, which depend on all that it has in its memory, and
/// ends with status 7. In the middle it computes the same again and again until there is a file GO; status 5 when that is
/// not always the same.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORDS = 1 << 16, ROUNDS = 4000, ROUNDS_OF_A_LOOK = 100000, STATUS = 7 };

static uint64_t next(uint64_t number) {
    number ^= number << 13U;
    number ^= number >> 7U;
    number ^= number << 17U;
    return number;
}

/// Depends on all of the memory, and changes none of it.
static double sum_of(uint64_t number, const uint64_t* memory) {
    double sum = 0;
    for (int round = 0; round < ROUNDS_OF_A_LOOK; ++round) {
        number = next(number);
        sum = sum / 3 + (double)(memory[number % WORDS] % 1000);
    }
    return sum;
}

int main(int count, char** arguments) {
    if (count != 4) {
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
        if (line == lines / 2) {
            // Without the excess precision of an x87 register.
            volatile double first = sum_of(number, memory);
            do {
                volatile double again = sum_of(number, memory);
                if (again != first) {
                    return 5;
                }
            } while (access(arguments[3], F_OK) != 0);
        }
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
