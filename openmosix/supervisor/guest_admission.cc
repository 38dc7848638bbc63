// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a process can run here at all.
#include <stdexcept>
#include <string>

#include "common/joined.h"
#include "cpu/instruction_sets.h"
#include "peer/peer_text.h"
#include "supervisor/guest_room.h"
#include "supervisor/guest_supervisor.h"

namespace openmosix {

void GuestSupervisor::check(const Prepare& prepare) const {
    constexpr Abi kernel = sizeof(void*) == 4 ? Abi::i386 : Abi::amd64;
    if (prepare.version != protocol_version) {
        throw std::runtime_error("another version of omd: " + std::to_string(prepare.version) + ", this one speaks " +
                                 std::to_string(protocol_version));
    }
    if (prepare.kernel != kernel) {
        throw std::runtime_error(std::string("another kernel: home's is ") + to_string(prepare.kernel) + ", ours is " +
                                 to_string(kernel) + "; processes move between kernels of one kind");
    }
    if (prepare.abi != Abi::i386 && prepare.abi != Abi::amd64) {
        throw PeerError("invalid ABI from home");
    }
    if (prepare.home != options_.peer_node) {
        throw std::runtime_error("node " + std::to_string(options_.peer_node) + " says that it is node " +
                                 std::to_string(prepare.home));
    }
    const auto missing = missing_features({prepare.cpu_features}, cpu_features());
    if (!missing.empty()) {
        throw std::runtime_error("the processor here lacks what the program may use: " +
                                 peer_text(clusterdisc::joined(missing, ", ")));
    }
    if (const auto objection =
            objection_to_memory(prepare.memory, room_for_guest(options_.confinement.control_groups))) {
        throw std::runtime_error(*objection);
    }
}

}  // namespace openmosix
