// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/layout_change.h"

#include <sys/mman.h>
#include <sys/personality.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"

namespace openmosix {

namespace {

using Kind = LayoutStep::Kind;

std::vector<InjectedCall> to_calls(const std::vector<LayoutStep>& steps, Abi abi) {
    std::vector<InjectedCall> calls;
    calls.reserve(steps.size());
    for (const LayoutStep& step : steps) {
        calls.push_back(to_call(step, abi));
    }
    return calls;
}

std::string name_of(const LayoutStep& step) {
    const std::string size = " of " + std::to_string(step.end - step.start) + " bytes";
    switch (step.kind) {
        case Kind::unmap:
            return "munmap" + size;
        case Kind::grow:
            return "growth of the stack by" + size.substr(3);
        case Kind::map:
            return "mmap" + size;
        case Kind::protect:
            return "mprotect" + size;
        case Kind::advise:
            return "madvise " + std::to_string(step.advice) + size;
        case Kind::discard:
            return "madvise" + size;
    }
    return {};
}

void run(Agent& agent, const std::vector<LayoutStep>& steps, std::vector<InjectedCall> calls) {
    agent.run(calls);
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (is_error(calls[i].result)) {
            throw std::system_error(static_cast<int>(-calls[i].result), std::generic_category(), name_of(steps[i]));
        }
    }
}

}  // namespace

void make_layout(Agent& agent, const std::vector<ImageRange>& ranges) {
    const auto steps = plan_layout({}, ranges, {});
    auto calls = to_calls(steps, agent.abi());
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].kind == Kind::map) {
            calls[i].arguments[3] = (calls[i].arguments[3] & ~std::uint64_t{MAP_FIXED}) | MAP_FIXED_NOREPLACE;
        }
    }
    run(agent, steps, std::move(calls));
}

void change_layout(Agent& agent, const std::vector<LayoutStep>& steps, std::uint32_t personality) {
    if ((personality & READ_IMPLIES_EXEC) != 0) {
        // The kernel would add to the protection of what was made before.
        agent.call("personality", call_numbers(agent.abi()).personality,
                   {personality & ~std::uint32_t{READ_IMPLIES_EXEC}});
    }
    const auto first_other = std::ranges::find_if(
        steps, [](const LayoutStep& step) { return step.kind != Kind::unmap && step.kind != Kind::grow; });
    std::vector<LayoutStep> first(steps.begin(), first_other);
    auto calls = to_calls(first, agent.abi());
    agent.run(calls);
    std::vector<LayoutStep> rest;
    for (std::size_t i = 0; i < first.size(); ++i) {
        if (is_error(calls[i].result) && first[i].kind == Kind::grow) {
            // The limit of the stack's size is smaller now than when it grew.
            rest.push_back({.kind = Kind::map,
                            .start = first[i].start,
                            .end = first[i].end,
                            .protection = first[i].protection,
                            .attributes = first[i].attributes});
        } else if (is_error(calls[i].result)) {
            throw std::system_error(static_cast<int>(-calls[i].result), std::generic_category(), name_of(first[i]));
        }
    }
    rest.insert(rest.end(), first_other, steps.end());
    run(agent, rest, to_calls(rest, agent.abi()));
}

}  // namespace openmosix
