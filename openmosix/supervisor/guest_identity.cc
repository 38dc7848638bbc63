// SPDX-License-Identifier: GPL-2.0-or-later
// Calls whose answer is who the process is: at home, and not here.
#include "supervisor/guest_supervisor.h"

namespace openmosix {

void GuestSupervisor::call_identity(const std::string& name) {
    Tracee& tracee = body_->tracee();
    if (name == "set_tid_address") {
        // The address is the body's to keep.
        if (call_native()) {
            answer(tracee.registers(), prepare_.pid);
        }
        return;
    }
    if (name != "get_robust_list") {
        answer(at_call_, prepare_.pid);
        return;
    }
    const auto whose = static_cast<std::uint32_t>(at_call_.argument(0));
    if (whose != 0 && whose != prepare_.pid) {
        go_home_for_call();
        return;
    }
    // Its own, which is the body's; 0 is who asks. The program finds its registers as they were.
    const std::uint64_t argument = at_call_.argument(0);
    Registers registers = at_call_;
    registers.argument(0) = 0;
    tracee.set_registers(registers);
    if (call_native()) {
        registers = tracee.registers();
        registers.argument(0) = argument;
        answer(registers, registers.result());
    }
}

}  // namespace openmosix
