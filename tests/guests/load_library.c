// SPDX-License-Identifier: GPL-2.0-or-later
/// Loads a library while it runs, calls it, and lets go of it again: mappings of files come and go.
#include "guest.h"

#include <dlfcn.h>

typedef double Function(double);

void step(unsigned number) {
    void* library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
    expect_true("dlopen", library != NULL);
    Function* root = NULL;
    *(void**)&root = expect_memory("dlsym", dlsym(library, "cbrt"));
    const double side = 1 + number % 100;
    const double got = root(side * side * side);
    expect_true("cubic root", got > side - 0.001 && got < side + 0.001);
    compute();
    expect("dlclose", 0, dlclose(library));
    expect_true("a library that is not there", dlopen("libno-such.so.9", RTLD_NOW) == NULL);
}
