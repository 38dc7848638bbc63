// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-client/publish.h>
#include <systemd/sd-event.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/address.h"
#include "common/event_loop.h"
#include "membership/link.h"
#include "network/avahi_poll.h"

namespace clusterdisc {

/// The type under which agents are announced (DNS-SD, RFC 6763).
inline constexpr const char* avahi_service_type = "_clusterdisc._udp";

/// Announces this agent through avahi-daemon and finds others. Whoever wants it off makes no such object.
///
/// Neither D-Bus nor the daemon need be there: they may come, go and come back; meanwhile nothing is found. The client
/// library waits for the daemon's answers: one that hangs holds up the thread for up to 25 seconds (libdbus's time
/// limit) each time that this connects, announces or resolves. Nothing is done in the constructor itself.
class AvahiDiscovery {
public:
    /// The link is the interface for IPv4 and link-local IPv6 addresses, else 0.
    using OnFound = std::function<void(const Path& path)>;

    /// `instance_name`: what the service is called, for example "node-1a2b3c4d"; Avahi's alternative when another has
    /// that name.
    AvahiDiscovery(sd_event* event, std::string instance_name, std::uint16_t port, OnFound on_found);
    AvahiDiscovery(const AvahiDiscovery&) = delete;
    AvahiDiscovery& operator=(const AvahiDiscovery&) = delete;
    AvahiDiscovery(AvahiDiscovery&&) = delete;
    AvahiDiscovery& operator=(AvahiDiscovery&&) = delete;
    ~AvahiDiscovery();

    /// From now on only what is found on these links counts; before the first call, everything.
    void set_links(const std::vector<Link>& links);
    /// Whether our service stands in the network.
    [[nodiscard]] bool is_published() const { return is_published_; }

private:
    /// A service instance that waits for its turn to be resolved.
    struct Instance {
        AvahiIfIndex interface = AVAHI_IF_UNSPEC;
        AvahiProtocol protocol = AVAHI_PROTO_UNSPEC;
        AvahiProtocol address_protocol = AVAHI_PROTO_UNSPEC;
        std::string name;
        std::string type;
        std::string domain;
    };

    static void on_client(AvahiClient* client, AvahiClientState state, void* self);
    static void on_group(AvahiEntryGroup* group, AvahiEntryGroupState state, void* self);
    static void on_browser(AvahiServiceBrowser* browser, AvahiIfIndex interface, AvahiProtocol protocol,
                           AvahiBrowserEvent event, const char* name, const char* type, const char* domain,
                           AvahiLookupResultFlags flags, void* self);
    static void on_resolver(AvahiServiceResolver* resolver, AvahiIfIndex interface, AvahiProtocol protocol,
                            AvahiResolverEvent event, const char* name, const char* type, const char* domain,
                            const char* host_name, const AvahiAddress* address, std::uint16_t port,
                            AvahiStringList* text, AvahiLookupResultFlags flags, void* self);

    void connect();
    void disconnect();
    void reconnect_later(const std::string& reason);
    void on_client_state(AvahiClientState state);
    void publish();
    void choose_other_name();
    void browse();
    void resolve_waiting();
    [[nodiscard]] bool is_on_our_links(AvahiIfIndex interface) const;

    /// Outlives this object, as the loop does.
    sd_event* event_;
    std::string name_;
    std::uint16_t port_;
    OnFound on_found_;
    std::optional<std::set<std::uint32_t>> links_;
    AvahiEventPoll poll_;
    Timer reconnect_;
    Instant backoff_{};
    std::string last_reason_;
    bool is_published_ = false;
    /// The client owns all others.
    AvahiClient* client_ = nullptr;
    AvahiEntryGroup* group_ = nullptr;
    AvahiServiceBrowser* browser_ = nullptr;
    std::set<AvahiServiceResolver*> resolvers_;
    std::deque<Instance> waiting_;
};

/// The path to what was resolved; none when the interface is needed and not known.
std::optional<Path> to_path(const AvahiAddress& address, AvahiIfIndex interface, std::uint16_t port);

}  // namespace clusterdisc
