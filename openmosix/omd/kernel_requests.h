// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "control/requester.h"
#include "kernel_interface/records.h"
#include "omd/automatic_balancing.h"
#include "omd/hint_store.h"
#include "omd/membership.h"
#include "omd/mover.h"
#include "omd/steering.h"

namespace openmosix {

/// Does what people have written to /proc/PID/goto and /proc/hpc/admin: the same as the tools ask for over omd.sock.
/// One thread.
class KernelRequests {
public:
    /// What it needs of omd; all must live longer.
    struct Surroundings {
        std::string run_folder;
        const Membership& membership;
        Mover& mover;
        Steering& steering;
        const HintStore& hints;
        AutomaticBalancing& automatic;
        /// What a file in admin says now.
        std::function<std::int64_t(kernel::AdminFile)> value_of;
    };
    /// Called once, with 0 or an errno.
    using Answer = std::function<void(int error)>;

    explicit KernelRequests(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}

    /// Answers at once or later:
    ///
    ///     ESRCH         the process has ended
    ///     EPERM         the writer may not move it
    ///     ENETUNREACH   this node has no number yet
    ///     EHOSTUNREACH  that node is not in the map
    ///     EACCES        its owner does not want it there (mignodes)
    ///     EOPNOTSUPP    it cannot move, /proc/PID/cantmove says why; or a value of admin that cannot be changed
    ///     ECONNREFUSED  that node does not take it
    ///     EBUSY         not all processes have come home
    ///     EINPROGRESS   it goes on, and nobody waits any longer
    ///     EIO           what was asked for cannot be kept
    void take(const kernel::Request& request, const Answer& answer);

private:
    enum class Whose : std::uint8_t { own, guests };

    void move(const kernel::Request& request, const Answer& answer);
    void set(const kernel::Request& request, const Answer& answer);
    void set_switch(NodeSwitch which, bool is_on, const Answer& answer);
    void send_home(Whose whose, const Answer& answer);
    [[nodiscard]] int objection_to(const kernel::Request& request, const Requester& requester) const;

    Surroundings surroundings_;
};

}  // namespace openmosix
