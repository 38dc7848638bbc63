// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "body/body.h"
#include "body/confinement.h"
#include "calls/marshalling.h"
#include "common/cluster_keys.h"
#include "common/log.h"
#include "memory/body_memory.h"
#include "memory/held_pages.h"
#include "memory/page_reader.h"
#include "memory/page_sink.h"
#include "memory/page_source.h"
#include "memory/page_thread.h"
#include "peer/buffer_parts.h"
#include "peer/connection.h"
#include "peer/message_socket.h"
#include "signals/sent_signals.h"
#include "supervisor/control_channel.h"
#include "supervisor/guest_time.h"
#include "supervisor/state_file.h"
#include "supervisor/time_reports.h"

namespace openmosix {

struct SystemCall;

struct GuestOptions {
    /// The connection from home, not authenticated yet.
    int socket = -1;
    std::string run_folder;
    /// This node.
    std::uint32_t node = 0;
    /// The node that the connection comes from.
    std::uint32_t peer_node = 0;
    Confinement confinement;
};

/// Watches over one body: a process of another node that runs here. Ends when the process has gone home or ended, and
/// when home cannot be reached.
class GuestSupervisor {
public:
    GuestSupervisor(GuestOptions options, const clusterdisc::KeyRing& keys);
    GuestSupervisor(const GuestSupervisor&) = delete;
    GuestSupervisor& operator=(const GuestSupervisor&) = delete;
    GuestSupervisor(GuestSupervisor&&) = delete;
    GuestSupervisor& operator=(GuestSupervisor&&) = delete;
    ~GuestSupervisor();

    /// Runs until the process has ended or is home. Returns true if that went as it should; the log says why not.
    bool run();

private:
    enum class State : std::uint8_t {
        /// Nothing depends on us yet, until Go.
        ready,
        running,
        /// Stopped at a system call whose result is awaited.
        in_call,
        /// Went home: only its pages are still here.
        gone_home,
        done,
    };

    // guest_supervisor.cc
    void receive_guest();
    void serve();
    // guest_admission.cc: both throw std::runtime_error with the reason when the process cannot run here.
    [[nodiscard]] static Prepare understand(const Frame& frame);
    void check(const Prepare& prepare) const;
    /// How far home's clocks are ahead of ours.
    ClockOffsets ask_clocks(Deadline deadline);
    /// The next message from home; until it is there, pages of the process come, which are held.
    Frame receive_after_pages(HeldPages& held);
    void wait_for_events();
    void handle_events();
    void handle_frame(const Frame& frame);
    void handle_stop(const Stop& stop);
    void handle_signal_stop(int signal);
    void handle_result(Result result);
    void handle_signal(const Signal& message);
    void send_to_body(const siginfo_t& info);
    /// Returns the signal's number.
    int deliver(const Bytes& bytes);
    /// When there is something to say and the program has taken all signals that it does not
    /// block now, in a handler for example.
    void tell_signals_seen();
    /// Of the call that it stands at, if that waits with another one.
    [[nodiscard]] std::optional<std::uint64_t> mask_of_call() const;
    /// Ends a call that waits at home, if this signal would.
    void interrupt_call(int signal);
    /// Whether signals wait here that the process blocks: those that a call at home may be about.
    [[nodiscard]] bool has_blocked_signals(const SystemCall& call) const;
    /// Before the delivery of a signal: what it is about, if home sent it.
    bool restore_info(int signal);
    void go();
    void halt_body();
    void write_state(const std::string& state);

    // guest_end.cc: what omd asks for, and the end.
    void log(clusterdisc::LogLevel level, const std::string& what) const;
    void open_control();
    void handle_commands();
    /// Ends the body and takes back what says that it is here; then answers omd: empty, or why it did not get home.
    void end_guest(const std::string& reason);
    /// After a failure: whether home is done with us, as the process has ended there or does not come. It closes both
    /// connections then, and its last message may be still on its way.
    bool is_home_done();

    // guest_calls.cc: what the body's system calls come to.
    void handle_call();
    void forward();
    void answer(Registers registers, std::int64_t value);
    /// Whether a handler that is returning has interrupted the vDSO's clock code, which only home has.
    [[nodiscard]] bool returns_to_clock_code(const SystemCall& call) const;
    /// Lets the body's kernel do it; false when the body ended.
    bool call_native();
    void call_natively() {
        if (call_native()) {
            go();
        }
    }
    /// After a call that may have changed it; the body goes on when home knows.
    void tell_mask();
    void collect_opened_signals();
    void tell_dispositions();
    /// guest_limits.cc: the stack limit that the call at which the body stands sets, if it sets one.
    [[nodiscard]] std::optional<std::uint64_t> wanted_stack_limit() const;
    /// The call ended before it was done: because of signals, or because the process is called home.
    void break_off(std::int64_t value, bool has_signals);
    void write_restarted_outputs(const std::vector<MemoryWrite>& writes);
    /// Makes the call again that was interrupted.
    void continue_call();
    /// True if a signal is pending in the body whose handler would run within the call that it is stopped at.
    [[nodiscard]] bool has_signal_for_call() const;

    // guest_identity.cc
    void call_identity(const std::string& name);

    // guest_clocks.cc: what time it is, and how much of a processor's the process has used.
    void call_clock(const std::string& name);
    /// What home says of its wall clock (WallClock).
    void set_wall_clock(std::int64_t ahead);
    [[nodiscard]] ClockReading wall_clock() const;
    /// Into time_, from the kernel here.
    void read_processor_time();
    /// Home, if it is at least so many nanoseconds more than it knows.
    void tell_processor_time(std::uint64_t least);
    void tell_processor_time_when_due();
    /// Milliseconds until that is due; -1: never.
    [[nodiscard]] int time_to_tell() const;
    /// Adds the processor time that was used on other nodes to what getrusage(2) or times(2) has given, if the call
    /// that has ended is one of them. Returns the result of the call.
    std::int64_t add_processor_time(std::int64_t result);

    // guest_mappings.cc: calls that change the body's address space.
    void call_mapping(const std::string& name);
    void call_mmap(std::array<std::uint64_t, 6> arguments);
    void call_mremap();
    void call_madvise(std::uint64_t start, std::uint64_t end, int advice);
    void call_brk();
    void call_arch_prctl();
    /// Lets the body make the call; when that succeeds, `replaced` is given up and, if any, `new_size` bytes from where
    /// the call says.
    void call_and_give_up(const std::vector<PageRange>& replaced, std::uint64_t new_size);
    /// What was mapped there is no more, or something else is.
    void give_up(const PageRange& range);

    // guest_homecoming.cc
    /// For a call that only home can do.
    void go_home_for_call();
    /// Because home wants it.
    void go_home();
    void leave(Registers frozen, bool for_call, bool waits);
    [[nodiscard]] bool is_waiting_for_sleep() const;
    void mark_files(ProcessImage& image) const;
    void send_changed_file_pages();

    GuestOptions options_;
    const clusterdisc::KeyRing& keys_;
    std::unique_ptr<MessageSocket> home_;
    clusterdisc::FileDescriptor pages_;
    PageReader page_reader_;
    std::unique_ptr<Body> body_;
    std::unique_ptr<BodyMemory> memory_;
    std::unique_ptr<PageSink> sink_;
    std::unique_ptr<PageSource> source_;
    std::unique_ptr<PageThread> page_thread_;
    clusterdisc::FileDescriptor all_here_;
    std::unique_ptr<StateFile> state_file_;
    /// Where omd asks for it to go home; none when it could not be made.
    std::unique_ptr<ControlChannel> control_;
    /// Those requests, until it is there or has ended.
    std::vector<Command> waiting_commands_;
    Prepare prepare_;
    ProcessImage image_;
    /// Nanoseconds: home's CLOCK_MONOTONIC is ours and this, its CLOCK_REALTIME is its CLOCK_MONOTONIC and that.
    std::int64_t monotonic_ahead_ = 0;
    std::int64_t wall_clock_ahead_ = 0;
    GuestTime time_;
    TimeReports time_reports_;
    /// For tell_processor_time(): whatever was used.
    static constexpr std::uint64_t any_time = 1;
    std::uint64_t brk_ = 0;

    State state_ = State::ready;
    bool is_halted_ = false;
    /// It stands although nothing is awaited: a stop came while it was halted.
    bool wants_to_run_ = false;
    bool is_called_home_ = false;
    std::uint64_t sequence_ = 0;
    /// The registers at the call that it stands at.
    Registers at_call_;
    std::optional<ForwardedCall> call_;
    /// Of its result.
    BufferParts output_parts_;
    /// Parts of the address space that are files at home, and parts that are not and are mapped as they were there.
    PageRanges files_;
    PageRanges mapped_as_before_;
    /// What came with attributes; whether some have been changed, or others set, since.
    PageRanges with_attributes_;
    bool has_new_attributes_ = false;
    /// What signals that were sent to the body are about.
    SentSignals sent_;
    /// What an interrupted call is to give, set before the next signal's handler runs.
    std::optional<std::int64_t> interrupted_;
    std::uint64_t told_mask_ = 0;
    /// What the call gives that let signals through, while home is asked for them.
    std::optional<std::int64_t> value_of_open_mask_;
    /// Signal messages.
    std::uint64_t signals_seen_ = 0;
    std::uint64_t told_signals_seen_ = 0;
    /// Home was told of a signal in this call; whether a handler runs then.
    bool is_interrupting_ = false;
    bool has_signal_in_call_ = false;
    /// The call that it is stopped at was interrupted and goes on.
    bool is_continued_ = false;
};

}  // namespace openmosix
