// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/gathering.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>

#include "cpu/extended_state_access.h"
#include "freeze/memory_map.h"
#include "freeze/thread_area.h"
#include "procfs/process_file.h"
#include "procfs/process_stat.h"
#include "procfs/process_status.h"
#include "tracee/call_numbers.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::size_t max_proc_file = std::size_t{1} << 20U;

// Where the calls of gather_signals_and_thread() leave their results in the agent's scratch memory.
constexpr std::uint64_t stack_place = 0;
constexpr std::uint64_t robust_place = 64;
constexpr std::uint64_t robust_size_place = 72;
constexpr std::uint64_t clear_tid_place = 80;
constexpr std::array<std::uint64_t, 2> timer_places{96, 128};
/// Zeros: a timer that is stopped.
constexpr std::uint64_t no_timer_place = 160;
constexpr std::uint64_t actions_place = 256;
constexpr std::uint64_t action_space = 32;

std::string proc_file(pid_t pid, const char* name) {
    return read_process_file(pid, name, max_proc_file);
}

ImageLayout gather_layout(pid_t pid, Agent& agent) {
    const ProcessStat stat = read_process_stat(pid);
    ImageLayout layout;
    layout.start_code = stat.start_code;
    layout.end_code = stat.end_code;
    layout.start_stack = stat.start_stack;
    layout.start_data = stat.start_data;
    layout.end_data = stat.end_data;
    layout.start_brk = stat.start_brk;
    layout.arg_start = stat.arg_start;
    layout.arg_end = stat.arg_end;
    layout.env_start = stat.env_start;
    layout.env_end = stat.env_end;
    constexpr std::uint64_t brk_i386 = 45;
    constexpr std::uint64_t brk_amd64 = 12;
    layout.brk = static_cast<std::uint64_t>(agent.call("brk", agent.abi() == Abi::i386 ? brk_i386 : brk_amd64)) &
                 (agent.abi() == Abi::i386 ? 0xffffffffU : ~std::uint64_t{0});
    const std::string vector = proc_file(pid, "auxv");
    layout.auxiliary_vector.assign(vector.begin(), vector.end());
    return layout;
}

std::vector<ImageRange> to_image_ranges(const std::vector<MappedRange>& map, std::uint64_t agent_address) {
    std::vector<ImageRange> result;
    for (const MappedRange& range : map) {
        const bool is_agent = range.start >= agent_address && range.end <= agent_address + agent_area::size;
        if (is_agent || belongs_to_kernel(range)) {
            continue;
        }
        ImageRange image;
        image.start = range.start;
        image.end = range.end;
        image.protection = static_cast<std::uint8_t>(
            (range.readable ? PROT_READ : 0) | (range.writable ? PROT_WRITE : 0) | (range.executable ? PROT_EXEC : 0));
        image.attributes = range.attributes;
        if (range.inode != 0) {
            image.content = ImageRange::Content::file;
            image.path = range.path;
            image.offset = range.offset;
        }
        result.push_back(std::move(image));
    }
    return result;
}

Bytes part(const Bytes& bytes, std::size_t place, std::size_t size) {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(place);
    return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

void gather_signals_and_thread(Tracee& tracee, Agent& agent, ProcessImage& image) {
    const CallNumbers& numbers = call_numbers(agent.abi());
    const std::uint64_t scratch = agent.scratch();
    const SignalDispositions dispositions = read_dispositions(tracee.pid());
    std::vector<InjectedCall> calls{
        {numbers.sigaltstack, {0, scratch + stack_place}},
        {numbers.get_robust_list, {0, scratch + robust_place, scratch + robust_size_place}},
        {numbers.prctl, {PR_GET_TID_ADDRESS, scratch + clear_tid_place}},
        {numbers.setitimer, {ITIMER_VIRTUAL, scratch + no_timer_place, scratch + timer_places[0]}},
        {numbers.setitimer, {ITIMER_PROF, scratch + no_timer_place, scratch + timer_places[1]}}};
    std::vector<std::uint8_t> signals;
    for (std::uint8_t signal = 1; signal <= 64; ++signal) {
        if (((dispositions.caught | dispositions.ignored) >> (signal - 1U) & 1U) != 0) {
            const std::uint64_t place = scratch + actions_place + signals.size() * action_space;
            calls.push_back({numbers.rt_sigaction, {signal, 0, place, 8}});
            signals.push_back(signal);
        }
    }
    const Bytes zeros(actions_place + 64 * action_space);
    agent.write_scratch(0, zeros);
    agent.run(calls);
    const Bytes results = agent.read_scratch(0, zeros.size());

    const std::size_t word = word_size(agent.abi());
    const std::size_t stack_size = 3 * word;
    const std::size_t timer_size = 4 * word;
    const std::size_t action_size = agent.abi() == Abi::i386 ? 20 : 32;
    image.signals.alternative_stack = part(results, stack_place, stack_size);
    image.thread.robust_list = word_in(results, robust_place, word);
    image.thread.robust_list_size = word_in(results, robust_size_place, word);
    image.thread.clear_tid_address = word_in(results, clear_tid_place, word);
    for (std::size_t i = 0; i < timer_places.size(); ++i) {
        image.thread.cpu_timers.at(i) = part(results, static_cast<std::size_t>(timer_places.at(i)), timer_size);
    }
    for (std::size_t i = 0; i < signals.size(); ++i) {
        image.signals.actions.push_back(
            {signals[i], part(results, static_cast<std::size_t>(actions_place + i * action_space), action_size)});
    }
}

void gather_rseq(pid_t pid, ImageThread& thread) {
    __ptrace_rseq_configuration configuration{};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    if (::ptrace(PTRACE_GET_RSEQ_CONFIGURATION, pid, sizeof configuration, &configuration) > 0) {
        thread.rseq_address = configuration.rseq_abi_pointer;
        thread.rseq_size = thread.rseq_address == 0 ? 0 : configuration.rseq_abi_size;
        thread.rseq_signature = configuration.signature;
    }
}

}  // namespace

SignalDispositions read_dispositions(pid_t pid) {
    const ProcessStatus status = read_process_status(pid);
    return {status.caught, status.ignored, status.pending | status.shared_pending, status.blocked};
}

std::vector<ImageRange> gather_ranges(pid_t pid, std::uint64_t agent_address, KnownAttributes known) {
    known.add(agent_address, agent_address + agent_area::size, 0);
    return to_image_ranges(read_memory_map(pid, known), agent_address);
}

ProcessImage gather_image(Tracee& tracee, Agent& agent, const Registers& frozen, KnownAttributes known) {
    const pid_t pid = tracee.pid();
    ProcessImage image;
    image.pid = static_cast<std::uint32_t>(pid);
    image.agent_address = agent.address();
    image.thread.registers = frozen;
    // Before the agent runs: on its way back to the program the kernel may write there.
    gather_rseq(pid, image.thread);
    image.thread.extended_state = read_extended_state(pid);
    image.thread.segments = read_thread_areas(pid, agent.abi());
    image.signals.blocked = tracee.signal_mask();
    image.layout = gather_layout(pid, agent);
    gather_signals_and_thread(tracee, agent, image);

    image.uid = read_process_status(pid).users[0];
    const ProcessStat stat = read_process_stat(pid);
    image.name = stat.name;
    const auto tick = std::uint64_t{1'000'000'000} / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    image.user_time = stat.user_time * tick;
    image.system_time = stat.system_time * tick;

    image.personality = static_cast<std::uint32_t>(std::stoul(proc_file(pid, "personality"), nullptr, 16));

    known.add(agent.address(), agent.address() + agent_area::size, 0);
    const auto map = read_memory_map(pid, known);
    image.ranges = to_image_ranges(map, image.agent_address);
    for (const MappedRange& range : map) {
        if (is_kernel_page(range)) {
            image.layout.vdso_start = image.layout.vdso_start == 0 ? range.start : image.layout.vdso_start;
            image.layout.vdso_end = range.end;
        }
    }
    return image;
}

}  // namespace openmosix
