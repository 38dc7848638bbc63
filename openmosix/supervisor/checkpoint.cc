// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>
#include <utility>

#include "body/body_state.h"
#include "checkpoint/gather_checkpoint.h"
#include "checkpoint/memory_content.h"
#include "checkpoint/target_file.h"
#include "common/joined.h"
#include "common/log.h"
#include "control/authority.h"
#include "freeze/cant_move.h"
#include "procfs/process_status.h"
#include "supervisor/home_supervisor.h"
#include "tracee/process_end.h"

namespace openmosix {

namespace {

void must_have_image(pid_t pid, pid_t tracer) {
    if (has_ended(pid)) {
        throw ProcessEnded();
    }
    if (const auto reasons = reasons_to_stay(read_process_facts(pid, tracer)); !reasons.empty()) {
        throw std::runtime_error("it cannot be written to a file: " + clusterdisc::joined(reasons, "; "));
    }
}

void must_be_awaited(const Command& command) {
    // Nobody writes a line after the command: that there is something to read means that the other end was closed.
    pollfd wait{command.client->number(), POLLIN, 0};
    if (::poll(&wait, 1, 0) != 0) {
        throw std::runtime_error("nobody waits for the image any more");
    }
}

}  // namespace

void HomeSupervisor::begin_checkpoint(const Command& command) {
    switch (where_) {
        case Where::finishing_call:
            // Its timeout begins anew with this.
            deadline_.reset();
            where_ = Where::at_home;
            [[fallthrough]];
        case Where::at_home:
            make_checkpoint(command);
            return;
        case Where::away:
            // It goes back when the image is written.
            waiting_checkpoints_.push_back(command);
            if (!next_ && !is_asked_home_) {
                next_ = last_;
            }
            ask_home();
            return;
        case Where::arriving:
        case Where::in_home_call:
        case Where::waiting_for_exec:
        case Where::waiting_for_entry:
            waiting_checkpoints_.push_back(command);
            return;
        case Where::done:
            ControlChannel::answer(command, ProcessEnded().what());
            return;
    }
}

void HomeSupervisor::make_waiting_checkpoints() {
    const auto commands = std::exchange(waiting_checkpoints_, {});
    for (const Command& command : commands) {
        if (where_ == Where::done) {
            ControlChannel::answer(command, ProcessEnded().what());
        } else {
            make_checkpoint(command);
        }
    }
}

void HomeSupervisor::make_checkpoint(const Command& command) {
    try {
        write_image(command);
        ControlChannel::answer(command, {});
    } catch (const std::exception& error) {
        ControlChannel::answer(command, error.what());
    }
}

void HomeSupervisor::write_image(const Command& command) {
    if (!command.file) {
        throw std::runtime_error("omd sent no open file for the image");
    }
    must_be_allowed(command.requester);
    must_have_image(options_.pid, tracee_ ? ::getpid() : 0);
    if (!tracee_) {
        const ProcessStatus status = read_process_status(options_.pid);
        state_.name = status.name;
        state_.uid = status.users[0];
        auto vdso = read_vdso(options_.pid);
        if (!vdso) {
            throw std::runtime_error("it cannot be written to a file: it has no vDSO");
        }
        vdso_ = std::move(*vdso);
        tracee_ = std::make_unique<Tracee>(options_.pid, false);
    }
    write_state("moving");
    bool has_image = false;
    try {
        freeze_process();
        must_be_allowed(command.requester);
        must_have_image(options_.pid, ::getpid());
        take_image(has_image);
        const auto checkpoint = gather_checkpoint(*tracee_, *agent_, vdso_, image_, waits_for_call_);
        // Its state is known: should this supervisor be killed while it writes, the process goes on.
        start_timers(*agent_, image_.thread);
        agent_.reset();
        tracee_->set_signal_mask(image_.signals.blocked);
        leave_area(image_.thread.registers);
        const bool is_closed = is_closed_to_owner(options_.pid, image_.uid);
        const TargetFile file(command.file->number(), command.requester.user, is_closed ? 0 : image_.uid,
                              is_closed ? 0 : checkpoint.state.gid);
        ImageWriter writer([&file](std::span<const std::uint8_t> bytes) { file.write(bytes); }, checkpoint.state);
        write_memory(options_.pid, *memory_, checkpoint.state.process.ranges, checkpoint.nameless, writer,
                     [&command] { must_be_awaited(command); });
        writer.finish();
    } catch (const std::exception&) {
        if (where_ != Where::done) {
            stay_at_home(has_image);
        }
        throw;
    }
    stay_at_home(true);
}

}  // namespace openmosix
