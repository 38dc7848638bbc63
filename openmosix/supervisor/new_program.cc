// SPDX-License-Identifier: GPL-2.0-or-later
// A process that is to leave when it has started a program: at the program's first instruction.
#include <elf.h>

#include <csignal>
#include <stdexcept>
#include <string>

#include "common/log.h"
#include "freeze/auxiliary_vector.h"
#include "supervisor/home_supervisor.h"

namespace openmosix {

void HomeSupervisor::stop_waiting_for_exec() {
    const std::string reason = "it has not started another program within " +
                               std::to_string(options_.seconds_for_exec) + " s, and stays here; ask again";
    clusterdisc::log_line(clusterdisc::LogLevel::info, "process " + std::to_string(options_.pid) + ": " + reason);
    next_.reset();
    // Lets it run.
    tracee_.reset();
    where_ = Where::at_home;
    answer_commands(reason);
}

void HomeSupervisor::place_entry_breakpoint() {
    entry_ = auxiliary_value(options_.pid, AT_ENTRY);
    memory_ = std::make_unique<MemoryFile>(options_.pid);
    const std::uint8_t breakpoint = 0xcc;
    if (entry_ == 0 || !memory_->read(entry_, {&entry_byte_, 1}) || !memory_->write(entry_, {&breakpoint, 1})) {
        throw std::runtime_error("its new program cannot be stopped at its entry point");
    }
}

bool HomeSupervisor::is_at_entry(const Stop& stop) {
    Registers registers = tracee_->registers();
    if (stop.signal != SIGTRAP || registers.instruction_pointer() != entry_ + 1) {
        return false;
    }
    if (!memory_->write(entry_, {&entry_byte_, 1})) {
        throw std::runtime_error("its new program cannot be restored at its entry point");
    }
    registers.instruction_pointer() = entry_;
    tracee_->set_registers(registers);
    return true;
}

}  // namespace openmosix
