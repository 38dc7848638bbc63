// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/body_state.h"

#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <system_error>

#include "clocks/timer_tick.h"
#include "cpu/extended_state_access.h"
#include "freeze/gathering.h"
#include "freeze/thread_area.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::uint64_t rseq_flag_unregister = 1;
constexpr std::uint64_t signal_set_size = 8;

/// Collects calls and what their pointers point to, in the agent's scratch memory.
class CallList {
public:
    explicit CallList(Agent& agent) : agent_(agent) {}

    std::uint64_t place(const Bytes& bytes) {
        while (data_.size() % 16 != 0) {
            data_.push_back(0);
        }
        const std::uint64_t address = agent_.scratch() + data_.size();
        data_.insert(data_.end(), bytes.begin(), bytes.end());
        return address;
    }
    void add(const char* what, std::uint64_t number, std::array<std::uint64_t, 6> arguments) {
        calls_.push_back({number, arguments});
        names_.emplace_back(what);
    }
    void run() {
        agent_.write_scratch(0, data_);
        agent_.run(calls_);
        for (std::size_t i = 0; i < calls_.size(); ++i) {
            if (is_error(calls_[i].result)) {
                throw std::system_error(static_cast<int>(-calls_[i].result), std::generic_category(), names_[i]);
            }
        }
    }

private:
    Agent& agent_;
    Bytes data_;
    std::vector<InjectedCall> calls_;
    std::vector<std::string> names_;
};

/// struct prctl_mm_map of linux/prctl.h. A 32-bit caller under an amd64 kernel passes the 64-bit structure.
Bytes memory_layout(const ImageLayout& layout, std::uint64_t auxiliary_vector, int program) {
    Bytes bytes;
    const std::uint64_t end_data = std::min(layout.end_data, layout.start_brk - 1);
    for (const std::uint64_t field :
         {layout.start_code, layout.end_code, std::min(layout.start_data, end_data), end_data, layout.start_brk,
          layout.brk, layout.start_stack, layout.arg_start, layout.arg_end, layout.env_start, layout.env_end}) {
        append_word(bytes, field, 8);
    }
    append_word(bytes, auxiliary_vector, sizeof(void*));
    append_word(bytes, layout.auxiliary_vector.size(), 4);
    append_word(bytes, static_cast<std::uint32_t>(program), 4);
    return bytes;
}

void add_layout(CallList& list, const CallNumbers& numbers, const ImageLayout& layout, int program) {
    const std::uint64_t vector = list.place(layout.auxiliary_vector);
    const Bytes map = memory_layout(layout, vector, program);
    list.add("prctl PR_SET_MM_MAP", numbers.prctl, {PR_SET_MM, PR_SET_MM_MAP, list.place(map), map.size(), 0});
}

void add_timers(CallList& list, const CallNumbers& numbers, Abi abi, const ImageThread& thread) {
    const std::array<std::uint64_t, 2> timers{ITIMER_VIRTUAL, ITIMER_PROF};
    for (std::size_t i = 0; i < timers.size(); ++i) {
        const std::uint64_t value = list.place(to_start_again(thread.cpu_timers.at(i), abi, timer_tick()));
        list.add("setitimer", numbers.setitimer, {timers.at(i), value, 0});
    }
}

}  // namespace

void start_timers(Agent& agent, const ImageThread& thread) {
    CallList list(agent);
    add_timers(list, call_numbers(agent.abi()), agent.abi(), thread);
    list.run();
}

InjectedCall rseq_call(Abi abi, const ImageThread& thread, bool registers) {
    return {call_numbers(abi).rseq,
            {thread.rseq_address, thread.rseq_size, registers ? 0 : rseq_flag_unregister, thread.rseq_signature}};
}

void set_layout(Agent& agent, const ImageLayout& layout, int program) {
    CallList list(agent);
    add_layout(list, call_numbers(agent.abi()), layout, program);
    list.run();
}

void set_actions(Tracee& tracee, Agent& agent, const std::vector<ImageAction>& actions) {
    const CallNumbers& numbers = call_numbers(agent.abi());
    const SignalDispositions now = read_dispositions(tracee.pid());
    CallList list(agent);
    std::uint64_t set = 0;
    for (const ImageAction& action : actions) {
        list.add("rt_sigaction", numbers.rt_sigaction, {action.signal, list.place(action.action), 0, signal_set_size});
        set |= std::uint64_t{1} << (action.signal - 1U);
    }
    const std::uint64_t by_default = list.place(Bytes(32));
    for (std::uint64_t signal = 1; signal <= 64; ++signal) {
        if ((((now.caught | now.ignored) & ~set) >> (signal - 1) & 1U) != 0) {
            list.add("rt_sigaction", numbers.rt_sigaction, {signal, by_default, 0, signal_set_size});
        }
    }
    list.run();
}

void set_kernel_state(Agent& agent, const ProcessImage& image) {
    const CallNumbers& numbers = call_numbers(agent.abi());
    const ImageThread& thread = image.thread;
    CallList list(agent);
    add_layout(list, numbers, image.layout, -1);
    Bytes name(image.name.begin(), image.name.end());
    name.resize(16);
    list.add("prctl PR_SET_NAME", numbers.prctl, {PR_SET_NAME, list.place(name)});
    if (thread.robust_list != 0) {
        list.add("set_robust_list", numbers.set_robust_list, {thread.robust_list, thread.robust_list_size});
    }
    list.add("set_tid_address", numbers.set_tid_address, {thread.clear_tid_address});
    list.add("sigaltstack", numbers.sigaltstack, {list.place(image.signals.alternative_stack), 0});
    for (const ImageAction& action : image.signals.actions) {
        list.add("rt_sigaction", numbers.rt_sigaction, {action.signal, list.place(action.action), 0, signal_set_size});
    }
    add_timers(list, numbers, agent.abi(), thread);
    list.add("personality", numbers.personality, {image.personality});
    list.run();
}

void set_restartable_sequences(Agent& agent, const ImageThread& thread) {
    if (thread.rseq_size != 0) {
        const InjectedCall call = rseq_call(agent.abi(), thread, true);
        agent.call("rseq", call.number, call.arguments);
    }
}

void set_thread_state(Tracee& tracee, const ProcessImage& image) {
    write_thread_areas(tracee.pid(), image.thread.segments);
    write_extended_state(tracee.pid(), image.thread.extended_state);
    tracee.set_registers(image.thread.registers);
    tracee.set_signal_mask(image.signals.blocked);
}

}  // namespace openmosix
