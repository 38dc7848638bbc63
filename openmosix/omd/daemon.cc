// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/daemon.h"

#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>
#include <variant>

#include "balance/yardstick.h"
#include "common/exit_status.h"
#include "common/log.h"
#include "control/node_list.h"
#include "control/process_list.h"
#include "control/request.h"
#include "omd/node_report.h"
#include "omd/node_speed.h"
#include "peer/child_report.h"
#include "peer/handshake.h"

namespace openmosix {

namespace {

/// Guests that have not proven yet that they come from a member, and other conversations with peers, at a time.
constexpr std::size_t max_arriving = 32;
constexpr std::size_t max_talks = 32;
/// The same with one node, which must not take the places of all.
constexpr std::size_t max_arriving_of_node = 16;
constexpr std::size_t max_talks_of_node = 16;

std::string to_text(const nlohmann::json& json) {
    return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace

Daemon::Daemon(Options options, Reload reload)
    : options_(std::move(options)), reload_(std::move(reload)), loaded_(reload_()), program_(find_supervisor()),
      children_(loop_.get()),
      membership_(loop_.get(),
                  {.map = options_.run_folder + "/map",
                   .node = options_.node,
                   .address = options_.listen ? std::optional(options_.listen->address) : std::nullopt},
                  [this] { follow_membership(); }),
      launcher_(children_, launcher_settings(), [this](pid_t pid) { mover_.supervisor_ended(pid); }),
      steering_(options_.run_folder + "/switches", loaded_.configuration.first_switches),
      hints_(options_.run_folder + "/hints"), balancer_(loop_.get(), children_),
      mover_({.event = loop_.get(),
              .run_folder = options_.run_folder,
              .configuration = loaded_.configuration,
              .keys = loaded_.keys,
              .membership = membership_,
              .launcher = launcher_,
              .steering = steering_,
              .hints = hints_,
              .balancer = balancer_,
              .best_place = [this](pid_t pid, clusterdisc::NodeId place,
                                   auto wanted) { return automatic_.best_place(pid, place, wanted); },
              .own_speed = [this] { return automatic_.speed(); },
              .move_ended = [this](pid_t pid) { kernel_.tell_process(pid); }}),
      automatic_({.event = loop_.get(),
                  .run_folder = options_.run_folder,
                  .configuration = loaded_.configuration,
                  .keys = loaded_.keys,
                  .membership = membership_,
                  .mover = mover_,
                  .steering = steering_,
                  .hints = hints_,
                  .objection_to_guests = [this] { return objection_to_guests(count_guests(), 0); }}),
      kernel_({.event = loop_.get(),
               .device = kernel_device,
               .run_folder = options_.run_folder,
               .membership = membership_,
               .mover = mover_,
               .steering = steering_,
               .hints = hints_,
               .automatic = automatic_}),
      reports_(loop_.get(), [this](const std::string& report) { take_report(report); }),
      listener_(
          loop_.get(), refusals_,
          [this](const clusterdisc::IpAddress& address) { return membership_.node_at(address); },
          [this](PeerListener::Purpose purpose, clusterdisc::NodeId peer,
                 const clusterdisc::FileDescriptor& connection) { receive_peer(purpose, peer, connection); }),
      busy_file_(loop_.get(), options_.run_folder),
      control_server_(loop_.get(), options_.run_folder + "/omd.sock",
                      [this](std::string_view line, const Requester& requester, clusterdisc::FileDescriptor file,
                             const ControlServer::Reply& reply) { answer(line, requester, std::move(file), reply); }) {
    for (const int signal : {SIGTERM, SIGINT}) {
        signals_.push_back(clusterdisc::add_signal(loop_.get(), signal, [this] {
            ::sd_notify(0, "STOPPING=1");
            loop_.exit(clusterdisc::exit_success);
        }));
    }
    signals_.push_back(clusterdisc::add_signal(loop_.get(), SIGHUP, [this] { this->reload(); }));
    guest_group_.limit(loaded_.configuration.memory_limit, loaded_.configuration.cpu_weight);
    find_node_speed(children_, options_.run_folder, loaded_.configuration.first_speed,
                    [this](std::uint32_t speed) { automatic_.set_speed(speed); });
    loop_.enable_watchdog();
}

int Daemon::run() {
    follow_membership();
    tell_systemd("READY=1\n");
    return loop_.run();
}

void Daemon::follow_membership() {
    auto endpoint = options_.listen;
    if (!endpoint) {
        if (const auto address = membership_.address()) {
            endpoint = clusterdisc::Endpoint{.address = *address, .port = 0};
        }
    }
    if (endpoint) {
        endpoint->port = loaded_.configuration.port;
    }
    listener_.listen_at(endpoint);
    automatic_.follow(endpoint);
    tell_systemd("");
}

void Daemon::tell_systemd(const std::string& state) const {
    const auto node = membership_.node();
    const std::string status = node ? "node " + std::to_string(*node) : membership_.problem();
    ::sd_notify(0, (state + "STATUS=" + status).c_str());
}

void Daemon::answer(std::string_view line, const Requester& requester, clusterdisc::FileDescriptor file,
                    const ControlServer::Reply& reply) {
    const Request request = parse_request(line);
    if (const auto* const move = std::get_if<MoveRequest>(&request)) {
        mover_.move(*move, requester, std::move(file), reply);
    } else if (std::holds_alternative<ListRequest>(request)) {
        reply(list_line());
    } else if (std::holds_alternative<StatusRequest>(request)) {
        reply(status_line());
    } else if (std::holds_alternative<NodesRequest>(request)) {
        reply(nodes_line());
    } else if (const auto* const why = std::get_if<WhyRequest>(&request)) {
        reply(why_line(*why));
    } else if (const auto* const load = std::get_if<LoadRequest>(&request)) {
        answer_load(load->node, reply);
    } else if (const auto* const hint = std::get_if<HintRequest>(&request)) {
        answer_hint(*hint, requester, reply);
    } else if (const auto* const position = std::get_if<SwitchRequest>(&request)) {
        reply(steering_.set(*position, requester));
        kernel_.tell_changes();
    } else if (const auto* const time = std::get_if<ProcessorTimeRequest>(&request)) {
        reply(answer_processor_time(*time, requester));
    } else if (const auto* const speed = std::get_if<SpeedRequest>(&request)) {
        reply(answer_speed(*speed, requester));
    } else {
        reply(refusal_line(std::get<BadRequest>(request).reason));
    }
}

void Daemon::answer_hint(const HintRequest& request, const Requester& requester,
                         const ControlServer::Reply& reply) const {
    std::string line;
    try {
        line = hints_.set(request, requester);
    } catch (const std::runtime_error& error) {
        line = refusal_line("process " + std::to_string(request.pid) + ": " + error.what());
    }
    reply(line);
}

std::string Daemon::answer_processor_time(const ProcessorTimeRequest& request, const Requester& requester) {
    if (requester.user != 0) {
        return refusal_line("only root may say what a process has used elsewhere");
    }
    const bool is_counted = kernel_.count_time(request);
    automatic_.add_elsewhere(request, is_counted);
    return counted_line(is_counted);
}

std::string Daemon::answer_speed(const SpeedRequest& request, const Requester& requester) {
    if (requester.user != 0) {
        return refusal_line("only root may set the speed of this node, and user " + std::to_string(requester.user) +
                            " asks for it");
    }
    if (!automatic_.override_speed(request.speed)) {
        return refusal_line("a speed is at most " + std::to_string(balance::max_speed) + "; 10000 is " +
                            "a Pentium III of 1 GHz");
    }
    kernel_.tell_changes();
    return success_line();
}

void Daemon::answer_load(clusterdisc::NodeId node, const ControlServer::Reply& reply) {
    const auto own = membership_.node();
    const bool is_own = node == own;
    const auto address = clusterdisc::address_in_map(membership_.entries(), node);
    if (!own || (!is_own && !address)) {
        reply(refusal_line(own ? "node " + std::to_string(node) + " is not in the node map" : membership_.problem()));
        return;
    }
    if (!is_own && steering_.is_on(NodeSwitch::quiet)) {
        reply(refusal_line("this node asks no other one how busy it is: quiet is set (mosctl noquiet)"));
        return;
    }
    const LoadSource source{
        .node = node, .address = is_own ? std::string() : *address, .port = loaded_.configuration.port};
    const bool accepts = objection_to_guests(count_guests(), node).empty();
    try {
        balancer_.ask_load(source, *own, automatic_.speed(), loaded_.keys, [=](const std::optional<NodeLoad>& found) {
            if (!found) {
                reply(refusal_line("node " + std::to_string(node) + " does not say how busy it is"));
                return;
            }
            NodeLoad load = *found;
            load.accepts = is_own ? accepts : load.accepts;
            reply(to_text({{"ok", true}, {"load", nlohmann::json::parse(to_line(load))}}));
        });
    } catch (const std::system_error& error) {
        reply(refusal_line(error.what()));
    }
}

std::string Daemon::list_line() const {
    return to_text({{"ok", true},
                    {"processes", read_process_list(options_.run_folder + "/processes", true)},
                    {"guests", read_process_list(options_.run_folder + "/guests", true)}});
}

std::string Daemon::status_line() const {
    const auto members = nodes_of(membership_.entries());
    const auto endpoint = listener_.endpoint();
    nlohmann::json json{{"ok", true},
                        {"version", OPENMOSIX_VERSION},
                        {"members", to_text(members)},
                        {"processes", read_process_list(options_.run_folder + "/processes", true).size()},
                        {"guests", count_guests().all},
                        {"most_guests", loaded_.configuration.max_guests},
                        {"nomigrate", loaded_.configuration.cluster.nomigrate},
                        {"switches", to_text(steering_.switches())},
                        {"are_guests_limited", !guest_group_.processes_file().empty()}};
    json["listen"] = endpoint ? nlohmann::json(to_text(*endpoint)) : nlohmann::json();
    if (membership_.node()) {
        json["node"] = *membership_.node();
    } else {
        json["node"] = nullptr;
        json["problem"] = membership_.problem();
    }
    return to_text(json);
}

std::string Daemon::nodes_line() const {
    auto json = node_report(nodes_of(membership_.entries()), membership_.node(), automatic_.known_nodes());
    json["ok"] = true;
    json["is_load_told"] = loaded_.configuration.balance;
    return to_text(json);
}

std::string Daemon::why_line(const WhyRequest& request) const {
    return to_text(
        {{"ok", true}, {"text", request.pid == 0 ? automatic_.explain_nodes() : automatic_.explain(request.pid)}});
}

void Daemon::receive_peer(PeerListener::Purpose purpose, clusterdisc::NodeId peer,
                          const clusterdisc::FileDescriptor& connection) {
    if (!membership_.node()) {
        return;
    }
    try {
        if (purpose == PeerListener::Purpose::migration) {
            receive_guest(peer, connection);
            return;
        }
        if (steering_.is_on(NodeSwitch::quiet)) {
            return;
        }
        const bool accepts = objection_to_guests(count_guests(), peer).empty();
        talk(peer, connection, [this, accepts](const IncomingConnection& incoming) {
            answer_load_query(incoming, loaded_.keys, automatic_.speed(), accepts);
        });
    } catch (const std::system_error& error) {
        refusals_.add("a connection from node " + std::to_string(peer) + ": " + error.what());
    }
}

void Daemon::take_report(const std::string& report) {
    if (const auto guest = parse_arrival(report)) {
        automatic_.guest_arrived({.home = guest->home, .pid = guest->pid});
    } else {
        refusals_.add(report);
    }
}

void Daemon::receive_guest(clusterdisc::NodeId peer, const clusterdisc::FileDescriptor& connection) {
    const std::string objection = objection_to_guests(count_guests(), peer);
    if (objection.empty()) {
        launcher_.start_guest(*membership_.node(), peer, connection, reports_.open());
        return;
    }
    talk(peer, connection,
         [this, objection](const IncomingConnection& incoming) { refuse_guest(incoming, loaded_.keys, objection); });
}

void Daemon::talk(clusterdisc::NodeId peer, const clusterdisc::FileDescriptor& connection,
                  std::function<void(const IncomingConnection&)> conversation) {
    if (talks_.size() >= max_talks || talks_.count(peer) >= max_talks_of_node) {
        refusals_.add("a connection from node " + std::to_string(peer) +
                      " was closed: too many peers ask at the same time");
        return;
    }
    const IncomingConnection incoming{
        .socket = child_descriptor, .own_node = membership_.node().value_or(0), .peer_node = peer};
    const auto work = [conversation = std::move(conversation), incoming] {
        try {
            conversation(incoming);
            return clusterdisc::exit_success;
        } catch (const NotAuthenticated& refusal) {
            report_refusal(refusal.what());
            return clusterdisc::exit_failure;
        }
    };
    const clusterdisc::FileDescriptor report = reports_.open();
    children_.start_function(work, {.connection = connection.number(), .input = -1, .output = report.number()},
                             [this, peer](int) { talks_.erase(talks_.find(peer)); });
    talks_.insert(peer);
}

Daemon::GuestCount Daemon::count_guests() const {
    GuestCount count;
    std::set<pid_t> arrived;
    for (const nlohmann::json& state : read_process_list(options_.run_folder + "/guests", false)) {
        arrived.insert(state["supervisor"].get<pid_t>());
    }
    for (const auto& [supervisor, peer] : launcher_.guests()) {
        if (!arrived.contains(supervisor)) {
            count.arriving.insert(peer);
        }
    }
    count.all = arrived.size() + count.arriving.size();
    return count;
}

std::string Daemon::objection_to_guests(const GuestCount& count, clusterdisc::NodeId peer) const {
    if (loaded_.configuration.cluster.nomigrate) {
        return "it takes no guests: nomigrate is set there";
    }
    if (steering_.is_on(NodeSwitch::block)) {
        return "it takes no guests: block is set there (mosctl noblock)";
    }
    if (count.all >= loaded_.configuration.max_guests) {
        return "it has " + std::to_string(count.all) + " guests already, as many as it takes (most_guests)";
    }
    const bool are_too_many =
        count.arriving.size() >= max_arriving || count.arriving.count(peer) >= max_arriving_of_node;
    return are_too_many ? "too many guests arrive there at the same time; try again" : "";
}

SupervisorLauncher::Settings Daemon::launcher_settings() const {
    SupervisorLauncher::Settings settings{.program = program_,
                                          .run_folder = options_.run_folder,
                                          .guest_user = loaded_.configuration.guest_user,
                                          .keys = loaded_.keys,
                                          .control_groups = {},
                                          .supervisor_group = guest_group_.supervisors_file()};
    if (!guest_group_.processes_file().empty()) {
        settings.control_groups.push_back(guest_group_.processes_file());
    }
    return settings;
}

void Daemon::reload() {
    ::sd_notify(0, "RELOADING=1");
    try {
        loaded_ = reload_();
        launcher_.set(launcher_settings());
        guest_group_.limit(loaded_.configuration.memory_limit, loaded_.configuration.cpu_weight);
        clusterdisc::log_line(clusterdisc::LogLevel::info, "configuration and keys read again");
    } catch (const std::exception& error) {
        clusterdisc::log_line(clusterdisc::LogLevel::error, std::string(error.what()) + "; everything stays as it was");
    }
    follow_membership();
    tell_systemd("READY=1\n");
}

}  // namespace openmosix
