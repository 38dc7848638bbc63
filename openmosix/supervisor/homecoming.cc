// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
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
#include "freeze/address_space_call.h"
#include "freeze/call_reentry.h"
#include "freeze/freezer.h"
#include "freeze/gathering.h"
#include "freeze/memory_map.h"
#include "freeze/thread_area.h"
#include "image/image_check.h"
#include "image/mapping_attributes.h"
#include "memory/fault_descriptor.h"
#include "memory/layout_change.h"
#include "peer/peer_text.h"
#include "procfs/process_status.h"
#include "signals/signal_info.h"
#include "supervisor/home_supervisor.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"
#include "tracee/lifted_limits.h"
#include "tracee/process_end.h"

namespace openmosix {

namespace {

/// So short that it hardly matters when they do not come, and enough for a small process on a fast network.
constexpr int milliseconds_for_pages = 2;
constexpr std::chrono::milliseconds time_between_attempts{50};

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
    // First, so that no call that ends now is made again there.
    is_asked_home_ = true;
    peer_->send(ComeHome{});
    if (held_call_) {
        turn_call_down(*held_call_);
        held_call_.reset();
    }
    if (deputy_->is_in_call() && !can_sleep_on()) {
        // The call goes on when the process is here.
        std::vector<Deputy::Event> events;
        deputy_->halt(events);
        for (const Deputy::Event& event : events) {
            handle_event(event);
        }
    }
}

void HomeSupervisor::rebuild(const ComingHome& message) {
    const ProcessImage& image = message.image;
    const auto current = gather_ranges(options_.pid, forwarding_.address(), sent_attributes_);
    const PageRanges at_home = to_page_ranges(message.at_home);
    const LiftedLimits lifted(*agent_, memory_limits);
    for (const ImageRange& range : image.ranges) {
        const bool hits_agent =
            range.start < forwarding_.address() + agent_area::size && forwarding_.address() < range.end;
        const bool hits_kernel = range.start < vdso_.end && vdso_.start < range.end;
        if (hits_agent || hits_kernel) {
            throw PeerError("the returned address space overlaps the agent's area or the vDSO");
        }
    }
    const Unchanged unchanged{.mappings = to_page_ranges(message.mapped_as_before), .pages = at_home};
    auto steps = plan_layout(current, image.ranges, unchanged);
    const auto first_discard =
        std::ranges::find(steps, LayoutStep::Kind::discard, [](const LayoutStep& step) { return step.kind; });
    const std::vector<LayoutStep> discards(first_discard, steps.end());
    steps.erase(first_discard, steps.end());
    change_layout(*agent_, steps, image.personality);
    kept_pages_ = std::make_shared<KeptPages>(*memory_);
    const std::uint64_t wanted = KeptPages::wanted(discards);
    kept_pages_->set_aside(*agent_, discards,
                           wanted == 0 ? std::nullopt : find_gap(read_memory_map(options_.pid), wanted));
    PageRanges here = at_home;
    for (const auto& [address, content] : file_pages_.all()) {
        if (!memory_->write(address, content)) {
            throw std::runtime_error("a page cannot be written into its memory");
        }
        here.add(address, address + page_size);
    }
    file_pages_.clear();
    auto faults = make_fault_descriptor(*tracee_, *agent_, *memory_);
    must_wait_for_pages_ = !faults.is_open();
    sink_ =
        std::make_unique<PageSink>(must_wait_for_pages_ ? WatchedMemory(*memory_) : WatchedMemory(std::move(faults)),
                                   pages_.number(), page_reader_);
    sink_->hold(kept_pages_);
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
        if ((range.attributes & mapping_attribute::grows_down) != 0) {
            sink_->keep_watching({range.start, range.end});
        }
    }
}

void HomeSupervisor::come_home(ComingHome message) {
    if (message.image.thread.registers.abi != agent_->abi() || message.image.agent_address != forwarding_.address()) {
        throw PeerError("the returned image has a different ABI or agent address");
    }
    if (!is_uptime(message.monotonic)) {
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
            signals.insert(signals.end(), event.signals.begin(), event.signals.end());
        }
    }
    if (where_ == Where::done || !tracee_) {
        return;
    }
    image_ = message.image;
    // Another may have been given to it meanwhile.
    image_.name = read_process_status(options_.pid).name;
    const bool is_to_stay = is_asked_home_ && !next_;
    is_asked_home_ = false;
    set_used_elsewhere(message.elsewhere);
    count_last_time_elsewhere();
    does_home_call_ = message.leaves_again;
    if (does_home_call_ && !next_ && !is_to_stay) {
        next_ = last_;
    }
    signals = collect_signals(message, signals);
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
    if (must_wait_for_pages_ && !wait_for_pages()) {
        where_ = Where::done;
        return;
    }
    if (message.waits_for_call) {
        write_what_is_left();
    }
    restore_state(image_, signals);
    where_ = Where::arriving;
    write_state("moving", peer_text(message.reason));
    is_frozen_ = does_home_call_;
    catch_up(message);
    run_here();
}

std::vector<siginfo_t> HomeSupervisor::collect_signals(const ComingHome& message,
                                                       const std::vector<siginfo_t>& newest) {
    std::vector<siginfo_t> signals;
    for (const Bytes& pending : message.image.signals.pending) {
        signals.push_back(signal_info_from(pending));
    }
    forget_signals(message.signals_seen);
    signals.insert(signals.end(), sent_signals_.begin(), sent_signals_.end());
    sent_signals_.clear();
    signals.insert(signals.end(), newest.begin(), newest.end());
    // Real-time signals of one number keep their order (signal(7)), also those that the process blocks here.
    std::uint64_t numbers = 0;
    for (const siginfo_t& info : signals) {
        numbers |= std::uint64_t{1} << static_cast<unsigned>(info.si_signo - 1);
    }
    const auto pending = deputy_->take_pending(numbers);
    signals.insert(signals.end(), pending.begin(), pending.end());
    return signals;
}

void HomeSupervisor::catch_up(const ComingHome& message) const {
    for (std::int64_t early = 1; early > 0;) {
        const ClockReading now = read_monotonic();
        // The wall clock was what it is ahead of this one, and needs no waiting of its own.
        early = std::max(time_to_catch_up(message.monotonic, now, max_drift(now.fine - left_at_)), std::int64_t{0});
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
    reenter_interrupted_call(image_.thread.registers);
    if (where_ != Where::done) {
        tracee_->run_to_call();
    }
}

void HomeSupervisor::restore_state(const ProcessImage& image, const std::vector<siginfo_t>& signals) {
    set_actions(*tracee_, *agent_, image.signals.actions);
    {
        const LiftedLimits lifted(*agent_, memory_limits);
        set_kernel_state(*agent_, image);
    }
    queue_signals(*agent_, signals);
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
        const Frozen frozen = freeze(*tracee_, vdso_, is_address_space_call);
        if (frozen == Frozen::ended) {
            where_ = Where::done;
            throw ProcessEnded();
        }
        if (frozen == Frozen::busy) {
            // It is tried again when other events have been handled, but not so often that it takes a whole processor.
            std::this_thread::sleep_for(time_between_attempts);
            raise_event(all_here_);
            return;
        }
        // Stopped by a signal it is frozen as well.
        is_frozen_ = true;
    }
    bool waits = false;
    const Registers registers = has_run_here_ ? movable_registers(*tracee_, waits) : image_.thread.registers;
    leave_area(registers);
    tracee_->set_with_us(false);
    is_frozen_ = false;
    if (does_home_call_) {
        does_home_call_ = false;
        where_ = Where::in_home_call;
        calls_seen_ = reenter_interrupted_call(registers) ? 1 : 0;
        if (where_ == Where::done) {
            return;
        }
        tracee_->run_to_call();
        write_state("home");
        return;
    }
    where_ = Where::at_home;
    const bool is_in_call = is_interrupted_call(registers);
    if (!is_in_call || !is_same_call(registers, image_.thread.registers)) {
        deadline_.reset();
    }
    if (next_) {
        // Stopped, so that the call that goes on elsewhere is this one.
        if (!is_in_call) {
            tracee_->run();
        }
        leave_again();
        return;
    }
    // First, as the process may take our processor then.
    write_state("home");
    const bool must_be_finished =
        is_in_call && waiting_checkpoints_.empty() && (deadline_ || must_decide_about_signals(registers));
    if (must_be_finished && reenter_interrupted_call(registers)) {
        begin_finishing_call();
        answer_commands({});
        return;
    }
    if (where_ == Where::done) {
        return;
    }
    deadline_.reset();
    if (!reenter_masked_call(*tracee_)) {
        where_ = Where::done;
        return;
    }
    tracee_->release();
    tracee_.reset();
    make_waiting_checkpoints();
    answer_commands({});
}

void HomeSupervisor::leave_area(const Registers& registers) {
    const std::uint64_t mask = tracee_->signal_mask();
    if (kept_pages_) {
        kept_pages_->give_back(*agent_);
        kept_pages_.reset();
    }
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

}  // namespace openmosix
