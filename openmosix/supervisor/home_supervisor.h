// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>
#include <atomic>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clocks/vdso.h"
#include "common/cluster_keys.h"
#include "common/log.h"
#include "control/processor_time_client.h"
#include "deputy/deputy.h"
#include "deputy/forwarding_memory.h"
#include "freeze/freezer.h"
#include "freeze/known_attributes.h"
#include "freeze/memory_map.h"
#include "memory/file_pages.h"
#include "memory/kept_pages.h"
#include "memory/page_reader.h"
#include "memory/page_sink.h"
#include "memory/page_source.h"
#include "memory/page_thread.h"
#include "peer/buffer_parts.h"
#include "peer/connection.h"
#include "peer/message_socket.h"
#include "peer/messages.h"
#include "supervisor/control_channel.h"
#include "supervisor/mapped_files.h"
#include "supervisor/processor_time_account.h"
#include "supervisor/state_file.h"
#include "tracee/agent.h"
#include "tracee/tracee.h"

namespace openmosix {

enum class CallClass : std::uint8_t;

struct HomeOptions {
    pid_t pid = 0;
    std::string run_folder;
    /// This node.
    std::uint32_t node = 0;
    /// A connection to omd with the first command; -1: none.
    int control = -1;
    /// How long it watches over a process that is to leave when it starts another program, and does not.
    int seconds_for_exec = 60;
};

/// Watches over one process whose home is here, from its first departure until it is home for good or has ended. Where
/// the process is:
///
///     at_home ──depart()──> away ──ComingHome──> arriving ──all pages──> at_home, and the supervisor is done
///        ^                    │                      └──(leaves again)──> in_home_call ──call done──> depart()
///        └──resume_here()─────┘ when the peer is lost before anything was seen outside
class HomeSupervisor {
public:
    HomeSupervisor(const HomeOptions& options, const clusterdisc::KeyRing& keys);
    HomeSupervisor(const HomeSupervisor&) = delete;
    HomeSupervisor& operator=(const HomeSupervisor&) = delete;
    HomeSupervisor(HomeSupervisor&&) = delete;
    HomeSupervisor& operator=(HomeSupervisor&&) = delete;
    ~HomeSupervisor();

    /// Until there is nothing left to watch over.
    void run();

private:
    enum class Where : std::uint8_t {
        at_home,
        /// Until execve(2), and then until the program's first own instruction.
        waiting_for_exec,
        waiting_for_entry,
        away,
        arriving,
        in_home_call,
        /// Home for good, in a call with a timeout that began when it was away: until that ends.
        finishing_call,
        done,
    };
    struct Destination {
        std::uint32_t node = 0;
        std::string address;
        std::uint16_t port = 0;
        /// Who wants the process there.
        Requester requester;
    };

    // home_supervisor.cc: what happens.
    void wait_for_events();
    /// False when the time is over.
    bool sleep_until_event(int milliseconds);
    void handle_stops();
    void handle_deputy(const Stop& stop);
    void handle_event(const Deputy::Event& event);
    void send_signal(const siginfo_t& info);
    /// It reports signals, or holds them while too many are under way.
    void park_deputy();
    /// A deputy that holds signals stands again.
    void hold_no_signals();
    /// If the wall clock was set since the guest heard of it.
    void tell_wall_clock();
    /// All up to this one of those that were sent.
    void forget_signals(std::uint64_t seen);
    void handle_at_home(const Stop& stop);
    void handle_arriving(const Stop& stop);
    void handle_frames();
    void handle_frame(const Frame& frame);
    void handle_command(const Command& command);
    /// Tells the other side when the process has ended, so that its end is seen there as an ordinary one.
    void say_over();
    /// A line about the process.
    void log(clusterdisc::LogLevel level, const std::string& what) const;
    void execute_call(Call call);
    void answer_call(std::int64_t value, const std::vector<siginfo_t>& signals);
    /// Interrupts the call of this number if it has not ended.
    void interrupt_call(std::uint64_t sequence);
    /// Keeps a call until the process resumes that is stopped by a signal.
    void hold_call(Call call);
    /// Answers a call that has not begun: the process makes it when it is home.
    void turn_call_down(const Call& call);
    /// Of a call that the process was in when it left: what home's kernel has written to the program's memory since.
    void remember_restarted_outputs();
    [[nodiscard]] std::vector<MemoryWrite> written_outputs() const;
    // call_deadline.cc: timeouts that would begin anew when a call is made again.
    /// Of the call that begins now.
    void set_deadline();
    /// Of a call that was interrupted and is made again, when its timeout is the socket's.
    void set_socket_deadline();
    /// Milliseconds until the deadline of the call that goes on, `limit` at most.
    [[nodiscard]] int time_to_deadline(int limit) const;
    /// Ends the call that goes on when its deadline has passed.
    void check_deadline();
    /// At a stop of a process that is arriving: the call that came home has ended, and another one may follow.
    void forget_deadline_of_ended_call(const Stop& stop);
    void begin_finishing_call();
    void handle_finishing(const Stop& stop);
    void end_finishing_call(int signal);
    // interrupted_transfers.cc
    /// After a move has interrupted the deputy's call, which ended so: lets it go on with the rest of a transfer. False
    /// when there is none.
    bool go_on_with_transfer(const Deputy::Event& event);
    // large_calls.cc
    /// For the buffers of request_; false when there is no memory for them.
    bool provide_area();
    void release_area();
    /// Answers a call that only the process itself can make.
    void send_home_for_call(std::uint64_t sequence);
    // sleeping.cc: what is left of a sleep.
    [[nodiscard]] bool can_sleep_on() const;
    /// Whether the process at home may write there.
    [[nodiscard]] bool is_writable_here(std::uint64_t address, std::size_t size) const;
    void take_sleep_rest();
    /// Of a call that ended with this value: into call_writes_ what belongs into the program's memory, and into its
    /// output what is left of a sleep.
    void keep_what_is_left(std::int64_t value);
    /// Into the memory of the program, which has been in the call on its way back.
    void write_what_is_left();
    /// lost_process.cc. Kills a process whose state is not complete here. False when it is complete and the process
    /// lives: it goes on when it is let go.
    bool lose_process(const std::string& why);
    void lose_peer(const std::string& why);
    /// Not because its pages cannot be had, which our page thread kills it for.
    [[nodiscard]] bool has_ended_by_itself() const;
    void report_end();
    void end_lost_process(const std::string& why);
    void end_process(int signal);
    void write_state(const std::string& state, const std::string& reason = {});
    void answer_commands(const std::string& reason);

    // home_times.cc: what the process uses of processors on other nodes.
    /// Of one that is about to leave.
    void begin_account();
    /// Nanoseconds that it has used here.
    [[nodiscard]] std::uint64_t time_at_home() const;
    /// As a guest says it.
    void set_used_elsewhere(const UsedTime& used);
    void handle_processor_time(const UsedTime& used);
    /// What could not be counted while it went on.
    void count_after_call();
    void count_when_due();
    /// Lets the kernel count what it has not yet: unless that is not due even when there will be no other attempt.
    /// Whether the guest does not know yet what is counted.
    bool count_last_time_elsewhere();
    bool count_time_elsewhere();
    void tell_counted();
    /// Whether the call that goes on, or is about to begin, is one of these.
    [[nodiscard]] bool has_class(CallClass call_class) const;

    // departure.cc: on the way out.
    void begin_migration(const Command& command);
    /// Throws std::runtime_error with the reason when the process stays.
    void depart(const Destination& destination);
    /// Of the frozen process, into image_; also maps the agent's area. `has_image`: from then on the process can be
    /// resumed from image_, whatever is thrown.
    void take_image(bool& has_image);
    /// What was begun with freezing it is given up, or has been done.
    void stay_at_home(bool has_image);
    void prepare_peer(const Destination& destination);
    void begin_deputy(const Destination& destination);
    /// For its image. Throws when it cannot be had now, also of a process that is stopped by a signal.
    void freeze_process();
    /// Throws std::runtime_error with the reason when they may not: omd has looked, but meanwhile the process may have
    /// got more rights by execve(2), or be another one altogether.
    void must_be_allowed(const Requester& requester) const;
    // departed_memory.cc: the memory that follows.
    /// Sends its memory while it still runs. Returns what has arrived; throws when it shall not leave any more.
    KnownPages copy_ahead(const std::vector<MappedRange>& map, const Requester& requester);
    KnownPages copy_running_process(const std::vector<MappedRange>& map, const Requester& requester);
    /// In the thread for pages.
    bool send_pages(int stop);
    [[nodiscard]] static PageSource::Plan page_plan(const ProcessImage& image, KnownPages known);
    void handle_all_here();
    void discard_sent_pages();

    // new_program.cc: a program that leaves at its first instruction.
    /// Of a process that has not started another program; it runs on without us.
    void stop_waiting_for_exec();
    void place_entry_breakpoint();
    bool is_at_entry(const Stop& stop);

    // checkpoint.cc: into a file.
    void begin_checkpoint(const Command& command);
    void make_waiting_checkpoints();
    void make_checkpoint(const Command& command);
    /// Throws std::runtime_error with the reason; the process goes on in any case.
    void write_image(const Command& command);

    // resumed_calls.cc: calls that go on here.
    void take_over_call(ProcessImage& image, std::vector<siginfo_t>& signals);
    /// Of the process that is stopped with these registers: the kernel enters the call again in which it was
    /// interrupted, if it was in one, before it delivers any signal. False if it need not or has ended.
    bool reenter_interrupted_call(const Registers& registers);
    /// True if signals are pending whose effect only the interrupted call itself knows: it had not begun, or it waits
    /// for signals.
    [[nodiscard]] bool must_decide_about_signals(const Registers& registers) const;

    // homecoming.cc: on the way back.
    void ask_home();
    void come_home(ComingHome message);
    /// Returns all signals that the process is to have when it is here, oldest first: those pending in the body, those
    /// that crossed it on the way, and `newest`, which the deputy has taken.
    [[nodiscard]] std::vector<siginfo_t> collect_signals(const ComingHome& message,
                                                         const std::vector<siginfo_t>& newest);
    void rebuild(const ComingHome& message);
    void restore_state(const ProcessImage& image, const std::vector<siginfo_t>& signals);
    /// Until clocks here show no less than the process has read there.
    void catch_up(const ComingHome& message) const;
    /// Of a stopped process. False when it has ended meanwhile; throws PeerError when they do not come.
    bool wait_for_pages();
    /// Lets it run unless all of its pages come at once.
    void run_here();
    void leave_area(const Registers& registers);
    void arrive();
    void leave_again();
    /// Lets the process at home run without us.
    void release_process();
    /// The process goes on with this state; its memory is as it must be. `of_deputy`: if it was a deputy, the signals
    /// that this one has taken and that nobody has got.
    void resume_here(const ProcessImage& image, const std::vector<siginfo_t>* of_deputy);

    HomeOptions options_;
    const clusterdisc::KeyRing& keys_;
    ControlChannel control_;
    StateFile state_file_;
    StateFile::State state_;
    Where where_ = Where::at_home;
    Deadline end_of_waiting_for_exec_;
    bool is_frozen_ = false;
    bool has_had_command_ = false;

    std::unique_ptr<Tracee> tracee_;
    std::unique_ptr<MemoryFile> memory_;
    Vdso vdso_;
    ForwardingMemory forwarding_;
    std::unique_ptr<Agent> agent_;
    std::unique_ptr<Deputy> deputy_;
    /// As it left, until the first thing that it did elsewhere was seen outside.
    std::optional<ProcessImage> fallback_;
    ProcessImage image_;
    /// Of its mappings: when it ran last, and as they were sent.
    KnownAttributes known_attributes_;
    KnownAttributes sent_attributes_;
    MappedFiles mapped_files_;

    std::unique_ptr<MessageSocket> peer_;
    clusterdisc::FileDescriptor pages_;
    clusterdisc::FileDescriptor all_here_;
    PageReader page_reader_;
    std::unique_ptr<PageSource> source_;
    std::unique_ptr<PageSink> sink_;
    std::shared_ptr<KeptPages> kept_pages_;
    /// What of the process was sent before it left, and in how many nanoseconds.
    struct SentAhead {
        std::uint64_t bytes = 0;
        std::int64_t time = 0;
    };
    SentAhead sent_ahead_;
    std::uint64_t max_pages_ahead_ = 0;
    /// The body runs.
    std::atomic<bool> has_gone_ = false;
    std::unique_ptr<PageThread> page_thread_;

    std::uint64_t sequence_ = 0;
    CallRequest request_;
    /// Of the call that comes next, and of the one that goes on.
    BufferParts input_parts_;
    std::uint64_t call_mask_ = 0;
    /// Bytes that the call has moved before it went on with its rest.
    std::uint64_t transferred_ = 0;
    std::optional<LargeArea> large_area_;
    /// A call that crossed a stop of the deputy, and is made when that goes on.
    std::optional<Call> held_call_;
    FilePages file_pages_;
    /// When the call that goes on has waited long enough, as its timeout began when it was made first; nanoseconds of
    /// CLOCK_MONOTONIC, and what it returns then.
    struct CallDeadline {
        std::int64_t at = 0;
        std::int64_t expired = 0;
    };
    std::optional<CallDeadline> deadline_;
    std::int64_t call_begin_ = 0;
    /// When the call began that the process was waiting in when it left.
    std::optional<std::int64_t> waiting_since_;
    /// Of the sleep that goes on: where in the forwarding area its rest belongs, how long it is and when it began.
    std::optional<std::uint32_t> sleep_rest_;
    std::int64_t sleep_length_ = 0;
    std::int64_t sleep_begin_ = 0;
    /// Where the program has asked for it; 0: nowhere.
    std::uint64_t sleep_rest_address_ = 0;
    /// Of the last call that ended or was interrupted: what belongs into the program's memory, wherever that is.
    std::vector<MemoryWrite> call_writes_;
    /// What was there when it left, of a call that goes on from then.
    std::vector<MemoryWrite> outputs_at_departure_;
    /// The last result that was sent.
    std::int64_t last_value_ = 0;
    std::vector<siginfo_t> last_signals_;
    /// Signal messages since it left, without the first ones, which it has seen.
    std::deque<siginfo_t> sent_signals_;
    std::uint64_t signals_forgotten_ = 0;
    std::uint64_t entry_ = 0;
    std::uint8_t entry_byte_ = 0;
    /// The call was interrupted because its deadline has passed.
    bool has_expired_ = false;
    /// The call that the process was in when it left: the kernel here goes on with it.
    bool is_restarted_call_ = false;
    /// It stands before a call that must wait until all pages are here.
    bool is_held_ = false;
    /// Nothing shows us what it touches, so it cannot run before all of its pages are here.
    bool must_wait_for_pages_ = false;
    bool is_asked_home_ = false;
    bool does_home_call_ = false;
    /// Since it has come home, before it was let go.
    bool has_run_here_ = false;
    bool waits_for_call_ = false;
    int calls_seen_ = 0;
    /// Of the memory that the process has elsewhere.
    bool may_discard_ = false;
    bool has_discarded_ = false;
    /// What was used elsewhere.
    bool must_count_after_call_ = false;
    /// Nanoseconds of CLOCK_MONOTONIC.
    std::int64_t left_at_ = 0;
    /// As of WallClock.
    std::int64_t told_wall_clock_ = 0;
    ProcessorTimeAccount account_;
    ProcessorTimeClient time_client_;
    /// Field 22 of /proc/PID/stat.
    std::uint64_t start_time_ = 0;
    /// Nanoseconds of CLOCK_BOOTTIME; 0: never.
    std::int64_t left_first_at_ = 0;
    /// When the state file last said what was used elsewhere, because of that alone.
    std::chrono::steady_clock::time_point elsewhere_written_;

    std::optional<Destination> last_;
    std::optional<Destination> next_;
    std::vector<Command> waiting_commands_;
    /// Until the process is here.
    std::vector<Command> waiting_checkpoints_;
};

}  // namespace openmosix
