// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "cpu/extended_state.h"
#include "image/fields.h"
#include "tracee/registers.h"

/// The state of a frozen process but for the content of its memory: what is sent when it moves, and what a checkpoint
/// file begins with.
namespace openmosix {

/// A part of the address space.
struct ImageRange {
    enum class Content : std::uint8_t {
        /// Zeros until written.
        anonymous = 0,
        /// A private mapping of a file at home, or of one that nobody writes; `path` and `offset` say of which.
        file = 1,
    };
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    /// PROT_READ, PROT_WRITE, PROT_EXEC (mmap(2)).
    std::uint8_t protection = 0;
    /// mapping_attribute.
    std::uint32_t attributes = 0;
    Content content = Content::anonymous;
    std::string path;
    std::uint64_t offset = 0;

    static void fields(auto& self, auto&& visit) {
        visit("start", self.start);
        visit("end", self.end);
        visit("protection", self.protection);
        visit("attributes", self.attributes);
        visit("content", self.content);
        visit("path", self.path);
        visit("offset", self.offset);
    }
    bool operator==(const ImageRange&) const = default;
};

/// Addresses that the kernel keeps of a program (prctl(2), PR_SET_MM_MAP), in that structure's order.
struct ImageLayout {
    std::uint64_t start_code = 0;
    std::uint64_t end_code = 0;
    std::uint64_t start_data = 0;
    std::uint64_t end_data = 0;
    std::uint64_t start_brk = 0;
    std::uint64_t brk = 0;
    std::uint64_t start_stack = 0;
    std::uint64_t arg_start = 0;
    std::uint64_t arg_end = 0;
    std::uint64_t env_start = 0;
    std::uint64_t env_end = 0;
    Bytes auxiliary_vector;
    /// The kernel's own pages for fast system calls; all of them, data and code.
    std::uint64_t vdso_start = 0;
    std::uint64_t vdso_end = 0;

    static void fields(auto& self, auto&& visit) {
        visit("start_code", self.start_code);
        visit("end_code", self.end_code);
        visit("start_data", self.start_data);
        visit("end_data", self.end_data);
        visit("start_brk", self.start_brk);
        visit("brk", self.brk);
        visit("start_stack", self.start_stack);
        visit("arg_start", self.arg_start);
        visit("arg_end", self.arg_end);
        visit("env_start", self.env_start);
        visit("env_end", self.env_end);
        visit("auxiliary_vector", self.auxiliary_vector);
        visit("vdso_start", self.vdso_start);
        visit("vdso_end", self.vdso_end);
    }
};

/// What a signal does, as the structure of rt_sigaction(2) of the process's ABI (i386 20 bytes, amd64 32).
struct ImageAction {
    std::uint8_t signal = 0;
    Bytes action;

    static void fields(auto& self, auto&& visit) {
        visit("signal", self.signal);
        visit("action", self.action);
    }
};

struct ImageSignals {
    std::uint64_t blocked = 0;
    /// All that are not the default.
    std::vector<ImageAction> actions;
    /// stack_t of the ABI.
    Bytes alternative_stack;
    /// siginfo_t of the kernel, 128 bytes each; of those that wait in the body only.
    std::vector<Bytes> pending;

    static void fields(auto& self, auto&& visit) {
        visit("blocked", self.blocked);
        visit("actions", self.actions);
        visit("alternative_stack", self.alternative_stack);
        visit("pending", self.pending);
    }
};

/// What belongs to the one thread.
struct ImageThread {
    Registers registers;
    ExtendedState extended_state;
    /// i386: the descriptors of set_thread_area(2) (struct user_desc, 16 bytes each).
    std::vector<Bytes> segments;
    std::uint64_t robust_list = 0;
    std::uint64_t robust_list_size = 0;
    std::uint64_t clear_tid_address = 0;
    /// rseq(2); size 0: not registered.
    std::uint64_t rseq_address = 0;
    std::uint32_t rseq_size = 0;
    std::uint32_t rseq_signature = 0;
    /// struct itimerval of ITIMER_VIRTUAL and ITIMER_PROF, with what is left of them.
    std::array<Bytes, 2> cpu_timers;

    static void fields(auto& self, auto&& visit) {
        visit("registers", self.registers);
        visit("extended_state", self.extended_state);
        visit("segments", self.segments);
        visit("robust_list", self.robust_list);
        visit("robust_list_size", self.robust_list_size);
        visit("clear_tid_address", self.clear_tid_address);
        visit("rseq_address", self.rseq_address);
        visit("rseq_size", self.rseq_size);
        visit("rseq_signature", self.rseq_signature);
        visit("cpu_timers", self.cpu_timers);
    }
};

struct ProcessImage {
    std::uint32_t pid = 0;
    std::uint32_t uid = 0;
    std::string name;
    ImageThread thread;
    ImageSignals signals;
    ImageLayout layout;
    std::vector<ImageRange> ranges;
    /// Where the agent's area is.
    std::uint64_t agent_address = 0;
    /// personality(2).
    std::uint32_t personality = 0;
    /// Nanoseconds of user and system time that the process has used so far, wherever it was.
    std::uint64_t user_time = 0;
    std::uint64_t system_time = 0;

    static void fields(auto& self, auto&& visit) {
        visit("pid", self.pid);
        visit("uid", self.uid);
        visit("name", self.name);
        visit("thread", self.thread);
        visit("signals", self.signals);
        visit("layout", self.layout);
        visit("ranges", self.ranges);
        visit("agent_address", self.agent_address);
        visit("personality", self.personality);
        visit("user_time", self.user_time);
        visit("system_time", self.system_time);
    }
};

}  // namespace openmosix
