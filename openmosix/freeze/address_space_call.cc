// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/address_space_call.h"

#include "calls/system_call_table.h"

namespace openmosix {

bool is_address_space_call(const Registers& registers) {
    const SystemCall* call = find_system_call(registers.abi, static_cast<std::uint32_t>(registers.call_number()));
    return call == nullptr || call->call_class == CallClass::mapping || call->call_class == CallClass::home;
}

}  // namespace openmosix
