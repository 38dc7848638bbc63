// SPDX-License-Identifier: GPL-2.0-or-later
#include "checkpoint/restart.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "body/body_state.h"
#include "body/confinement.h"
#include "body/new_address_space.h"
#include "body/stub.h"
#include "body/stub_process.h"
#include "body/vdso_move.h"
#include "checkpoint/opened_files.h"
#include "clocks/read_clock.h"
#include "common/joined.h"
#include "cpu/instruction_sets.h"
#include "freeze/freezer.h"
#include "memory/layout_change.h"
#include "signals/signal_info.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"
#include "tracee/memory_file.h"

namespace openmosix {

namespace {

constexpr Abi native = sizeof(void*) == 4 ? Abi::i386 : Abi::amd64;

void check_machine(const CheckpointState& state) {
    if (state.kernel != native) {
        throw std::runtime_error(std::string("the image is of an ") + to_string(state.kernel) +
                                 " kernel, and ours is " + to_string(native));
    }
    const auto missing = missing_features({state.cpu_features}, cpu_features());
    if (!missing.empty()) {
        throw std::runtime_error("the processor here lacks what the program may use: " +
                                 clusterdisc::joined(missing, ", "));
    }
}

/// The clocks of the next child go on from the image's. Who has no right to that gets this machine's.
void continue_clocks(const CheckpointState& state) {
    try {
        set_clocks_of_children({.monotonic = state.monotonic - read_clock(CLOCK_MONOTONIC),
                                .boottime = state.boottime - read_clock(CLOCK_BOOTTIME)});
    } catch (const std::system_error&) {
        return;
    }
}

/// A process as it becomes that of an image. Its memory is left as it was, also where the C library remembers the
/// number of its thread, which is another now: locks that it holds are marked with the old one.
class Restart {
public:
    Restart(const CheckpointState& state, const OpenedFiles& files)
        : state_(state), process_(state.process), abi_(state.process.thread.registers.abi),
          numbers_(call_numbers(abi_)), files_(files), stub_(start(state, files)), tracee_(*stub_.tracee),
          memory_(stub_.pid), first_(tracee_.registers()) {
        auto vdso = read_vdso(stub_.pid);
        if (!vdso || vdso->hash() != state.vdso_hash) {
            throw std::runtime_error("the image is of another kernel version: its vDSO is not the one here");
        }
        vdso_ = std::move(*vdso);
    }

    void build(ImageReader& reader) {
        make_area();
        clear_address_space(*agent_, stub_.pid);
        move_vdso(*agent_, stub_.pid, vdso_, process_.layout);
        map_anonymous();
        map_files();
        name_program();
        while (const auto run = reader.next()) {
            if (!memory_.write(run->address, run->pages)) {
                throw std::system_error(errno, std::generic_category(), "the process's memory cannot be written");
            }
        }
    }

    /// The process runs.
    pid_t finish() {
        for (const ImageOpenFile& file : state_.open_files) {
            if (file.closes_on_exec) {
                agent_->call("fcntl", numbers_.fcntl, {file.descriptor, F_SETFD, FD_CLOEXEC});
            }
        }
        set_actions(tracee_, *agent_, process_.signals.actions);
        set_kernel_state(*agent_, process_);
        set_real_timer();
        queue_pending();
        set_restartable_sequences(*agent_, process_.thread);
        set_thread_state(tracee_, process_);
        leave_area();
        tracee_.release();
        return std::exchange(stub_.pid, -1);
    }

private:
    static StubProcess start(const CheckpointState& state, const OpenedFiles& files) {
        const auto prepare = [&](int program) {
            ::umask(state.umask);
            return ::personality(state.process.personality) == -1 ? -1 : files.take_over(program);
        };
        return start_stub(
            state.process.thread.registers.abi, prepare, [](pid_t) {},
            "the process's descriptors or its current folder are not to be had");
    }

    void make_area() {
        const std::int64_t result =
            call_at(tracee_, first_, stub_instruction(abi_), agent_area_mapping(abi_, process_.agent_address));
        if (is_error(result)) {
            throw std::system_error(static_cast<int>(-result), std::generic_category(), "mmap of the agent's area");
        }
        agent_.emplace(tracee_, memory_, first_, process_.agent_address);
    }

    void map_anonymous() {
        std::vector<ImageRange> ranges;
        for (const ImageRange& range : process_.ranges) {
            if (range.content == ImageRange::Content::anonymous) {
                ranges.push_back(range);
            }
        }
        make_layout(*agent_, ranges);
    }

    void map_files() {
        std::vector<InjectedCall> calls;
        for (const ImageRange& range : process_.ranges) {
            if (range.content == ImageRange::Content::file) {
                const std::uint64_t offset = abi_ == Abi::i386 ? range.offset / page_size : range.offset;
                calls.push_back({numbers_.mmap,
                                 {range.start, range.end - range.start, range.protection, MAP_PRIVATE,
                                  static_cast<std::uint64_t>(files_.mapped(range.path)), offset}});
            }
        }
        map_new(*agent_, std::move(calls));
    }

    /// Who has not the right to name it goes on as a program without a name (/proc/PID/exe).
    void name_program() {
        try {
            set_layout(*agent_, process_.layout, files_.program());
        } catch (const std::system_error&) {
            // What is wrong with the addresses is found again when they are set with everything else.
        }
        std::vector<InjectedCall> calls;
        for (const int descriptor : files_.temporary()) {
            calls.push_back({numbers_.close, {static_cast<std::uint64_t>(descriptor)}});
        }
        agent_->run(calls);
    }

    void set_real_timer() {
        Bytes timer = state_.real_timer;
        const auto value = timer.begin() + static_cast<std::ptrdiff_t>(timer.size() / 2);
        if (std::all_of(value, timer.end(), [](std::uint8_t byte) { return byte == 0; })) {
            // As long as its signal waits, a timer with an interval stands still; then the interval begins again.
            std::copy(timer.begin(), value, value);
        }
        agent_->write_scratch(0, timer);
        agent_->call("setitimer", numbers_.setitimer, {ITIMER_REAL, agent_->scratch(), 0});
    }

    void queue_pending() {
        std::vector<siginfo_t> signals;
        for (const Bytes& pending : process_.signals.pending) {
            signals.push_back(signal_info_from(pending));
        }
        queue_signals(*agent_, signals);
    }

    void leave_area() {
        const auto instruction = vdso_.system_call_instruction(abi_);
        if (!instruction) {
            throw std::runtime_error("this kernel's vDSO has no system call in it");
        }
        const Registers& registers = process_.thread.registers;
        const std::uint64_t mask = tracee_.signal_mask();
        const std::int64_t result =
            call_at(tracee_, registers, *instruction, {numbers_.munmap, {process_.agent_address, agent_area::size}});
        tracee_.set_signal_mask(mask);
        if (result != 0 || !settle(tracee_, registers)) {
            throw std::runtime_error("the process has ended before it was ready");
        }
    }

    const CheckpointState& state_;
    const ProcessImage& process_;
    Abi abi_;
    const CallNumbers& numbers_;
    const OpenedFiles& files_;
    StubProcess stub_;
    Tracee& tracee_;
    MemoryFile memory_;
    Registers first_;
    Vdso vdso_;
    std::optional<Agent> agent_;
};

}  // namespace

pid_t restart_process(ImageReader& reader) {
    check_machine(reader.state());
    const OpenedFiles files(reader.state());
    continue_clocks(reader.state());
    Restart restart(reader.state(), files);
    restart.build(reader);
    return restart.finish();
}

}  // namespace openmosix
