// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/process_settings.h"

#include <asm/prctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"

namespace openmosix {

namespace {

// linux/ptrace.h of Linux 6.4, and asm/prctl.h of Linux 6.4.
constexpr int get_dispatch_configuration = 0x4211;
constexpr std::uint64_t get_untag_mask = 0x4001;

// Where the calls leave their results in the agent's scratch memory.
constexpr std::uint64_t time_stamp_place = 0;
constexpr std::uint64_t untag_place = 8;
constexpr std::uint64_t segments_place = 64;
constexpr std::uint64_t segments_size = std::uint64_t{8192} * 8;

/// struct ptrace_sud_config.
struct DispatchConfiguration {
    std::uint64_t mode = 0;
    std::uint64_t selector = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

bool dispatches_calls(pid_t pid) {
    DispatchConfiguration configuration;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    const long result =
        ::ptrace(static_cast<__ptrace_request>(get_dispatch_configuration), pid, sizeof configuration, &configuration);
    return result == 0 && configuration.mode != 0;
}

bool is_switched_off(std::int64_t speculation) {
    constexpr unsigned off = PR_SPEC_DISABLE | PR_SPEC_FORCE_DISABLE | PR_SPEC_DISABLE_NOEXEC;
    const auto flags = static_cast<unsigned>(speculation);
    return speculation > 0 && (flags & PR_SPEC_PRCTL) != 0 && (flags & off) != 0;
}

}  // namespace

std::vector<std::string> settings_that_do_not_move(Tracee& tracee, Agent& agent) {
    const CallNumbers& numbers = call_numbers(agent.abi());
    const std::uint64_t scratch = agent.scratch();
    const bool has_tags = agent.abi() == Abi::amd64;
    std::array<InjectedCall, 6> calls{{
        {numbers.modify_ldt, {0, scratch + segments_place, segments_size - segments_place}},
        {numbers.prctl, {PR_GET_TSC, scratch + time_stamp_place}},
        {numbers.prctl, {PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS}},
        {numbers.prctl, {PR_GET_SPECULATION_CTRL, PR_SPEC_INDIRECT_BRANCH}},
        {numbers.arch_prctl, {ARCH_GET_CPUID}},
        {numbers.arch_prctl, {has_tags ? get_untag_mask : ARCH_GET_CPUID, scratch + untag_place}},
    }};
    constexpr std::array<std::uint8_t, 16> unset{PR_TSC_ENABLE, 0,    0,    0,    0,    0,    0,    0,
                                                 0xff,          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    agent.write_scratch(0, unset);
    agent.run(calls);
    const auto values = agent.read_scratch(0, unset.size());
    std::uint64_t untag_mask = 0;
    std::memcpy(&untag_mask, values.data() + untag_place, sizeof untag_mask);

    std::vector<std::string> reasons;
    const auto add = [&](bool condition, const char* reason) {
        if (condition) {
            reasons.emplace_back(reason);
        }
    };
    // The size of the table on amd64 is an unsigned int in a long.
    add(static_cast<std::int32_t>(calls[0].result) > 0,
        "local descriptor table: it has segments of its own (modify_ldt)");
    add(values[time_stamp_place] != PR_TSC_ENABLE,
        "faulting time stamp counter: it gets a signal when it reads it (PR_SET_TSC)");
    add(is_switched_off(calls[2].result) || is_switched_off(calls[3].result),
        "speculation control: it has switched speculation off (PR_SET_SPECULATION_CTRL)");
    add(calls[4].result == 0, "faulting CPUID: it gets a signal when it asks for the processor (ARCH_SET_CPUID)");
    add(~untag_mask != 0, "tagged addresses: it has bits of its own in addresses (ARCH_ENABLE_TAGGED_ADDR)");
    add(dispatches_calls(tracee.pid()),
        "system call dispatch: it makes its system calls itself "
        "(PR_SET_SYSCALL_USER_DISPATCH)");
    return reasons;
}

}  // namespace openmosix
