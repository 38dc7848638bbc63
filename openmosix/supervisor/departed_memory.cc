// SPDX-License-Identifier: GPL-2.0-or-later
// The memory of a process that leaves, which goes ahead of it and follows it.
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <stdexcept>
#include <string>

#include "clocks/read_clock.h"
#include "freeze/memory_map.h"
#include "image/mapping_attributes.h"
#include "memory/advance_copy.h"
#include "supervisor/home_supervisor.h"
#include "tracee/call_numbers.h"
#include "tracee/process_end.h"

namespace openmosix {

namespace {

/// With less it leaves at once: what follows it is there within seconds on any link.
constexpr std::uint64_t min_bytes_ahead = std::uint64_t{4} << 20U;
/// Larger ones are reserved rather than used, and looking through them takes seconds.
constexpr std::uint64_t max_range_ahead = std::uint64_t{4} << 30U;
/// After that the process leaves, and the rest of its memory follows it.
constexpr int max_seconds_ahead = 40;

/// What can be sent of a process that runs. No stack: reading what it has just given back would make it grow again
/// (mm/memory.c, __access_remote_vm()).
PageRanges memory_of(const std::vector<MappedRange>& map) {
    PageRanges memory;
    for (const MappedRange& range : map) {
        const bool is_stack = (range.attributes & mapping_attribute::grows_down) != 0;
        const bool is_reserved = range.end - range.start > max_range_ahead;
        if (!range.shared && !is_stack && !is_reserved && !belongs_to_kernel(range)) {
            memory.add(range.start, range.end);
        }
    }
    return memory;
}

/// Of a copy that began that many nanoseconds ago.
std::string progress_text(std::uint64_t done, std::uint64_t all, std::int64_t elapsed) {
    const double share = std::min(static_cast<double>(done) / static_cast<double>(all), 1.0);
    std::string text = std::to_string(static_cast<int>(share * 100)) + " % of its memory copied";
    if (share > 0) {
        text += ", " + std::to_string(std::lround(static_cast<double>(elapsed) / 1e9 * (1 / share - 1))) + " s left";
    }
    return text;
}

}  // namespace

KnownPages HomeSupervisor::copy_ahead(const std::vector<MappedRange>& map, const Requester& requester) {
    sent_ahead_ = {};
    if (tracee_) {
        // It stands, or is on its way from one node to the next.
        return {};
    }
    try {
        return copy_running_process(map, requester);
    } catch (const ProcessEnded&) {
        if (has_ended(options_.pid)) {
            throw;
        }
        // Only the address space has: it has just started another program, before anything was sent.
        return {};
    } catch (const std::exception&) {
        if (has_ended(options_.pid)) {
            throw ProcessEnded();
        }
        throw;
    }
}

KnownPages HomeSupervisor::copy_running_process(const std::vector<MappedRange>& map, const Requester& requester) {
    AdvanceCopy copy(options_.pid, pages_.number(), page_reader_, memory_of(map), max_pages_ahead_);
    // It reads the address space that was there when it was made: what has been started since does not count.
    must_be_allowed(requester);
    if (copy.bytes() < min_bytes_ahead) {
        return {};
    }
    const std::int64_t began = read_clock(CLOCK_MONOTONIC);
    const auto tell = [&] {
        must_be_allowed(requester);
        write_state("moving", progress_text(copy.sent(), copy.bytes(), read_clock(CLOCK_MONOTONIC) - began));
    };
    // Another request for it is served when it is there: what has not gone ahead follows it.
    copy.run(control_.descriptors(), in_seconds(max_seconds_ahead), tell);
    sent_ahead_ = {.bytes = copy.sent(), .time = read_clock(CLOCK_MONOTONIC) - began};
    return std::move(copy.known());
}

PageSource::Plan HomeSupervisor::page_plan(const ProcessImage& image, KnownPages known) {
    PageSource::Plan plan;
    plan.known = std::move(known);
    for (const ImageRange& range : image.ranges) {
        plan.all.add(range.start, range.end);
        if (range.content == ImageRange::Content::file) {
            plan.of_files.add(range.start, range.end);
        }
    }
    const auto first = [&](std::uint64_t address, std::uint64_t before, std::uint64_t after) {
        const std::uint64_t page = address & ~(page_size - 1);
        const std::uint64_t start = page > before * page_size ? page - before * page_size : 0;
        for (const PageRange& part : plan.all.within(start, page + after * page_size)) {
            plan.first.push_back(part);
        }
    };
    const Registers& registers = image.thread.registers;
    first(registers.instruction_pointer(), 1, 4);
    first(registers.stack_pointer(), 1, 8);
    if (registers.thread_pointer() != 0) {
        first(registers.thread_pointer(), 1, 1);
    }
    return plan;
}

bool HomeSupervisor::send_pages(int stop) {
    try {
        return source_->run(stop);
    } catch (const ProcessEnded&) {
        // Once it runs there its end is seen as such; before, somebody waits for what does not come.
        if (!has_gone_) {
            throw;
        }
        return true;
    }
}

void HomeSupervisor::handle_all_here() {
    may_discard_ = true;
    const PageSource::Traffic sent = source_->sent();
    state_.costs.transferred(sent_ahead_.bytes + sent.unpacked,
                             sent_ahead_.time + read_clock(CLOCK_MONOTONIC) - sent.begin);
    state_file_.write(state_);
}

void HomeSupervisor::discard_sent_pages() {
    if (deputy_->is_in_call()) {
        return;
    }
    std::vector<Deputy::Event> events;
    deputy_->halt(events);
    std::vector<InjectedCall> calls;
    PageRanges discarded;
    for (const ImageRange& range : image_.ranges) {
        if (range.content == ImageRange::Content::anonymous) {
            discarded.add(range.start, range.end);
        }
    }
    // What /proc shows of the process (proc(5), cmdline and environ) it reads here.
    discarded.remove(image_.layout.arg_start & ~(page_size - 1),
                     (image_.layout.env_end + page_size - 1) & ~(page_size - 1));
    for (const PageRange& range : discarded.all()) {
        // It may come home with most of it unchanged. Until then the kernel takes it back when memory is short.
        calls.push_back({call_numbers(agent_->abi()).madvise, {range.start, range.end - range.start, MADV_FREE}});
    }
    if (where_ == Where::away) {
        has_discarded_ = true;
        fallback_.reset();
        agent_->run(calls);
        deputy_->stay_stopped(events);
    }
    for (const Deputy::Event& event : events) {
        handle_event(event);
    }
}

}  // namespace openmosix
