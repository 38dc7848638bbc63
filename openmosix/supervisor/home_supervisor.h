// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clocks/vdso.h"
#include "common/cluster_keys.h"
#include "common/log.h"
#include "deputy/deputy.h"
#include "deputy/forwarding_memory.h"
#include "memory/file_pages.h"
#include "memory/page_reader.h"
#include "memory/page_sink.h"
#include "memory/page_source.h"
#include "memory/page_thread.h"
#include "peer/message_socket.h"
#include "supervisor/control_channel.h"
#include "supervisor/state_file.h"
#include "tracee/agent.h"
#include "tracee/tracee.h"

namespace openmosix {

struct HomeOptions {
    pid_t pid = 0;
    std::string run_folder;
    /// This node.
    std::uint32_t node = 0;
    /// A connection to omd with the first command; -1: none.
    int control = -1;
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
        done,
    };
    struct Destination {
        std::uint32_t node = 0;
        std::string address;
        std::uint16_t port = 0;
        /// Who wants the process there.
        uid_t user = 0;
    };

    // home_supervisor.cc: what happens.
    void wait_for_events();
    /// False when the time is over.
    bool sleep_until_event(int milliseconds);
    void handle_stops();
    void handle_deputy(const Stop& stop);
    void handle_event(const Deputy::Event& event);
    void send_signal(const siginfo_t& info);
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
    /// Breaks off the call of this number if it still goes on.
    void interrupt_call(std::uint64_t sequence, std::vector<Deputy::Event>& events);
    /// Keeps a call until the process goes on that is stopped by a signal.
    void hold_call(Call call);
    /// Answers a call that has not been begun.
    void turn_call_down(std::uint64_t sequence);
    [[nodiscard]] Bytes restarted_output(std::int64_t value) const;
    // sleeping.cc: what is left of a sleep.
    [[nodiscard]] bool can_sleep_on() const;
    /// Whether the process at home may write there.
    [[nodiscard]] bool is_writable_here(std::uint64_t address, std::size_t size) const;
    void take_sleep_rest();
    /// Of a call that was broken off with this value, if it is a sleep: into sleep_left_, and into its output.
    void keep_what_is_left(std::int64_t value);
    /// Into the memory of the program, which is in the middle of its sleep and on its way back.
    void write_what_is_left(const Registers& registers);
    void lose_peer(const std::string& why);
    /// lost_process.cc. In a handler of an exception: kills a process that is not whole here, and throws on otherwise.
    void lose_process(const std::string& why);
    /// Not because its pages cannot be had, which our page thread kills it for.
    [[nodiscard]] bool has_ended_by_itself() const;
    void report_end();
    void end_lost_process(const std::string& why);
    void end_process(int signal);
    void write_state(const std::string& state, const std::string& reason = {});
    void answer_commands(const std::string& reason);

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
    /// `may_be_stopped`: by a signal; such a process is frozen as well as any.
    void freeze_process(bool may_be_stopped);
    void let_run_briefly();
    void must_be_theirs(uid_t user) const;
    [[nodiscard]] static PageSource::Plan page_plan(const ProcessImage& image);
    void discard_sent_pages();
    void place_entry_breakpoint();
    bool is_at_entry(const Stop& stop);

    // checkpoint.cc: into a file.
    void begin_checkpoint(const Command& command);
    void make_waiting_checkpoints();
    void make_checkpoint(const Command& command);
    /// Throws std::runtime_error with the reason; the process goes on in any case.
    void write_image(const Command& command);

    // homecoming.cc: on the way back.
    void ask_home();
    void come_home(ComingHome message);
    void take_over_call(ProcessImage& image, std::vector<siginfo_t>& signals);
    void rebuild(const ComingHome& message);
    void restore_state(const ProcessImage& image, const std::vector<siginfo_t>& signals);
    /// Until clocks here show no less than the process has read there.
    void catch_up(const ComingHome& message) const;
    /// Lets it run unless all of its pages come at once.
    void run_here();
    void leave_area(const Registers& registers);
    void arrive();
    void leave_again();
    /// Lets the process at home run without us.
    void release_process();
    /// The deputy becomes the process again, with this state; its memory is as it must be.
    void resume_here(const ProcessImage& image, bool was_deputy);

    HomeOptions options_;
    const clusterdisc::KeyRing& keys_;
    ControlChannel control_;
    StateFile state_file_;
    StateFile::State state_;
    Where where_ = Where::at_home;
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

    std::unique_ptr<MessageSocket> peer_;
    clusterdisc::FileDescriptor pages_;
    PageReader page_reader_;
    std::unique_ptr<PageSource> source_;
    std::unique_ptr<PageSink> sink_;
    std::unique_ptr<PageThread> page_thread_;
    clusterdisc::FileDescriptor all_here_;

    std::uint64_t sequence_ = 0;
    CallRequest request_;
    /// A call that crossed a stop of the deputy, and is made when that goes on.
    std::optional<Call> held_call_;
    FilePages file_pages_;
    /// Of the sleep that goes on: where in the forwarding area its rest belongs, how long it is and when it began.
    std::optional<std::uint32_t> sleep_rest_;
    std::int64_t sleep_length_ = 0;
    std::int64_t sleep_begin_ = 0;
    /// Of the last sleep that was broken off, as the program is to find it; empty when it was no sleep.
    Bytes sleep_left_;
    /// The last result that was sent.
    std::int64_t last_value_ = 0;
    std::vector<siginfo_t> last_signals_;
    /// Signal messages since it left, without the first ones, which it has seen.
    std::deque<siginfo_t> sent_signals_;
    std::uint64_t signals_forgotten_ = 0;
    std::uint64_t entry_ = 0;
    std::uint8_t entry_byte_ = 0;
    /// The call that the process was in when it left: the kernel here goes on with it.
    bool is_restarted_call_ = false;
    /// It stands before a call that must wait until all pages are here.
    bool is_held_ = false;
    bool is_asked_home_ = false;
    bool does_home_call_ = false;
    /// Since it has come home, before it was let go.
    bool has_run_here_ = false;
    bool waits_for_call_ = false;
    int calls_seen_ = 0;
    /// Of the memory that the process has elsewhere.
    bool may_discard_ = false;
    bool has_discarded_ = false;
    /// Nanoseconds of CLOCK_MONOTONIC.
    std::int64_t left_at_ = 0;
    /// Nanoseconds of other nodes' processors that it has used.
    std::uint64_t time_elsewhere_ = 0;

    std::optional<Destination> last_;
    std::optional<Destination> next_;
    std::vector<Command> waiting_commands_;
    /// Until the process is here.
    std::vector<Command> waiting_checkpoints_;
};

}  // namespace openmosix
