// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/thread_area.h"

#include <asm/ldt.h>
#include <sys/ptrace.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tracee/process_end.h"

namespace openmosix {

namespace {

// asm/ptrace-abi.h, which cannot be included together with sys/ptrace.h.
constexpr int get_thread_area = 25;
constexpr int set_thread_area = 26;
// GDT_ENTRY_TLS_MIN of arch/x86/include/asm/segment.h.
constexpr int first_entry = sizeof(void*) == 4 ? 6 : 12;
constexpr int entries = 3;

long transfer(int request, pid_t pid, int entry, user_desc& descriptor) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg,performance-no-int-to-ptr)
    return ::ptrace(static_cast<__ptrace_request>(request), pid, entry, &descriptor);
}

}  // namespace

std::vector<Bytes> read_thread_areas(pid_t pid, Abi abi) {
    std::vector<Bytes> result;
    if (abi == Abi::amd64) {
        return result;
    }
    for (int entry = first_entry; entry < first_entry + entries; ++entry) {
        user_desc descriptor{};
        if (transfer(get_thread_area, pid, entry, descriptor) == -1) {
            fail_for(pid, errno, "its thread areas");
        }
        if (descriptor.base_addr != 0 || descriptor.limit != 0) {
            Bytes bytes(sizeof descriptor);
            std::memcpy(bytes.data(), &descriptor, sizeof descriptor);
            result.push_back(std::move(bytes));
        }
    }
    return result;
}

void write_thread_areas(pid_t pid, const std::vector<Bytes>& segments) {
    for (const Bytes& bytes : segments) {
        user_desc descriptor{};
        std::memcpy(&descriptor, bytes.data(), std::min(bytes.size(), sizeof descriptor));
        if (transfer(set_thread_area, pid, static_cast<int>(descriptor.entry_number), descriptor) == -1) {
            fail_for(pid, errno, "its thread areas");
        }
    }
}

}  // namespace openmosix
