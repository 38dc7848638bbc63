// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a process can run here at all.
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "common/joined.h"
#include "cpu/instruction_sets.h"
#include "peer/peer_text.h"
#include "supervisor/guest_room.h"
#include "supervisor/guest_supervisor.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::chrono::seconds max_end_of_body(1);
constexpr std::chrono::milliseconds pause_between_looks(20);

}  // namespace

Prepare GuestSupervisor::understand(const Frame& frame) {
    // Another version's message may have other fields behind this one.
    constexpr std::size_t size = sizeof(Prepare::version);
    if (frame.kind == Prepare::kind && frame.payload.size() >= size) {
        const std::uint64_t version = word_in(frame.payload, 0, size);
        if (version != protocol_version) {
            throw std::runtime_error("it has another version of omd: home's speaks version " + std::to_string(version) +
                                     " of the protocol, this one " + std::to_string(protocol_version) +
                                     "; use the same release of ClusterDisc on both");
        }
    }
    return frame.as<Prepare>();
}

void GuestSupervisor::check(const Prepare& prepare) const {
    constexpr Abi kernel = sizeof(void*) == 4 ? Abi::i386 : Abi::amd64;
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
    // One that comes back from a call at home may still have its former body here, which is just ending.
    const auto until = std::chrono::steady_clock::now() + max_end_of_body;
    while (const auto objection =
               objection_to_memory(prepare.memory, room_for_guest(options_.confinement.control_groups))) {
        if (std::chrono::steady_clock::now() >= until) {
            throw std::runtime_error(*objection);
        }
        std::this_thread::sleep_for(pause_between_looks);
    }
}

}  // namespace openmosix
