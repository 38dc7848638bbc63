// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>

#include "balance/processors.h"
#include "balance/yardstick.h"
#include "common/node_id.h"

namespace openmosix::balance {

using clusterdisc::NodeId;

/// True if a number is one of a node.
constexpr bool is_node(NodeId node) {
    return node != 0 && node <= clusterdisc::last_node_id;
}

/// What an administrator or omd itself has decided about a node: mosctl's words (openMosix, /proc/hpc/admin).
enum class NodePolicy : std::uint8_t {
    /// Takes no guests.
    block = 1,
    /// Nothing leaves the node by itself, neither its own processes nor guests.
    stay = 2,
    /// Its own processes do not leave by themselves.
    lstay = 4,
    /// Neither sends nor collects load information.
    quiet = 8,
    /// Is about to leave the cluster: takes no guests, sends home those that are here and brings its own home.
    leaving = 16,
    /// Guests are to go, once: mosctl expel.
    expel = 32,
    /// Its own processes are to come home, once: mosctl bring.
    bring = 64,
};

/// A set of them.
class NodePolicies {
public:
    static constexpr std::uint8_t all_bits = 127;

    constexpr NodePolicies() = default;
    constexpr NodePolicies(std::initializer_list<NodePolicy> policies) {
        for (const NodePolicy policy : policies) {
            set(policy);
        }
    }
    static constexpr NodePolicies from_bits(std::uint8_t bits) {
        NodePolicies policies;
        policies.bits_ = bits & all_bits;
        return policies;
    }

    [[nodiscard]] constexpr bool has(NodePolicy policy) const {
        return (bits_ & static_cast<std::uint8_t>(policy)) != 0;
    }
    constexpr void set(NodePolicy policy) {
        bits_ = static_cast<std::uint8_t>(bits_ | static_cast<std::uint8_t>(policy));
    }
    constexpr void clear(NodePolicy policy) {
        bits_ = static_cast<std::uint8_t>(bits_ & ~static_cast<std::uint8_t>(policy));
    }
    [[nodiscard]] constexpr std::uint8_t bits() const { return bits_; }

    bool operator==(const NodePolicies&) const = default;

private:
    std::uint8_t bits_ = 0;
};

/// Whether somebody sits at the node itself and needs it for programs of their own (own_user.h).
enum class OwnUser : std::uint8_t { absent = 0, present = 1 };

/// The program kinds that a node runs.
enum class Abi : std::uint8_t { i386 = 1, amd64 = 2 };

/// What a node says about itself.
struct NodeState {
    NodeId node = 0;
    /// Per processor; standard_speed is one of the yardstick.
    std::uint32_t speed = standard_speed;
    Processors processors;
    /// Mean number of runnable processes, in hundredths; those that were admitted and are under way included.
    std::uint32_t runnable_hundredths = 0;
    /// Memory in pages (page_size); what is reserved for processes under way is not free.
    std::uint32_t total_pages = 0;
    std::uint32_t free_pages = 0;
    /// Guests that are here.
    std::uint16_t guests = 0;
    OwnUser user = OwnUser::absent;
    /// Bits of Abi.
    std::uint8_t abis = static_cast<std::uint8_t>(Abi::i386);
    NodePolicies policies;

    [[nodiscard]] double runnable() const { return runnable_hundredths / 100.0; }
    [[nodiscard]] bool can_run(Abi abi) const { return (abis & static_cast<std::uint8_t>(abi)) != 0; }

    bool operator==(const NodeState&) const = default;
};

/// From a mean of processes; takes any number.
std::uint32_t to_hundredths(double processes);

/// One report of a node about itself, as it travels. Ages travel and times do not, so it does not matter what the
/// clocks of the nodes show.
struct LoadEntry {
    NodeState state;
    /// Random, made at each start of omd: reports of different runs have no order.
    std::uint32_t run = 0;
    /// Of the reports of this run; a later one has a higher number.
    std::uint32_t sequence = 0;
    /// How long ago the node said so, in units of 10 ms, rounded up.
    std::uint16_t age_centiseconds = 0;

    bool operator==(const LoadEntry&) const = default;
};

}  // namespace openmosix::balance
