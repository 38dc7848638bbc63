// SPDX-License-Identifier: GPL-2.0-or-later
// The memory of a process that has left, which follows it.
#include <sys/mman.h>

#include <ctime>

#include "clocks/read_clock.h"
#include "supervisor/home_supervisor.h"
#include "tracee/call_numbers.h"

namespace openmosix {

PageSource::Plan HomeSupervisor::page_plan(const ProcessImage& image) {
    PageSource::Plan plan;
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

void HomeSupervisor::handle_all_here() {
    may_discard_ = true;
    const PageSource::Traffic sent = source_->sent();
    state_.costs.transferred(sent.bytes, read_clock(CLOCK_MONOTONIC) - sent.begin);
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
        calls.push_back({call_numbers(agent_->abi()).madvise, {range.start, range.end - range.start, MADV_DONTNEED}});
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
