// SPDX-License-Identifier: GPL-2.0-or-later
//
// mosctl: steers a node, and shows how nodes are.
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "common/exit_status.h"
#include "common/file.h"
#include "common/node_map.h"
#include "common/node_settings.h"
#include "common/printable_text.h"
#include "control/client.h"
#include "control/node_list.h"
#include "tools/homecomings.h"
#include "tools/mosctl_options.h"
#include "tools/node_figures.h"

namespace openmosix {
namespace {

using Action = MosctlOptions::Action;
using clusterdisc::NodeId;

/// As a shell says that SIGINT has ended a program.
constexpr int exit_interrupted = 130;

nlohmann::json ask(const std::string& run_folder, const std::string& request) {
    auto answer = ask_omd(run_folder, request);
    if (!answer["ok"].get<bool>()) {
        throw std::runtime_error(answer["reason"].get<std::string>());
    }
    return answer;
}

nlohmann::json ask_status(const std::string& run_folder) {
    return ask(run_folder, "{\"request\":\"status\"}\n");
}

/// True if it was so before.
bool set_switch(const std::string& run_folder, const SwitchRequest& request) {
    const bool was_on = ask(run_folder, to_line(request))["was"] == "on";
    return was_on == (request.to == SwitchRequest::Position::on);
}

const char* message_of(const SwitchRequest& request, bool was_so) {
    const bool is_on = request.to == SwitchRequest::Position::on;
    switch (request.which) {
        case NodeSwitch::stay:
            if (is_on) {
                return was_so ? "automatic load-balancing already disabled." : "automatic load-balancing disabled.";
            }
            return was_so ? "automatic load-balancing already enabled." : "automatic load-balancing enabled.";
        case NodeSwitch::lstay:
            if (is_on) {
                return was_so ? "Local processes already stay." : "Local processes will stay.";
            }
            return was_so ? "Local processes already allowed to leave automatically."
                          : "Local processes allowed to leave automatically.";
        case NodeSwitch::block:
            if (is_on) {
                return was_so ? "Remote processes already refused." : "Remote processes will be refused.";
            }
            return was_so ? "Remote processes already accepted." : "Remote processes will be accepted.";
        case NodeSwitch::quiet:
            break;
    }
    if (is_on) {
        return was_so ? "Load information already neither sent nor collected."
                      : "Load information neither sent nor collected.";
    }
    return was_so ? "Load information already sent and collected." : "Load information sent and collected.";
}

/// The program ends here: requests that nobody waits for any more may go on.
[[noreturn]] void end_with(int status) {
    std::fflush(stdout);
    ::_exit(status);
}

[[noreturn]] void come_home(const MosctlOptions& options) {
    const bool expels = options.action == Action::expel;
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    set_switch(options.run_folder,
               {.which = expels ? NodeSwitch::block : NodeSwitch::lstay, .to = SwitchRequest::Position::on});
    Homecomings homecomings(options.run_folder, expels ? Homecomings::Whose::guests : Homecomings::Whose::own);
    switch (homecomings.run(options.wait)) {
        case Homecomings::End::all_home:
            std::puts(expels ? "All remote processes were expelled and no further remote processes accepted."
                             : "All local processes were brought home and will stay.");
            end_with(clusterdisc::exit_success);
        case Homecomings::End::interrupted:
            end_with(exit_interrupted);
        case Homecomings::End::some_stay:
            break;
    }
    end_with(clusterdisc::exit_failure);
}

std::optional<NodeId> own_node(const nlohmann::json& status) {
    const auto found = status.find("node");
    return found != status.end() && found->is_number_unsigned() ? std::optional(found->get<NodeId>()) : std::nullopt;
}

std::vector<clusterdisc::NodeMapEntry> read_map(const std::string& run_folder) {
    const std::string path = run_folder + "/map";
    const auto text = clusterdisc::read_file(path, clusterdisc::max_node_map);
    if (!text) {
        throw std::runtime_error(path + " does not exist: does omdiscd run? (systemctl start omdiscd)");
    }
    auto map = clusterdisc::parse_node_map(*text);
    if (const auto* const error = std::get_if<clusterdisc::NodeMapError>(&map)) {
        throw std::runtime_error(path + ": " + error->text);
    }
    return std::get<std::vector<clusterdisc::NodeMapEntry>>(std::move(map));
}

/// The first address of a host in the map; none: it has none there.
std::optional<NodeId> find_host(const std::string& name, std::span<const clusterdisc::NodeMapEntry> entries) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) {
        return std::nullopt;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
            continue;
        }
        const auto address = clusterdisc::parse_ip_address(text.data());
        if (const auto node = address ? clusterdisc::node_in_map(entries, *address) : std::nullopt) {
            return node;
        }
    }
    return std::nullopt;
}

/// The node that is meant. Throws std::runtime_error that names what is wrong.
NodeId node_of(const MosctlOptions& options) {
    if (options.words.empty()) {
        const auto status = ask_status(options.run_folder);
        if (const auto node = own_node(status)) {
            return *node;
        }
        throw std::runtime_error("this node is not configured: " + status.value("problem", std::string()));
    }
    const std::string& word = options.words.front();
    const auto entries = read_map(options.run_folder);
    if (const auto node = clusterdisc::parse_node_id(word)) {
        if (!contains(nodes_of(entries), *node)) {
            throw std::runtime_error("node " + word + " is not in the node map: known are " +
                                     to_text(nodes_of(entries)));
        }
        return *node;
    }
    if (const auto node = find_host(word, entries)) {
        return *node;
    }
    throw std::runtime_error(clusterdisc::shown(word) +
                             " is neither the id, nor an address or name of a node in the map");
}

NodeLoad load_of(const MosctlOptions& options) {
    const auto answer = ask(options.run_folder, to_line(LoadRequest{node_of(options)}));
    const auto load = parse_node_load(answer["load"].dump());
    if (!load) {
        throw std::runtime_error("omd says how busy the node is in a way that this mosctl does not understand");
    }
    return *load;
}

int say_is_up(const MosctlOptions& options) {
    bool is_up = false;
    const NodeId node = node_of(options);
    const bool is_own = own_node(ask_status(options.run_folder)) == node;
    if (is_own) {
        is_up = true;
    } else {
        is_up = ask_omd(options.run_folder, to_line(LoadRequest{node}))["ok"].get<bool>();
    }
    std::puts(is_up ? "yes" : "no");
    return is_up ? clusterdisc::exit_success : clusterdisc::exit_failure;
}

int show_status(const MosctlOptions& options) {
    const auto status = ask_status(options.run_folder);
    const auto own = own_node(status);
    if (options.words.empty() && !own) {
        std::puts("Node #(null) is not configured");
        return clusterdisc::exit_failure;
    }
    const NodeId node = node_of(options);
    const auto answer = ask_omd(options.run_folder, to_line(LoadRequest{node}));
    const auto load = answer["ok"].get<bool>() ? parse_node_load(answer["load"].dump()) : std::nullopt;
    if (!load) {
        std::printf("Node #%u is down, or does not say how it is\n", static_cast<unsigned>(node));
        return clusterdisc::exit_failure;
    }
    std::printf("Node #%u is up, and %s\n", static_cast<unsigned>(node),
                load->accepts ? "takes guests" : "takes no guests");
    if (node == own) {
        const std::string switches = status.value("switches", std::string());
        std::printf("set: %s\n", switches.empty() ? "nothing" : clusterdisc::shown(switches).c_str());
    }
    return clusterdisc::exit_success;
}

int show_figure(const MosctlOptions& options) {
    const NodeFigures figures = to_figures(load_of(options));
    switch (options.action) {
        case Action::get_load:
            std::printf("%llu\n", static_cast<unsigned long long>(figures.load));
            break;
        case Action::get_speed:
            std::printf("%llu\n", static_cast<unsigned long long>(figures.speed));
            break;
        case Action::get_utilizability:
            // Nothing here keeps a node from using all of its time.
            std::puts("100");
            break;
        default:
            std::printf("%llu\n", static_cast<unsigned long long>(figures.free_pages));
    }
    return clusterdisc::exit_success;
}

int show_nodes(const MosctlOptions& options) {
    for (const NodeRange& range : nodes_of(read_map(options.run_folder))) {
        for (unsigned node = range.first; node <= range.last; ++node) {
            std::printf("%u\n", node);
        }
    }
    return clusterdisc::exit_success;
}

int show_why(const MosctlOptions& options) {
    WhyRequest request;
    if (!options.words.empty()) {
        const std::string& word = options.words.front();
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), request.pid);
        if (error != std::errc() || end != word.data() + word.size() || request.pid < 1) {
            throw std::runtime_error(clusterdisc::shown(word) + " is no process id; mps(1) shows those that are away");
        }
    }
    std::fputs(ask(options.run_folder, to_line(request))["text"].get<std::string>().c_str(), stdout);
    return clusterdisc::exit_success;
}

int act(const MosctlOptions& options) {
    switch (options.action) {
        case Action::show_help:
            std::fputs(mosctl_usage, stdout);
            return clusterdisc::exit_success;
        case Action::show_version:
            std::puts("mosctl " OPENMOSIX_VERSION);
            return clusterdisc::exit_success;
        case Action::set_switch:
            std::puts(message_of(options.position, set_switch(options.run_folder, options.position)));
            return clusterdisc::exit_success;
        case Action::expel:
        case Action::bring:
            come_home(options);
        case Action::status:
            return show_status(options);
        case Action::is_up:
            return say_is_up(options);
        case Action::get_load:
        case Action::get_speed:
        case Action::get_memory:
        case Action::get_free:
        case Action::get_utilizability:
            return show_figure(options);
        case Action::set_speed:
            ask(options.run_folder, to_line(options.speed));
            return clusterdisc::exit_success;
        case Action::get_yard:
            std::puts("The standard processor is a Pentium III of 1 GHz: its speed is 10000.");
            return clusterdisc::exit_success;
        case Action::nodes:
            return show_nodes(options);
        case Action::who_is:
            std::printf("This is openMosix #%u\n", static_cast<unsigned>(node_of(options)));
            return clusterdisc::exit_success;
        case Action::why:
            return show_why(options);
        case Action::explain:
            break;
    }
    std::fprintf(stderr, "mosctl: %s\n", options.words.front().c_str());
    return clusterdisc::exit_failure;
}

int run(std::span<char*> arguments) {
    const MosctlOptions options = parse_mosctl_options(arguments);
    if (!options.problem.empty()) {
        std::fprintf(stderr, "mosctl: %s\nTry mosctl --help.\n", options.problem.c_str());
        return clusterdisc::exit_usage;
    }
    const int status = act(options);
    if (std::fflush(stdout) != 0) {
        throw std::runtime_error("cannot write to standard output");
    }
    return status;
}

}  // namespace
}  // namespace openmosix

int main(int argument_count, char** arguments) {
    try {
        return openmosix::run(std::span(arguments, static_cast<std::size_t>(argument_count)));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "mosctl: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
