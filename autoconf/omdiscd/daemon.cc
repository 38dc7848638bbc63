// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/daemon.h"

#include <sodium.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "common/exit_status.h"
#include "common/warning.h"
#include "membership/tuning.h"
#include "output/membership_events.h"
#include "wire/envelope.h"

namespace clusterdisc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Changes that come together are written together.
constexpr Instant publishing_delay = milliseconds(5);
constexpr Instant peers_pause = seconds(30);

std::string interface_name(const std::vector<Link>& links, std::uint32_t index) {
    const auto link = std::ranges::find(links, index, &Link::index);
    return link == links.end() ? std::to_string(index) : link->name;
}

std::optional<std::uint32_t> interface_index(const std::vector<Link>& links, const std::string& name) {
    const auto link = std::ranges::find(links, name, &Link::name);
    return link == links.end() ? std::nullopt : std::optional(link->index);
}

}  // namespace

Daemon::Daemon(Configuration configuration, KeyRing keys, Reload reload)
    : configuration_(std::move(configuration)), keys_(std::move(keys)), reload_(std::move(reload)),
      wireguard_keys_(generate_wireguard_keys()), former_run_(configuration_.run_folder),
      link_monitor_(loop_.get(),
                    LinkSelection{.patterns = configuration_.interfaces, .overlay = configuration_.overlay_interface},
                    [this](const std::vector<Link>& links) { change_links(links); }),
      neighbour_monitor_(loop_.get()),
      sockets_(
          loop_.get(),
          DatagramOptions{.port = configuration_.port,
                          .multicast_time_to_live = configuration_.multicast_time_to_live,
                          .allow_loopback = false},
          [this](const Path& from, bool was_multicast, std::span<const std::uint8_t> bytes) {
              receive(from, was_multicast, bytes);
          },
          [this](const Path& to) {
              agent_->port_unreachable(EventLoop::now(), to);
              arrange_tick();
          }),
      echo_prober_(loop_.get(),
                   [this](const Path& path) {
                       agent_->kernel_answered(EventLoop::now(), path);
                       arrange_tick();
                   }),
      files_(configuration_.run_folder, configuration_.cluster, configuration_.hosts_base,
             [this](std::uint32_t index) { return interface_name(links_, index); }),
      hooks_(loop_.get(), configuration_.hooks_folder, configuration_.run_folder),
      busy_(loop_.get(), configuration_.run_folder,
            [this](bool is_busy) {
                agent_->set_busy(EventLoop::now(), is_busy);
                arrange_tick();
            }),
      resolver_(loop_.get(),
                [this](const Endpoint& endpoint) {
                    agent_->hint(EventLoop::now(), Path{.link = 0, .endpoint = endpoint}, Discovery::static_peer);
                    arrange_tick();
                }),
      tick_timer_(loop_.get(), [this] { tick(); }), publish_timer_(loop_.get(), [this] { publish(); }),
      peers_timer_(loop_.get(), [this] { hint_peers(); }), leave_timer_(loop_.get(), [this] { leave(); }) {
    if (!configuration_.plain) {
        overlay_.emplace(configuration_.overlay_interface, wireguard_keys_, configuration_.wireguard_port);
    }
    Environment& environment = *this;
    agent_ = std::make_unique<Agent>(agent_settings(), environment);
    if (configuration_.uses_avahi) {
        avahi_.emplace(loop_.get(), "node-" + short_text(agent_->self().identity), sockets_.port(),
                       [this](const Path& path) {
                           agent_->hint(EventLoop::now(), path, Discovery::avahi);
                           arrange_tick();
                       });
    }
    for (const int signal : {SIGTERM, SIGINT}) {
        signals_.push_back(add_signal(loop_.get(), signal, [this] { leave(); }));
    }
    signals_.push_back(add_signal(loop_.get(), SIGHUP, [this] { this->reload(); }));
    loop_.enable_watchdog();
}

int Daemon::run() {
    former_run_.remember(agent_->self().identity);
    change_links(link_monitor_.links());
    const Instant now = EventLoop::now();
    agent_->set_busy(now, busy_.is_there());
    agent_->start(now);
    hint_peers();
    publish();
    // The first hello leaves at once, not after a turn of the loop.
    tick();
    return loop_.run();
}

void Daemon::send(const Path& path, const Message& message) {
    sockets_.send(path, seal(message, keys_));
}

void Daemon::multicast(std::uint32_t link, const Message& message) {
    sockets_.multicast(link, seal(message, keys_));
}

void Daemon::probe_kernel(const Path& path) {
    echo_prober_.probe(path);
}

std::uint64_t Daemon::new_challenge() {
    std::uint64_t challenge = 0;
    while (challenge == 0) {
        ::randombytes_buf(&challenge, sizeof challenge);
    }
    return challenge;
}

void Daemon::view_changed() {
    if (!is_publishing_arranged_) {
        is_publishing_arranged_ = true;
        publish_timer_.set(EventLoop::now() + publishing_delay);
    }
}

void Daemon::report(const std::string& line) {
    if (configuration_.log_level >= LogLevel::info) {
        log_line(LogLevel::info, line);
    }
}

void Daemon::receive(const Path& from, bool was_multicast, std::span<const std::uint8_t> bytes) {
    const Instant now = EventLoop::now();
    const Opened opened = open_envelope(bytes, keys_);
    if (!opened.message) {
        const auto line = refusals_.count(opened.refusal, from, now);
        if (line) {
            warn(*line);
        }
        return;
    }
    agent_->receive(now, from, was_multicast, *opened.message);
    arrange_tick();
}

void Daemon::change_links(const std::vector<Link>& links) {
    links_ = links;
    sockets_.set_links(links);
    if (avahi_) {
        avahi_->set_links(links);
    }
    agent_->links_changed(EventLoop::now(), links);
    if (configuration_.log_level >= LogLevel::info) {
        std::string names;
        for (const Link& link : links) {
            names += ' ' + link.name;
        }
        log_line(LogLevel::info,
                 names.empty() ? "no link carries the cluster" : "links that carry the cluster:" + names);
    }
    hint_peers();
    arrange_tick();
}

void Daemon::hint_peers() {
    const Instant now = EventLoop::now();
    for (const PeerAddress& peer : configuration_.peers) {
        const std::uint16_t port = peer.port == 0 ? configuration_.port : peer.port;
        if (!peer.address) {
            resolver_.ask(peer.host, port);
            continue;
        }
        Path path{.link = 0, .endpoint = {.address = *peer.address, .port = port}};
        if (!peer.interface.empty()) {
            const auto index = interface_index(links_, peer.interface);
            if (!index) {
                continue;
            }
            path.link = *index;
        }
        agent_->hint(now, path, Discovery::static_peer);
    }
    if (!configuration_.peers.empty()) {
        // Names may get other addresses, and links may come.
        peers_timer_.set(now + peers_pause);
    }
    arrange_tick();
}

void Daemon::tick() {
    const Instant now = EventLoop::now();
    if (now >= agent_->next_tick()) {
        agent_->tick(now);
    }
    arrange_tick();
}

void Daemon::arrange_tick() {
    tick_timer_.set(agent_->next_tick());
}

void Daemon::publish() {
    is_publishing_arranged_ = false;
    if (is_leaving_) {
        return;
    }
    const ClusterView view = agent_->view();
    if (overlay_) {
        follow_with_wireguard(view);
    }
    if (!files_.write(view)) {
        publish_again_later();
    }
    for (const MembershipEvent& event : membership_events(last_view_, view)) {
        hooks_.run(event);
    }
    last_view_ = view;
    tell_systemd(view);
}

void Daemon::follow_with_wireguard(const ClusterView& view) {
    try {
        overlay_->follow(view, keys_);
        last_wireguard_error_.clear();
    } catch (const std::exception& error) {
        if (last_wireguard_error_ != error.what()) {
            last_wireguard_error_ = error.what();
            warn(last_wireguard_error_);
        }
        publish_again_later();
    }
}

void Daemon::publish_again_later() {
    publish_timer_.set(EventLoop::now() + seconds(1));
    is_publishing_arranged_ = true;
}

void Daemon::tell_systemd(const ClusterView& view) {
    const auto members = std::ranges::count_if(view, &MemberView::in_map);
    const NodeRecord& self = *view.front().record;
    const std::string status = self.stage == Stage::member
                                   ? "node " + std::to_string(self.id) + ", " + std::to_string(members) +
                                         (members == 1 ? " member" : " members")
                                   : std::string("joining");
    const std::string state = (is_ready_ ? "STATUS=" : "READY=1\nSTATUS=") + status;
    is_ready_ = true;
    ::sd_notify(0, state.c_str());
}

void Daemon::reload() {
    ::sd_notify(0, "RELOADING=1");
    try {
        Reloaded reloaded = reload_();
        keys_ = std::move(reloaded.keys);
        configuration_.peers = std::move(reloaded.configuration.peers);
        configuration_.log_level = reloaded.configuration.log_level;
        agent_->set_keys(EventLoop::now(), keys_.ids());
        hint_peers();
        publish();
        log_line(LogLevel::info,
                 "configuration and keys read again; other settings than keys, peers and log_level "
                 "need a restart");
    } catch (const std::exception& error) {
        log_line(LogLevel::error, std::string(error.what()) + "; everything stays as it was");
    }
    arrange_tick();
    ::sd_notify(0, "READY=1");
}

void Daemon::leave() {
    const Instant now = EventLoop::now();
    if (!is_leaving_) {
        is_leaving_ = true;
        ::sd_notify(0, "STOPPING=1");
        agent_->leave(now);
        leave_timer_.set(now + tuning::leave_pause);
        files_.withdraw();
        former_run_.forget();
        return;
    }
    agent_->leave(now);
    loop_.exit(exit_success);
}

AgentSettings Daemon::agent_settings() const {
    AgentSettings settings;
    NodeRecord& self = settings.self;
    self.public_key = wireguard_keys_.public_key;
    self.identity = identity_of(self.public_key);
    self.plain = configuration_.plain;
    self.hardware = link_monitor_.hardware_fingerprint();
    self.wireguard_port = configuration_.plain ? std::uint16_t{0} : configuration_.wireguard_port;
    self.keys = keys_.ids();
    self.name = configuration_.name;
    settings.port = sockets_.port();
    settings.wanted_id = configuration_.node_id;
    settings.uses_multicast = configuration_.uses_multicast;
    settings.predecessors = former_run_.goodbye();
    ::randombytes_buf(&settings.seed, sizeof settings.seed);
    return settings;
}

}  // namespace clusterdisc
