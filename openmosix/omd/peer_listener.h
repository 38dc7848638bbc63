// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <string>

#include "common/address.h"
#include "common/event_loop.h"
#include "common/file_descriptor.h"
#include "common/node_id.h"
#include "omd/refusal_log.h"

namespace openmosix {

/// Takes TCP connections of other nodes, and finds out by their first byte what they are for; the handshake
/// (peer/handshake.h) follows it. Connections from ports that not only root can have (peer/reserved_ports.h) and from
/// addresses that no member has are closed unread.
class PeerListener {
public:
    /// The first byte.
    enum class Purpose : char { migration = 'M', query = 'Q' };
    using OnConnection = std::function<void(Purpose, clusterdisc::NodeId peer, clusterdisc::FileDescriptor)>;
    using FindMember = std::function<std::optional<clusterdisc::NodeId>(const clusterdisc::IpAddress&)>;

    /// `refusals` must live longer.
    PeerListener(sd_event* event, RefusalLog& refusals, FindMember find_member, OnConnection on_connection);

    /// Listens there from now on, and nowhere else; none: nowhere. An address that the machine does not have yet is
    /// tried again every second.
    void listen_at(std::optional<clusterdisc::Endpoint> endpoint);
    /// Where it listens just now.
    [[nodiscard]] std::optional<clusterdisc::Endpoint> endpoint() const {
        return socket_.is_open() ? wanted_ : std::nullopt;
    }

private:
    /// A connection that has not said what it is for.
    struct Newcomer {
        clusterdisc::FileDescriptor socket;
        clusterdisc::NodeId peer = 0;
        clusterdisc::EventSource readable;
        std::optional<clusterdisc::Timer> deadline;
    };

    void try_to_listen();
    void accept();
    void take_purpose(std::list<Newcomer>::iterator newcomer);

    sd_event* event_;
    RefusalLog& refusals_;
    FindMember find_member_;
    OnConnection on_connection_;
    std::optional<clusterdisc::Endpoint> wanted_;
    clusterdisc::FileDescriptor socket_;
    clusterdisc::EventSource acceptable_;
    clusterdisc::Timer retry_;
    std::list<Newcomer> newcomers_;
    std::string last_problem_;
};

}  // namespace openmosix
