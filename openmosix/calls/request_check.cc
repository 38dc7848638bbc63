// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/request_check.h"

#include "calls/system_call_table.h"

namespace openmosix {

namespace {

constexpr std::size_t most_relocations = 2200;
constexpr std::size_t most_outputs = 64;

bool goes_home(CallClass call_class) {
    switch (call_class) {
        case CallClass::forwarded:
        case CallClass::signal_wait:
        case CallClass::accounting:
        case CallClass::interval_timer:
        case CallClass::exit:
        case CallClass::clock:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::optional<std::string> refuse(Abi abi, const CallRequest& request, std::uint64_t area_size) {
    const SystemCall* call = find_system_call(abi, request.number);
    if (call == nullptr || !goes_home(call->call_class)) {
        return "system call " + std::to_string(request.number) + " is none that goes home";
    }
    if (request.area > area_size || request.input.size() > request.area ||
        request.relocations.size() > most_relocations || request.outputs.size() > most_outputs) {
        return std::string(call->name) + ": too much";
    }
    for (const CallRequest::Relocation& relocation : request.relocations) {
        const bool is_inside = relocation.is_argument
                                   ? relocation.place < request.arguments.size()
                                   : relocation.place + word_size(abi) <= request.input.size() &&
                                         relocation.place <= request.input.size();
        if (!is_inside || relocation.target > request.area) {
            return std::string(call->name) + ": a pointer out of the area";
        }
    }
    std::uint64_t sum = 0;
    for (const CallRequest::Output& output : request.outputs) {
        sum += output.size;
        if (output.offset > request.area || output.size > request.area - output.offset || sum > area_size ||
            output.unit > area_size || output.length > CallRequest::Output::Length::always) {
            return std::string(call->name) + ": an output out of the area";
        }
    }
    return std::nullopt;
}

}  // namespace openmosix
