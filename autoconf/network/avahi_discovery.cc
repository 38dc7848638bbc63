// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/avahi_discovery.h"

#include <avahi-common/alternative.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <utility>

#include "common/exit_status.h"
#include "common/warning.h"

namespace clusterdisc {
namespace {

constexpr Instant min_backoff = std::chrono::seconds(1);
constexpr Instant max_backoff = std::chrono::seconds(10);
/// avahi-daemon allows 1024 objects to one client (objects-per-client-max in avahi-daemon.conf(5)).
constexpr std::size_t max_resolvers = 64;
/// Anybody on the network can announce services: what goes beyond this is left out.
constexpr std::size_t max_waiting = 4096;

AvahiDiscovery& object(void* self) {
    return *static_cast<AvahiDiscovery*>(self);
}

/// Calls what may throw on behalf of C code; then the loop ends, as for every callback (event_loop.h).
template <typename Function>
void guarded(sd_event* event, Function function) noexcept {
    try {
        function();
    } catch (const std::exception& error) {
        warn(error.what());
        ::sd_event_exit(event, exit_failure);
    }
}

std::string last_error(AvahiClient* client) {
    return ::avahi_strerror(::avahi_client_errno(client));
}

}  // namespace

std::optional<Path> to_path(const AvahiAddress& address, AvahiIfIndex interface, std::uint16_t port) {
    Path path;
    path.endpoint.port = port;
    IpAddress& ip = path.endpoint.address;
    if (address.proto == AVAHI_PROTO_INET) {
        std::memcpy(ip.bytes.data(), &address.data.ipv4.address, sizeof address.data.ipv4.address);
    } else if (address.proto == AVAHI_PROTO_INET6) {
        ip.is_ipv6 = true;
        std::memcpy(ip.bytes.data(), static_cast<const void*>(&address.data.ipv6.address), ip.bytes.size());
    } else {
        return std::nullopt;
    }
    if (!ip.is_ipv6 || ip.is_link_local()) {
        if (interface <= 0) {
            return std::nullopt;
        }
        path.link = static_cast<std::uint32_t>(interface);
    }
    return path;
}

AvahiDiscovery::AvahiDiscovery(sd_event* event, std::string instance_name, std::uint16_t port, OnFound on_found)
    : event_(event), name_(std::move(instance_name)), port_(port), on_found_(std::move(on_found)), poll_(event),
      reconnect_(event, [this] { connect(); }) {
    reconnect_.set(EventLoop::now());
}

AvahiDiscovery::~AvahiDiscovery() {
    disconnect();
}

void AvahiDiscovery::set_links(const std::vector<Link>& links) {
    std::set<std::uint32_t> indexes;
    for (const Link& link : links) {
        indexes.insert(link.index);
    }
    if (links_ == indexes) {
        return;
    }
    links_ = std::move(indexes);
    // Asked again, the daemon tells everything once more, also what was left out so far.
    if (browser_ != nullptr) {
        ::avahi_service_browser_free(browser_);
        browser_ = nullptr;
        browse();
    }
}

void AvahiDiscovery::connect() {
    disconnect();
    int error = 0;
    // Calls on_client() before it returns.
    AvahiClient* client = ::avahi_client_new(poll_.api(), AVAHI_CLIENT_NO_FAIL, on_client, this, &error);
    client_ = client;
    if (client == nullptr) {
        // Whatever on_client() has made is gone with the client.
        group_ = nullptr;
        browser_ = nullptr;
        resolvers_.clear();
        waiting_.clear();
        reconnect_later(::avahi_strerror(error));
    }
}

void AvahiDiscovery::disconnect() {
    if (client_ != nullptr) {
        ::avahi_client_free(client_);
    }
    client_ = nullptr;
    group_ = nullptr;
    browser_ = nullptr;
    resolvers_.clear();
    waiting_.clear();
    is_published_ = false;
}

/// The client is freed by the timer: not now, perhaps inside one of its own callbacks.
void AvahiDiscovery::reconnect_later(const std::string& reason) {
    if (reason != last_reason_) {
        warn("cannot find nodes through Avahi for now: " + reason);
        last_reason_ = reason;
    }
    is_published_ = false;
    waiting_.clear();
    backoff_ = std::clamp(backoff_ * 2, min_backoff, max_backoff);
    reconnect_.set(EventLoop::now() + backoff_);
}

void AvahiDiscovery::on_client(AvahiClient* client, AvahiClientState state, void* self) {
    guarded(static_cast<AvahiDiscovery*>(self)->event_, [&] {
        object(self).client_ = client;
        object(self).on_client_state(state);
    });
}

void AvahiDiscovery::on_client_state(AvahiClientState state) {
    switch (state) {
        case AVAHI_CLIENT_S_RUNNING:
            backoff_ = Instant{};
            last_reason_.clear();
            publish();
            browse();
            break;
        // The daemon takes another host name: it asks its clients to withdraw what refers to the old one.
        case AVAHI_CLIENT_S_COLLISION:
        case AVAHI_CLIENT_S_REGISTERING:
            if (group_ != nullptr) {
                ::avahi_entry_group_reset(group_);
                is_published_ = false;
            }
            break;
        case AVAHI_CLIENT_FAILURE:
            reconnect_later(last_error(client_));
            break;
        // Goes on by itself when the daemon comes (AVAHI_CLIENT_NO_FAIL).
        case AVAHI_CLIENT_CONNECTING:
            break;
    }
}

void AvahiDiscovery::publish() {
    if (group_ == nullptr) {
        group_ = ::avahi_entry_group_new(client_, on_group, this);
        if (group_ == nullptr) {
            reconnect_later(last_error(client_));
            return;
        }
    }
    if (::avahi_entry_group_is_empty(group_) == 0) {
        return;
    }
    int result = AVAHI_ERR_COLLISION;
    // A name that another program of this machine has is refused at once; others' by on_group().
    constexpr int tries = 16;
    for (int number = 0; number < tries && result == AVAHI_ERR_COLLISION; ++number) {
        result =
            ::avahi_entry_group_add_service(group_, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, AvahiPublishFlags{},
                                            name_.c_str(), avahi_service_type, nullptr, nullptr, port_, "v=1", nullptr);
        if (result == AVAHI_ERR_COLLISION) {
            choose_other_name();
        }
    }
    if (result == AVAHI_OK) {
        result = ::avahi_entry_group_commit(group_);
    }
    if (result != AVAHI_OK) {
        reconnect_later(::avahi_strerror(result));
    }
}

void AvahiDiscovery::choose_other_name() {
    const std::unique_ptr<char, decltype(&::avahi_free)> other(::avahi_alternative_service_name(name_.c_str()),
                                                               ::avahi_free);
    if (other) {
        name_ = other.get();
    }
}

void AvahiDiscovery::on_group(AvahiEntryGroup* group, AvahiEntryGroupState state, void* self) {
    guarded(static_cast<AvahiDiscovery*>(self)->event_, [&] {
        AvahiDiscovery& discovery = object(self);
        discovery.group_ = group;
        discovery.is_published_ = state == AVAHI_ENTRY_GROUP_ESTABLISHED;
        if (state == AVAHI_ENTRY_GROUP_COLLISION) {
            discovery.choose_other_name();
            ::avahi_entry_group_reset(group);
            discovery.publish();
        } else if (state == AVAHI_ENTRY_GROUP_FAILURE) {
            discovery.reconnect_later(last_error(discovery.client_));
        }
    });
}

void AvahiDiscovery::browse() {
    if (browser_ != nullptr || client_ == nullptr) {
        return;
    }
    browser_ = ::avahi_service_browser_new(client_, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, avahi_service_type, nullptr,
                                           AvahiLookupFlags{}, on_browser, this);
    if (browser_ == nullptr) {
        reconnect_later(last_error(client_));
    }
}

bool AvahiDiscovery::is_on_our_links(AvahiIfIndex interface) const {
    return !links_ || (interface > 0 && links_->contains(static_cast<std::uint32_t>(interface)));
}

void AvahiDiscovery::on_browser(AvahiServiceBrowser*, AvahiIfIndex interface, AvahiProtocol protocol,
                                AvahiBrowserEvent event, const char* name, const char* type, const char* domain,
                                AvahiLookupResultFlags flags, void* self) {
    constexpr unsigned ours = unsigned{AVAHI_LOOKUP_RESULT_LOCAL} | unsigned{AVAHI_LOOKUP_RESULT_OUR_OWN};
    guarded(static_cast<AvahiDiscovery*>(self)->event_, [&] {
        AvahiDiscovery& discovery = object(self);
        if (event == AVAHI_BROWSER_FAILURE) {
            discovery.reconnect_later(last_error(discovery.client_));
            return;
        }
        if (event != AVAHI_BROWSER_NEW || (static_cast<unsigned>(flags) & ours) != 0 ||
            !discovery.is_on_our_links(interface)) {
            return;
        }
        // A resolver gives one address of one family.
        for (const AvahiProtocol address_protocol : {AVAHI_PROTO_INET6, AVAHI_PROTO_INET}) {
            if (discovery.waiting_.size() < max_waiting) {
                discovery.waiting_.push_back({interface, protocol, address_protocol, name, type, domain});
            }
        }
        discovery.resolve_waiting();
    });
}

void AvahiDiscovery::resolve_waiting() {
    while (!waiting_.empty() && resolvers_.size() < max_resolvers) {
        const Instance next = std::move(waiting_.front());
        waiting_.pop_front();
        AvahiServiceResolver* resolver = ::avahi_service_resolver_new(
            client_, next.interface, next.protocol, next.name.c_str(), next.type.c_str(), next.domain.c_str(),
            next.address_protocol, AvahiLookupFlags{}, on_resolver, this);
        if (resolver == nullptr) {
            reconnect_later(last_error(client_));
            return;
        }
        resolvers_.insert(resolver);
    }
}

void AvahiDiscovery::on_resolver(AvahiServiceResolver* resolver, AvahiIfIndex interface, AvahiProtocol,
                                 AvahiResolverEvent event, const char*, const char*, const char*, const char*,
                                 const AvahiAddress* address, std::uint16_t port, AvahiStringList*,
                                 AvahiLookupResultFlags, void* self) {
    guarded(static_cast<AvahiDiscovery*>(self)->event_, [&] {
        AvahiDiscovery& discovery = object(self);
        std::optional<Path> path;
        if (event == AVAHI_RESOLVER_FOUND && address != nullptr && port != 0 && discovery.is_on_our_links(interface)) {
            path = to_path(*address, interface, port);
        }
        discovery.resolvers_.erase(resolver);
        ::avahi_service_resolver_free(resolver);
        discovery.resolve_waiting();
        if (path) {
            discovery.on_found_(*path);
        }
    });
}

}  // namespace clusterdisc
