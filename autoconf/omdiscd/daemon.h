// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/cluster_keys.h"
#include "common/event_loop.h"
#include "membership/agent.h"
#include "network/avahi_discovery.h"
#include "network/datagram_sockets.h"
#include "network/echo_prober.h"
#include "network/link_monitor.h"
#include "network/neighbour_monitor.h"
#include "omdiscd/busy_file.h"
#include "omdiscd/configuration.h"
#include "omdiscd/former_run.h"
#include "omdiscd/name_resolver.h"
#include "omdiscd/overlay_network.h"
#include "omdiscd/refusal_log.h"
#include "output/cluster_files.h"
#include "output/hook_runner.h"

namespace clusterdisc {

/// omdiscd at work: the agent (membership/agent.h) with real sockets, links, clocks, files and WireGuard around it. One
/// thread.
class Daemon final : private Environment {
public:
    /// Reads the configuration and the keys again; throws std::runtime_error when they cannot be used.
    struct Reloaded {
        Configuration configuration;
        KeyRing keys;
    };
    using Reload = std::function<Reloaded()>;

    /// Throws std::system_error or std::runtime_error that says what is missing.
    Daemon(Configuration configuration, KeyRing keys, Reload reload);

    /// Until a signal ends it; the exit status.
    int run();

private:
    void send(const Path& path, const Message& message) override;
    void multicast(std::uint32_t link, const Message& message) override;
    void probe_kernel(const Path& path) override;
    std::uint64_t new_challenge() override;
    void view_changed() override;
    void report(const std::string& line) override;

    void receive(const Path& from, bool was_multicast, std::span<const std::uint8_t> bytes);
    void change_links(const std::vector<Link>& links);
    void hint_peers();
    void tick();
    void arrange_tick();
    void publish();
    void publish_again_later();
    void follow_with_wireguard(const ClusterView& view);
    void tell_systemd(const ClusterView& view);
    void reload();
    void leave();
    [[nodiscard]] AgentSettings agent_settings() const;

    Configuration configuration_;
    KeyRing keys_;
    Reload reload_;
    EventLoop loop_;
    WireguardKeys wireguard_keys_;
    FormerRun former_run_;
    RefusalLog refusals_;
    std::vector<Link> links_;
    LinkMonitor link_monitor_;
    NeighbourMonitor neighbour_monitor_;
    DatagramSockets sockets_;
    EchoProber echo_prober_;
    std::optional<AvahiDiscovery> avahi_;
    std::optional<OverlayNetwork> overlay_;
    std::unique_ptr<Agent> agent_;
    ClusterFiles files_;
    HookRunner hooks_;
    BusyFile busy_;
    NameResolver resolver_;
    ClusterView last_view_;
    Timer tick_timer_;
    Timer publish_timer_;
    Timer peers_timer_;
    Timer leave_timer_;
    std::vector<EventSource> signals_;
    std::string last_wireguard_error_;
    bool is_publishing_arranged_ = false;
    bool is_ready_ = false;
    bool is_leaving_ = false;
};

}  // namespace clusterdisc
