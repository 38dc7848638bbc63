// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstring>

#include "calls/sleep_call.h"
#include "calls/system_call_table.h"
#include "clocks/read_clock.h"
#include "cpu/extended_state.h"
#include "freeze/call_entry.h"
#include "freeze/call_exit.h"
#include "freeze/gathering.h"
#include "freeze/own_fault.h"
#include "signals/signal_info.h"
#include "supervisor/guest_supervisor.h"
#include "tracee/kernel_result.h"

namespace openmosix {

namespace {

constexpr int max_attempts = 2000;

std::vector<AddressRange> to_address_ranges(const PageRanges& pages) {
    std::vector<AddressRange> ranges;
    for (const PageRange& range : pages.all()) {
        ranges.push_back({range.start, range.end});
    }
    return ranges;
}

/// True if the process is stopped at the end of a call that our stop broke off and home has to make again as a whole:
/// one that waits here (futex), with which only our kernel knows how to go on, or a getrandom(2) that has given less
/// than was asked for, of the calls that bodies make by themselves the only one that can end so.
bool is_for_home_to_make_again(const Registers& registers, ProcessMemory& memory) {
    if (!is_at_call_exit(registers, memory)) {
        return false;
    }
    if (registers.result() <= 0) {
        return registers.result() == restart_by_kernel;
    }
    const SystemCall* call = find_system_call(registers.abi, static_cast<std::uint32_t>(registers.call_number()));
    return call != nullptr && call->name == "getrandom" &&
           static_cast<std::uint64_t>(registers.result()) < registers.argument(1);
}

}  // namespace

bool GuestSupervisor::is_waiting_for_sleep() const {
    if (state_ != State::in_call) {
        return false;
    }
    if (sequence_ == 0) {
        return true;
    }
    return find_sleep_call(at_call_.abi, static_cast<std::uint32_t>(at_call_.call_number()), at_call_.argument(1))
        .has_value();
}

void GuestSupervisor::go_home_for_call() {
    // It has made the call, which the kernel has not begun.
    Registers registers = at_call_;
    registers.set_result(restart_always);
    leave(registers, true, false);
}

void GuestSupervisor::go_home() {
    if (state_ == State::in_call) {
        leave(at_call_, false, true);
        return;
    }
    Tracee& tracee = body_->tracee();
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        if (!wants_to_run_) {
            tracee.interrupt();
            const Stop stop = tracee.wait();
            if (stop.kind != Stop::Kind::interrupted) {
                handle_stop(stop);
                if (state_ != State::running) {
                    // It is home, is gone, or waits for a result: then it leaves after that.
                    return;
                }
                continue;
            }
        }
        if (has_own_fault(tracee)) {
            wants_to_run_ = false;
            tracee.run();
            handle_stop(tracee.wait());
            if (state_ != State::running) {
                return;
            }
            continue;
        }
        Registers registers = tracee.registers();
        if (interrupted_) {
            // The signal that interrupts its call is there but has not been seen: it is at home that it interrupts it.
            registers = at_call_;
            registers.set_result(*interrupted_);
        } else if (is_for_home_to_make_again(registers, *memory_)) {
            registers.set_result(restart_without_handler);
        }
        leave_call_entry(body_->vdso(), MemoryFile(body_->pid()), registers);
        leave(registers, false, false);
        return;
    }
    throw std::runtime_error("it cannot be stopped between two system calls");
}

void GuestSupervisor::mark_files(ProcessImage& image) const {
    std::vector<ImageRange> result;
    for (const ImageRange& range : image.ranges) {
        std::uint64_t from = range.start;
        const auto add = [&](std::uint64_t start, std::uint64_t end, ImageRange::Content content) {
            ImageRange part = range;
            part.start = start;
            part.end = end;
            part.content = content;
            part.path.clear();
            part.offset = 0;
            result.push_back(std::move(part));
        };
        for (const PageRange& file : files_.within(range.start, range.end)) {
            if (file.start > from) {
                add(from, file.start, ImageRange::Content::anonymous);
            }
            add(file.start, file.end, ImageRange::Content::file);
            from = file.end;
        }
        if (from < range.end) {
            add(from, range.end, ImageRange::Content::anonymous);
        }
    }
    image.ranges = std::move(result);
}

void GuestSupervisor::send_changed_file_pages() {
    const PageRanges missing = sink_->missing();
    FilePage page;
    page.content.resize(page_size);
    PageRanges chosen = files_;
    // What /proc shows of a process without its help (proc(5), cmdline and environ) must be there at once.
    const ImageLayout& layout = image_.layout;
    chosen.add(layout.arg_start & ~(page_size - 1), (layout.env_end + page_size - 1) & ~(page_size - 1));
    for (const PageRange& range : chosen.all()) {
        for (page.address = range.start; page.address < range.end; page.address += page_size) {
            if (!missing.contains(page.address) && body_->memory().read(page.address, page.content) &&
                !sink_->is_unchanged(page.address, page.content)) {
                home_->send(page);
            }
        }
    }
}

void GuestSupervisor::leave(Registers frozen, bool for_call, bool waits) {
    page_thread_.reset();
    // What reads clocks is other code here than at home.
    body_->clocks().step_back(frozen);
    ComingHome message;
    message.image = gather_image(body_->tracee(), body_->agent(), frozen,
                                 has_new_attributes_ ? KnownAttributes() : KnownAttributes(image_.ranges));
    message.leaves_again = for_call;
    message.waits_for_call = waits;
    message.signals_seen = signals_seen_;
    message.monotonic = read_monotonic() + monotonic_ahead_;
    ProcessImage& image = message.image;
    // What the kernel says of its own pages is true of this body alone.
    image.layout.vdso_start = image_.layout.vdso_start;
    image.layout.vdso_end = image_.layout.vdso_end;
    std::erase_if(image.ranges, [this](const ImageRange& range) { return body_->is_ours(range.start, range.end); });
    if (std::ranges::find(prepare_.cpu_features, "fxsr") == prepare_.cpu_features.end()) {
        // The program has none, but in its registers there is what lay on its stack: a signal frame of home's kernel
        // ends with FSAVE's image, and our kernel takes FXSAVE's from behind it when the handler returns here.
        forget_sse(image.thread.extended_state);
    }
    image.pid = prepare_.pid;
    image.uid = prepare_.uid;
    read_processor_time();
    message.elsewhere = time_.elsewhere();
    // What home has sent waits here without what it is about; anything else is of the body's own timers.
    SentSignals sent = sent_;
    for (const siginfo_t& info : waiting_signals(body_->pid())) {
        image.signals.pending.push_back(to_bytes(sent.take(info.si_signo).value_or(info)));
    }
    mark_files(image);
    send_changed_file_pages();
    const PageRanges missing = sink_->missing();
    PageSource::Plan plan;
    plan.known = std::move(sink_->known());
    for (const ImageRange& range : image.ranges) {
        if (range.content == ImageRange::Content::anonymous) {
            plan.all.add(range.start, range.end);
        }
    }
    message.mapped_as_before = to_address_ranges(mapped_as_before_);
    message.at_home = to_address_ranges(missing);
    for (const PageRange& range : missing.all()) {
        plan.all.remove(range.start, range.end);
    }
    for (const std::uint64_t address :
         {frozen.stack_pointer(), frozen.instruction_pointer(), frozen.thread_pointer()}) {
        const std::uint64_t page = address & ~(page_size - 1);
        for (const PageRange& range : plan.all.within(page, page + 4 * page_size)) {
            plan.first.push_back(range);
        }
    }
    home_->send(message);
    state_ = State::gone_home;
    source_ = std::make_unique<PageSource>(body_->pid(), pages_.number(), page_reader_, std::move(plan));
    page_thread_ = std::make_unique<PageThread>([this](int stop) { return source_->run(stop); });
}

}  // namespace openmosix
