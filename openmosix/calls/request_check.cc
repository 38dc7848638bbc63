// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/request_check.h"

#include "calls/system_call_table.h"

namespace openmosix {

namespace {

bool goes_home(CallClass call_class) {
    switch (call_class) {
        case CallClass::forwarded:
        case CallClass::signal_wait:
        case CallClass::accounting:
        case CallClass::interval_timer:
        case CallClass::exit:
        case CallClass::clock:
            return true;
        case CallClass::local:
        case CallClass::mapping:
        case CallClass::action:
        case CallClass::mask:
        case CallClass::identity:
        case CallClass::futex:
        case CallClass::home:
        case CallClass::missing:
            return false;
    }
    return false;
}

}  // namespace

std::optional<std::string> refuse(Abi abi, const CallRequest& request, std::uint64_t area_size) {
    const SystemCall* call = find_system_call(abi, request.number);
    if (call == nullptr || !goes_home(call->call_class)) {
        return "system call " + std::to_string(request.number) + " of " + to_string(abi) + " is none that goes home";
    }
    if (request.area > area_size || request.input.size() > request.area) {
        return std::string(call->name) + ": an area of " + std::to_string(request.area) + " bytes with " +
               std::to_string(request.input.size()) + " of input, where there are " + std::to_string(area_size);
    }
    if (request.relocations.size() > max_relocations || request.outputs.size() > max_outputs) {
        return std::string(call->name) + ": " + std::to_string(request.relocations.size()) + " pointers and " +
               std::to_string(request.outputs.size()) + " outputs are too many";
    }
    for (const CallRequest::Relocation& relocation : request.relocations) {
        const std::uint64_t pointer_end = std::uint64_t{relocation.place} + word_size(abi);
        const bool is_inside =
            relocation.is_argument ? relocation.place < request.arguments.size() : pointer_end <= request.input.size();
        if (!is_inside || relocation.target > request.area) {
            return std::string(call->name) + ": a pointer out of the area";
        }
    }
    std::uint64_t sum = 0;
    for (const CallRequest::Output& output : request.outputs) {
        sum += output.size;
        if (output.offset > request.area || output.size > request.area - output.offset || sum > area_size ||
            output.length > CallRequest::Output::Length::always) {
            return std::string(call->name) + ": an output out of the area";
        }
    }
    return std::nullopt;
}

}  // namespace openmosix
