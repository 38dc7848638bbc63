// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/agent.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <string>
#include <system_error>

#include "signals/signal_info.h"
#include "tracee/agent_code.h"
#include "tracee/kernel_result.h"
#include "tracee/process_end.h"
#include "words.h"

namespace openmosix {

namespace {

std::size_t entry_size(Abi abi) {
    return 8 * word_size(abi);
}

void put_word(std::vector<std::uint8_t>& bytes, Abi abi, std::uint64_t value) {
    append_word(bytes, value, word_size(abi));
}

std::int64_t get_word(std::span<const std::uint8_t> bytes, Abi abi) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < word_size(abi); ++i) {
        value |= std::uint64_t{bytes[i]} << (8 * i);
    }
    return abi == Abi::i386 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value))
                            : static_cast<std::int64_t>(value);
}

[[noreturn]] void fail(const Tracee& tracee, const std::string& text) {
    if (has_ended(tracee.pid())) {
        throw ProcessEnded();
    }
    throw std::runtime_error(text);
}

}  // namespace

Agent::Agent(Tracee& tracee, const MemoryFile& memory, const Registers& frozen, std::uint64_t address)
    : tracee_(tracee), memory_(memory), frozen_(frozen), address_(address) {
    write_code();
}

void Agent::write_code() {
    if (!memory_.write(address_ + agent_area::list_code_offset, list_code(abi())) ||
        !memory_.write(address_ + agent_area::call_code_offset, call_code(abi()))) {
        fail(tracee_, "its memory cannot be written (agent's code)");
    }
}

void Agent::check_call(std::span<const InjectedCall>& expected) {
    const Registers registers = tracee_.registers();
    const std::uint64_t word = abi() == Abi::i386 ? 0xffffffffU : ~std::uint64_t{0};
    const auto is_it = [&](const InjectedCall& call) {
        bool is_same = (call.number & word) == registers.original_accumulator();
        for (std::size_t i = 0; i < call.arguments.size(); ++i) {
            is_same = is_same && (call.arguments.at(i) & word) == registers.argument(i);
        }
        return is_same;
    };
    // Calls that the filter allows do not stop, so some of the list may be over already.
    const auto found = std::ranges::find_if(expected, is_it);
    if (tracee_.event_message() != 0 || registers.abi != abi() || found == expected.end()) {
        ::kill(tracee_.pid(), SIGKILL);
        fail(tracee_, "it made another system call than the one that was injected, and was killed");
    }
    expected = expected.subspan(static_cast<std::size_t>(found - expected.begin()) + 1);
}

void Agent::wait_for_breakpoint(std::span<const InjectedCall> expected) {
    const std::uint64_t end = address_ + agent_area::list_code_offset + list_code(abi()).size();
    for (;;) {
        const Stop stop = tracee_.wait();
        switch (stop.kind) {
            case Stop::Kind::ended:
                throw ProcessEnded();
            case Stop::Kind::signal:
                if (stop.signal == SIGTRAP && tracee_.registers().instruction_pointer() == end) {
                    return;
                }
                is_stop_kept_ = is_stop_kept_ || stop.signal == SIGSTOP;
                if (stop.signal != SIGTRAP && stop.signal != SIGSTOP) {
                    fail(tracee_, "it got signal " + std::to_string(stop.signal) + " in an injected system call");
                }
                break;
            case Stop::Kind::seccomp:
                check_call(expected);
                break;
            case Stop::Kind::group:
            case Stop::Kind::interrupted:
            case Stop::Kind::call:
            case Stop::Kind::exec:
                break;
        }
        tracee_.run();
    }
}

void Agent::run_part(std::span<InjectedCall> calls) {
    // The program can have written to the area since.
    write_code();
    std::vector<std::uint8_t> stack;
    put_word(stack, abi(), address_ + agent_area::entries_offset);
    put_word(stack, abi(), calls.size());
    std::vector<std::uint8_t> entries;
    for (const InjectedCall& call : calls) {
        put_word(entries, abi(), call.number);
        for (const std::uint64_t argument : call.arguments) {
            put_word(entries, abi(), argument);
        }
        put_word(entries, abi(), 0);
    }
    if (!memory_.write(address_ + agent_area::stack_offset, stack) ||
        !memory_.write(address_ + agent_area::entries_offset, entries)) {
        fail(tracee_, "its memory cannot be written (agent's list of calls)");
    }
    Registers registers = frozen_;
    registers.forget_call();
    registers.instruction_pointer() = address_ + agent_area::list_code_offset;
    registers.stack_pointer() = address_ + agent_area::stack_offset;
    tracee_.set_registers(registers);
    tracee_.run();
    wait_for_breakpoint(calls);
    if (!memory_.read(address_ + agent_area::entries_offset, entries)) {
        fail(tracee_, "its memory cannot be read (agent's results)");
    }
    const std::size_t size = entry_size(abi());
    for (std::size_t i = 0; i < calls.size(); ++i) {
        calls[i].result = get_word(std::span(entries).subspan(i * size + 7 * word_size(abi())), abi());
    }
}

void Agent::run(std::span<InjectedCall> calls) {
    const std::uint64_t mask = tracee_.signal_mask();
    tracee_.set_signal_mask(all_signals_wait);
    const std::size_t most = (agent_area::entries_end - agent_area::entries_offset) / entry_size(Abi::amd64);
    for (std::size_t done = 0; done < calls.size(); done += most) {
        run_part(calls.subspan(done, std::min(most, calls.size() - done)));
    }
    tracee_.set_signal_mask(mask);
    if (is_stop_kept_) {
        is_stop_kept_ = false;
        stop_again(tracee_.pid());
    }
}

std::int64_t Agent::call(const char* what, std::uint64_t number, std::array<std::uint64_t, 6> arguments) {
    std::array<InjectedCall, 1> list{{{number, arguments}}};
    run(list);
    const std::int64_t result = list.front().result;
    if (is_error(result)) {
        throw std::system_error(static_cast<int>(-result), std::generic_category(),
                                std::string("its injected system call ") + what);
    }
    return result;
}

void Agent::write_scratch(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    if (offset + bytes.size() > agent_area::scratch_size || !memory_.write(scratch() + offset, bytes)) {
        fail(tracee_, "its memory cannot be written (agent's scratch memory)");
    }
}

std::vector<std::uint8_t> Agent::read_scratch(std::uint64_t offset, std::size_t size) const {
    std::vector<std::uint8_t> bytes(size);
    if (offset + size > agent_area::scratch_size || !memory_.read(scratch() + offset, bytes)) {
        fail(tracee_, "its memory cannot be read (agent's scratch memory)");
    }
    return bytes;
}

std::int64_t call_at(Tracee& tracee, const Registers& frozen, std::uint64_t instruction, const InjectedCall& call) {
    const std::uint64_t mask = tracee.signal_mask();
    tracee.set_signal_mask(all_signals_wait);
    Registers registers = frozen;
    registers.forget_call();
    registers.instruction_pointer() = instruction;
    registers.set_result(static_cast<std::int64_t>(call.number));
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        registers.argument(i) = call.arguments.at(i);
    }
    tracee.set_registers(registers);
    bool is_stop_kept = false;
    // Entry and exit.
    for (int calls = 0; calls < 2;) {
        tracee.run_to_call();
        const Stop stop = tracee.wait();
        if (stop.kind == Stop::Kind::ended) {
            throw ProcessEnded();
        }
        if (stop.kind == Stop::Kind::signal && stop.signal != SIGSTOP) {
            fail(tracee, "it got signal " + std::to_string(stop.signal) + " in an injected system call");
        }
        is_stop_kept = is_stop_kept || stop.kind == Stop::Kind::signal;
        calls += stop.kind == Stop::Kind::call ? 1 : 0;
    }
    const std::int64_t result = tracee.registers().result();
    tracee.set_signal_mask(mask);
    if (is_stop_kept) {
        stop_again(tracee.pid());
    }
    return result;
}

}  // namespace openmosix
