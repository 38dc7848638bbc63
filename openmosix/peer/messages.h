// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "calls/call_request.h"
#include "clocks/clock_difference.h"
#include "image/process_image.h"
#include "peer/used_time.h"

/// What the two supervisors of a process that is away say to each other over the call connection. Each message is a
/// frame: its length (four bytes), its kind (two bytes) and its fields (image/encoding.h).
namespace openmosix {

/// Both sides must have the same.
inline constexpr std::uint32_t protocol_version = 7;

enum class MessageKind : std::uint16_t {
    prepare = 1,
    prepared = 2,
    refusal = 3,
    arrive = 4,
    ready = 5,
    go = 6,
    call = 7,
    result = 8,
    signal = 9,
    mask = 10,
    dispositions = 11,
    come_home = 12,
    coming_home = 13,
    file_page = 14,
    halt = 15,
    proceed = 16,
    ended = 18,
    all_here = 19,
    clock_question = 20,
    clock_answer = 21,
    interrupt = 22,
    signals_seen = 23,
    over = 24,
    recall = 25,
    buffer_part = 30,
    wall_clock = 40,
    processor_time = 41,
    time_counted = 42,
};

/// Home asks whether a process may come, and says what it needs.
struct Prepare {
    static constexpr MessageKind kind = MessageKind::prepare;
    std::uint32_t version = protocol_version;
    Abi abi = Abi::i386;
    /// What the kernels are: processes move between kernels of one kind.
    Abi kernel = Abi::i386;
    std::vector<std::string> cpu_features;
    /// A hash of the kernel's pages for fast system calls, of which signal frames have addresses.
    std::uint64_t vdso_hash = 0;
    std::uint32_t home = 0;
    std::uint32_t pid = 0;
    std::uint32_t uid = 0;
    std::string name;
    /// Bytes of RLIMIT_STACK, by which kernels lay address spaces out.
    std::uint64_t stack_limit = 0;
    /// Bytes of memory that are its own, which it will need there.
    std::uint64_t memory = 0;

    static void fields(auto& self, auto&& visit) {
        visit("version", self.version);
        visit("abi", self.abi);
        visit("kernel", self.kernel);
        visit("cpu_features", self.cpu_features);
        visit("vdso_hash", self.vdso_hash);
        visit("home", self.home);
        visit("pid", self.pid);
        visit("uid", self.uid);
        visit("name", self.name);
        visit("stack_limit", self.stack_limit);
        visit("memory", self.memory);
    }
};

/// What time it is at home, asked several times between Prepare and Prepared: the fastest answer says it best.
struct ClockQuestion {
    static constexpr MessageKind kind = MessageKind::clock_question;
    static void fields(auto&, auto&&) {}
};

struct ClockAnswer {
    static constexpr MessageKind kind = MessageKind::clock_answer;
    /// Nanoseconds of CLOCK_MONOTONIC and CLOCK_BOOTTIME.
    std::int64_t monotonic = 0;
    std::int64_t boottime = 0;

    static void fields(auto& self, auto&& visit) {
        visit("monotonic", self.monotonic);
        visit("boottime", self.boottime);
    }
};

/// The other side has a body that only lacks its image, and waits for the page connection.
struct Prepared {
    static constexpr MessageKind kind = MessageKind::prepared;
    std::uint16_t page_port = 0;
    std::uint32_t body = 0;
    /// How many pages it holds until the process comes.
    std::uint64_t held_pages = 0;

    static void fields(auto& self, auto&& visit) {
        visit("page_port", self.page_port);
        visit("body", self.body);
        visit("held_pages", self.held_pages);
    }
};

/// It will not or cannot, from whichever side.
struct Refusal {
    static constexpr MessageKind kind = MessageKind::refusal;
    std::string reason;

    static void fields(auto& self, auto&& visit) { visit("reason", self.reason); }
};

struct Arrive {
    static constexpr MessageKind kind = MessageKind::arrive;
    ProcessImage image;
    /// Home's clock when it was frozen.
    ClockReading monotonic;
    /// As of WallClock.
    std::int64_t wall_clock_ahead = 0;
    /// The deputy goes on with a call that the process was in when it was frozen; the body waits for its result.
    bool waits_for_call = false;
    /// As of getpriority(2).
    std::int64_t nice = 0;
    /// Bytes of RLIMIT_STACK.
    std::uint64_t stack_limit = 0;
    /// As of sched_setscheduler(2): none but SCHED_OTHER, SCHED_BATCH and SCHED_IDLE.
    std::uint8_t scheduling = 0;
    /// Nanoseconds of a processor's time that were used at home; ProcessorTime and TimeCounted as of now.
    std::uint64_t time_at_home = 0;
    UsedTime elsewhere;
    UsedTime counted;

    static void fields(auto& self, auto&& visit) {
        visit("image", self.image);
        visit("monotonic", self.monotonic);
        visit("wall_clock_ahead", self.wall_clock_ahead);
        visit("waits_for_call", self.waits_for_call);
        visit("nice", self.nice);
        visit("stack_limit", self.stack_limit);
        visit("scheduling", self.scheduling);
        visit("time_at_home", self.time_at_home);
        visit("elsewhere", self.elsewhere);
        visit("counted", self.counted);
    }
};

/// The body stands where the process was frozen.
struct Ready {
    static constexpr MessageKind kind = MessageKind::ready;
    static void fields(auto&, auto&&) {}
};

/// From here on the body is the process.
struct Go {
    static constexpr MessageKind kind = MessageKind::go;
    static void fields(auto&, auto&&) {}
};

struct Call {
    static constexpr MessageKind kind = MessageKind::call;
    std::uint64_t sequence = 0;
    /// The signals that the process blocks.
    std::uint64_t mask = 0;
    /// A signal is pending in the body whose handler runs now: the call ends at once if it would wait.
    bool is_interrupted = false;
    /// The call goes on that was interrupted last: its timeout has begun then.
    bool is_continued = false;
    CallRequest request;

    static void fields(auto& self, auto&& visit) {
        visit("sequence", self.sequence);
        visit("mask", self.mask);
        visit("is_interrupted", self.is_interrupted);
        visit("is_continued", self.is_continued);
        visit("request", self.request);
    }
};

/// What home's kernel has written to the program's own memory (RestartedOutput).
struct MemoryWrite {
    std::uint64_t address = 0;
    Bytes content;

    static void fields(auto& self, auto&& visit) {
        visit("address", self.address);
        visit("content", self.content);
    }
};

/// Of the input of the Call, or of the output of the Result, that comes next (buffer_parts.h).
struct BufferPart {
    static constexpr MessageKind kind = MessageKind::buffer_part;
    Bytes bytes;

    static void fields(auto& self, auto&& visit) { visit("bytes", self.bytes); }
};

struct Result {
    static constexpr MessageKind kind = MessageKind::result;
    std::uint64_t sequence = 0;
    CallResult result;
    /// Of a call that the process was in when it left home.
    std::vector<MemoryWrite> writes;
    /// siginfo_t of signals that came before the call ended, to be delivered before the process goes on.
    std::vector<Bytes> signals;
    /// Nothing was done: the process must come home for it.
    bool is_for_home = false;

    static void fields(auto& self, auto&& visit) {
        visit("sequence", self.sequence);
        visit("result", self.result);
        visit("writes", self.writes);
        visit("signals", self.signals);
        visit("is_for_home", self.is_for_home);
    }
};

struct Signal {
    static constexpr MessageKind kind = MessageKind::signal;
    Bytes info;

    static void fields(auto& self, auto&& visit) { visit("info", self.info); }
};

/// A Signal has reached the body while it waits for the result of this call: if the call waits at home, it is over.
struct Interrupt {
    static constexpr MessageKind kind = MessageKind::interrupt;
    std::uint64_t sequence = 0;

    static void fields(auto& self, auto&& visit) { visit("sequence", self.sequence); }
};

/// How many Signal messages have come: home need not keep those any more, and may send more. Said when the program has
/// taken those that it does not block then, in a handler for example.
struct SignalsSeen {
    static constexpr MessageKind kind = MessageKind::signals_seen;
    std::uint64_t count = 0;

    static void fields(auto& self, auto&& visit) { visit("count", self.count); }
};

/// The process blocks other signals now.
struct Mask {
    static constexpr MessageKind kind = MessageKind::mask;
    std::uint64_t mask = 0;

    static void fields(auto& self, auto&& visit) { visit("mask", self.mask); }
};

/// What the process has set signals to do: home decides alone about those that it does not catch.
struct Dispositions {
    static constexpr MessageKind kind = MessageKind::dispositions;
    std::uint64_t caught = 0;
    std::uint64_t ignored = 0;
    /// Flags of the action for SIGCHLD: whether children leave zombies.
    std::uint64_t child_flags = 0;

    static void fields(auto& self, auto&& visit) {
        visit("caught", self.caught);
        visit("ignored", self.ignored);
        visit("child_flags", self.child_flags);
    }
};

/// Home's wall clock was set: nanoseconds that it is ahead of home's CLOCK_MONOTONIC now.
struct WallClock {
    static constexpr MessageKind kind = MessageKind::wall_clock;
    std::int64_t ahead = 0;

    static void fields(auto& self, auto&& visit) { visit("ahead", self.ahead); }
};

/// What the process has used on all nodes but home since it left home for the first time. Also before what ends it.
struct ProcessorTime {
    static constexpr MessageKind kind = MessageKind::processor_time;
    UsedTime elsewhere;

    static void fields(auto& self, auto&& visit) { visit("elsewhere", self.elsewhere); }
};

/// What of that home's kernel has counted: it is in the result of each call that comes after this.
struct TimeCounted {
    static constexpr MessageKind kind = MessageKind::time_counted;
    UsedTime counted;

    static void fields(auto& self, auto&& visit) { visit("counted", self.counted); }
};

struct ComeHome {
    static constexpr MessageKind kind = MessageKind::come_home;
    static void fields(auto&, auto&&) {}
};

/// The guest's node wants it to go home, and home to send ComeHome: only home decides where a process goes. It stays at
/// home then. Sent once at most.
struct Recall {
    static constexpr MessageKind kind = MessageKind::recall;
    static void fields(auto&, auto&&) {}
};

/// A page of a file mapping that the process has changed; they come before ComingHome.
struct FilePage {
    static constexpr MessageKind kind = MessageKind::file_page;
    std::uint64_t address = 0;
    Bytes content;

    static void fields(auto& self, auto&& visit) {
        visit("address", self.address);
        visit("content", self.content);
    }
};

struct AddressRange {
    std::uint64_t start = 0;
    std::uint64_t end = 0;

    static void fields(auto& self, auto&& visit) {
        visit("start", self.start);
        visit("end", self.end);
    }
};

struct ComingHome {
    static constexpr MessageKind kind = MessageKind::coming_home;
    ProcessImage image;
    /// Anonymous memory that is still mapped as it was when it left, and what of it home never sent, so that it is
    /// still there.
    std::vector<AddressRange> mapped_as_before;
    std::vector<AddressRange> at_home;
    /// It comes because of a call that only home can do, and wants to leave again after it; which.
    bool leaves_again = false;
    std::string reason;
    /// The call that the deputy is in goes on, and its result is the process's.
    bool waits_for_call = false;
    /// How many Signal messages came before it left.
    std::uint64_t signals_seen = 0;
    /// What of home's clock the body could read last.
    ClockReading monotonic;
    /// As of ProcessorTime.
    UsedTime elsewhere;

    static void fields(auto& self, auto&& visit) {
        visit("image", self.image);
        visit("mapped_as_before", self.mapped_as_before);
        visit("at_home", self.at_home);
        visit("leaves_again", self.leaves_again);
        visit("reason", self.reason);
        visit("waits_for_call", self.waits_for_call);
        visit("signals_seen", self.signals_seen);
        visit("monotonic", self.monotonic);
        visit("elsewhere", self.elsewhere);
    }
};

/// The deputy was stopped (SIGSTOP): the body must stand still.
struct Halt {
    static constexpr MessageKind kind = MessageKind::halt;
    static void fields(auto&, auto&&) {}
};

struct Proceed {
    static constexpr MessageKind kind = MessageKind::proceed;
    static void fields(auto&, auto&&) {}
};

/// The process has ended at home: nothing is left for the body to do. The last message.
struct Over {
    static constexpr MessageKind kind = MessageKind::over;
    static void fields(auto&, auto&&) {}
};

/// The body lacks nothing any more but pages of files that nobody touched: home need not keep the rest.
struct AllHere {
    static constexpr MessageKind kind = MessageKind::all_here;
    static void fields(auto&, auto&&) {}
};

/// The body is gone; as of wait(2).
struct Ended {
    static constexpr MessageKind kind = MessageKind::ended;
    std::uint32_t status = 0;

    static void fields(auto& self, auto&& visit) { visit("status", self.status); }
};

}  // namespace openmosix
