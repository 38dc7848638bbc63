// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "body/body_state.h"
#include "clocks/clock_difference.h"
#include "clocks/read_clock.h"
#include "cpu/extended_state_access.h"
#include "freeze/freezer.h"
#include "freeze/gathering.h"
#include "freeze/process_identity.h"
#include "freeze/thread_area.h"
#include "image/image_check.h"
#include "memory/fault_descriptor.h"
#include "memory/layout_plan.h"
#include "peer/peer_text.h"
#include "signals/signal_info.h"
#include "supervisor/home_supervisor.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"
#include "tracee/process_end.h"

namespace openmosix {

namespace {

/// So short that it hardly matters when they do not come, and enough for a small process on a fast network.
constexpr int milliseconds_for_pages = 2;

PageRanges to_page_ranges(const std::vector<AddressRange>& ranges) {
    PageRanges result;
    for (const AddressRange& range : ranges) {
        if (range.start >= range.end || range.start % page_size != 0 || range.end % page_size != 0) {
            throw PeerError("the peer sent invalid address ranges");
        }
        result.add(range.start, range.end);
    }
    return result;
}

}  // namespace

void HomeSupervisor::ask_home() {
    if (held_call_) {
        turn_call_down(held_call_->sequence);
        held_call_.reset();
    }
    if (deputy_->is_in_call() && !can_sleep_on()) {
        // The program makes the call again when it is here.
        std::vector<Deputy::Event> events;
        deputy_->halt(events);
        for (const Deputy::Event& event : events) {
            handle_event(event);
        }
    }
    if (where_ == Where::away) {
        is_asked_home_ = true;
        peer_->send(ComeHome{});
    }
}

void HomeSupervisor::rebuild(const ComingHome& message) {
    const ProcessImage& image = message.image;
    const Abi abi = agent_->abi();
    const auto current = gather_ranges(options_.pid, forwarding_.address());
    const PageRanges at_home = to_page_ranges(message.at_home);
    for (const ImageRange& range : image.ranges) {
        const bool hits_agent =
            range.start < forwarding_.address() + agent_area::size && forwarding_.address() < range.end;
        const bool hits_kernel = range.start < vdso_.end && vdso_.start < range.end;
        if (hits_agent || hits_kernel) {
            throw PeerError("the returned address space overlaps the agent's area or the vDSO");
        }
    }
    const Unchanged unchanged{.mappings = to_page_ranges(message.mapped_as_before), .pages = at_home};
    auto calls = to_calls(plan_layout(current, image.ranges, unchanged), abi);
    agent_->run(calls);
    for (const InjectedCall& call : calls) {
        if (is_error(call.result)) {
            throw std::system_error(static_cast<int>(-call.result), std::generic_category(),
                                    "its address space cannot be restored");
        }
    }
    PageRanges here = at_home;
    for (const auto& [address, content] : file_pages_.all()) {
        if (!memory_->write(address, content)) {
            throw std::runtime_error("a page cannot be written into its memory");
        }
        here.add(address, address + page_size);
    }
    file_pages_.clear();
    sink_ = std::make_unique<PageSink>(make_fault_descriptor(*tracee_, *agent_), pages_.number(), page_reader_);
    for (const ImageRange& range : image.ranges) {
        if (range.content != ImageRange::Content::anonymous) {
            continue;
        }
        PageRanges missing;
        missing.add(range.start, range.end);
        for (const PageRange& kept : here.within(range.start, range.end)) {
            missing.remove(kept.start, kept.end);
        }
        sink_->watch({range.start, range.end}, missing);
    }
}

void HomeSupervisor::take_over_call(ProcessImage& image, std::vector<siginfo_t>& signals) {
    // A sleep that went on while its program travelled: what it gave, or how the kernel goes on with it here.
    std::int64_t value = last_value_;
    const bool was_in_call = deputy_->is_in_call();
    if (!was_in_call) {
        // Its result crossed the process on the way.
        signals = last_signals_;
    }
    std::vector<Deputy::Event> events;
    deputy_->halt(events);
    for (const Deputy::Event& event : events) {
        value = event.was_in_call ? event.value : value;
        if (event.kind == Deputy::Event::Kind::signal) {
            signals.push_back(event.info);
        }
        if (event.kind == Deputy::Event::Kind::ended) {
            where_ = Where::done;
            return;
        }
    }
    if (was_in_call) {
        keep_what_is_left(value);
    }
    Registers& registers = image.thread.registers;
    if (!is_broken_off(value)) {
        registers.forget_call();
    }
    registers.set_result(value);
}

void HomeSupervisor::come_home(ComingHome message) {
    if (message.image.thread.registers.abi != agent_->abi() || message.image.agent_address != forwarding_.address()) {
        throw PeerError("the returned image has a different ABI or agent address");
    }
    if (!is_uptime(message.monotonic) || !is_wall_clock(message.realtime)) {
        throw PeerError("a clock reading of the returned process is out of range");
    }
    // What may be mapped where, the kernel says here, as the process itself maps it.
    if (const auto problem = check_image(message.image, {agent_->abi(), 0})) {
        throw PeerError("the returned image is invalid: it has " + *problem);
    }
    page_thread_.reset();
    source_.reset();
    fallback_.reset();
    std::vector<siginfo_t> signals;
    if (message.waits_for_call) {
        take_over_call(message.image, signals);
    } else {
        std::vector<Deputy::Event> events;
        deputy_->halt(events);
        for (const Deputy::Event& event : events) {
            if (event.kind == Deputy::Event::Kind::signal) {
                signals.push_back(event.info);
            }
        }
    }
    if (where_ == Where::done || !tracee_) {
        return;
    }
    image_ = message.image;
    // Another may have been given to it meanwhile.
    image_.name = command_name(options_.pid);
    is_asked_home_ = false;
    time_elsewhere_ = message.time_elsewhere;
    does_home_call_ = message.leaves_again;
    if (does_home_call_ && !next_) {
        next_ = last_;
    }
    rebuild(message);
    // The kernel may want pages for what comes now.
    page_thread_ =
        std::make_unique<PageThread>([this](int stop) { return sink_->run(stop, [this] { raise_event(all_here_); }); },
                                     [this] {
                                         // It is lost, and we may be waiting for it to go on without a page.
                                         if (!sink_->missing().empty()) {
                                             ::kill(options_.pid, SIGKILL);
                                         }
                                     });
    if (message.waits_for_call) {
        write_what_is_left(image_.thread.registers);
    }
    forget_signals(message.signals_seen);
    signals.insert(signals.end(), sent_signals_.begin(), sent_signals_.end());
    sent_signals_.clear();
    for (const Bytes& pending : image_.signals.pending) {
        signals.push_back(signal_info_from(pending));
    }
    restore_state(image_, signals);
    where_ = Where::arriving;
    write_state("moving", peer_text(message.reason));
    is_frozen_ = does_home_call_;
    catch_up(message);
    run_here();
}

void HomeSupervisor::catch_up(const ComingHome& message) const {
    for (std::int64_t early = 1; early > 0;) {
        const ClockReading now = read_monotonic();
        // The wall clock may have been set back meanwhile, by any time, and is not waited for then.
        early = std::max({time_to_catch_up(message.monotonic, now, longest_drift(now.fine - left_at_)),
                          time_to_catch_up(message.realtime, read_realtime(), longest_drift(0)), std::int64_t{0}});
        std::this_thread::sleep_for(std::chrono::nanoseconds(early));
    }
}

void HomeSupervisor::run_here() {
    has_run_here_ = false;
    if (is_frozen_) {
        return;
    }
    pollfd all_here{all_here_.number(), POLLIN, 0};
    if (::poll(&all_here, 1, milliseconds_for_pages) == 1) {
        // Running, it would have to be stopped again so that we can leave it.
        is_frozen_ = true;
        return;
    }
    has_run_here_ = true;
    tracee_->run_to_call();
}

void HomeSupervisor::restore_state(const ProcessImage& image, const std::vector<siginfo_t>& signals) {
    set_actions(*tracee_, *agent_, image.signals.actions);
    set_kernel_state(*agent_, image);
    for (const siginfo_t& info : signals) {
        queue_signal(*agent_, info);
    }
    set_restartable_sequences(*agent_, image.thread);
    set_thread_state(*tracee_, image);
}

void HomeSupervisor::arrive() {
    page_thread_.reset();
    sink_.reset();
    peer_.reset();
    pages_ = clusterdisc::FileDescriptor();
    if (is_held_) {
        // Back to before the call, which it then makes.
        is_held_ = false;
        Registers before = tracee_->registers();
        before.repeat_call(before.call_number());
        if (!settle(*tracee_, before)) {
            where_ = Where::done;
            return;
        }
    } else if (!is_frozen_) {
        freeze_process(true);
    }
    bool waits = false;
    const Registers registers = has_run_here_ ? movable_registers(*tracee_, waits) : image_.thread.registers;
    leave_area(registers);
    tracee_->set_with_us(false);
    is_frozen_ = false;
    if (does_home_call_) {
        does_home_call_ = false;
        where_ = Where::in_home_call;
        calls_seen_ = 0;
        tracee_->run_to_call();
        write_state("home");
        return;
    }
    where_ = Where::at_home;
    if (next_) {
        tracee_->run();
        leave_again();
        return;
    }
    // First, as the process may take our processor then.
    write_state("home");
    tracee_->release();
    tracee_.reset();
    make_waiting_checkpoints();
    answer_commands({});
}

void HomeSupervisor::leave_area(const Registers& registers) {
    const std::uint64_t mask = tracee_->signal_mask();
    forwarding_.unmap(*tracee_, registers);
    forwarding_ = ForwardingMemory();
    tracee_->set_signal_mask(mask);
    if (!settle(*tracee_, registers)) {
        where_ = Where::done;
        throw ProcessEnded();
    }
}

void HomeSupervisor::release_process() {
    try {
        if (tracee_) {
            let_go(*tracee_);
        }
    } catch (const std::system_error&) {
        // It is gone: nothing is left to let go.
    }
    tracee_.reset();
}

void HomeSupervisor::leave_again() {
    const auto destination = next_;
    next_.reset();
    where_ = Where::at_home;
    make_waiting_checkpoints();
    std::string problem;
    if (where_ == Where::done) {
        problem = ProcessEnded().what();
    } else if (destination) {
        try {
            depart(*destination);
        } catch (const std::exception& error) {
            problem = error.what();
            log(clusterdisc::LogLevel::info, "stays at home: " + problem);
            release_process();
        }
    } else {
        release_process();
    }
    answer_commands(problem);
}

void HomeSupervisor::resume_here(const ProcessImage& image, bool was_deputy) {
    // Where something here fails because the process was killed, its end is still to be seen.
    is_frozen_ = false;
    source_.reset();
    sink_.reset();
    if (was_deputy) {
        restore_state(image, {});
    } else if (agent_ && !image.thread.cpu_timers.front().empty()) {
        start_timers(*agent_, image.thread);
    }
    tracee_->set_signal_mask(image.signals.blocked);
    if (forwarding_.is_mapped()) {
        leave_area(image.thread.registers);
    } else if (!settle(*tracee_, image.thread.registers)) {
        where_ = Where::done;
        return;
    }
    peer_.reset();
    pages_ = clusterdisc::FileDescriptor();
    deputy_.reset();
    agent_.reset();
    tracee_->release();
    tracee_.reset();
    where_ = Where::at_home;
    write_state("home");
}

}  // namespace openmosix
