// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/options.h"

#include <getopt.h>

#include <array>
#include <charconv>

#include "common/node_settings.h"
#include "common/printable_text.h"
#include "control/client.h"

namespace openmosix {

const char* const omd_usage =
    "Usage: omd [OPTION]...          move processes between the nodes of the cluster\n"
    "       omd [OPTION]... status   show what the running omd does\n"
    "       omd image FILE           show what is in an image of a process\n"
    "       omd restart FILE         run the process of an image; ends as it does\n"
    "\n"
    "      --run-dir DIRECTORY       where the node map is, and the control socket is put\n"
    "                                (default /run/openmosix, or $OMD_RUN_DIR)\n"
    "      --listen ADDRESS[:PORT]   where other nodes reach this one (default: this node's\n"
    "                                address in the map, port 723)\n"
    "      --node NUMBER             this node's id (default: the one in the map that has an\n"
    "                                address of this machine)\n"
    "      --config FILE             configuration (default /etc/openmosix/omd.toml)\n"
    "      --cluster-name NAME       the cluster's name (default: as omdiscd has it)\n"
    "      --key-file FILE           the cluster key (default: as omdiscd has it)\n"
    "      --passphrase-file FILE    a passphrase in place of a key\n"
    "      --check                   check configuration and key, then end\n"
    "      --version                 print the version and end\n"
    "  -h, --help                    print this help and end\n"
    "\n"
    "Signals: HUP reads the configuration again; TERM and INT end omd, but neither processes\n"
    "that are away nor guests.\n"
    "Exit status: 0 ended by a signal, 1 something failed, 2 wrong usage.\n";

namespace {

enum Option { run_dir = 256, listen, node, config, cluster_name, key_file, passphrase_file, check, version };

constexpr std::array<option, 11> known = {{
    {"help", no_argument, nullptr, 'h'},
    {"run-dir", required_argument, nullptr, run_dir},
    {"listen", required_argument, nullptr, listen},
    {"node", required_argument, nullptr, node},
    {"config", required_argument, nullptr, config},
    {"cluster-name", required_argument, nullptr, cluster_name},
    {"key-file", required_argument, nullptr, key_file},
    {"passphrase-file", required_argument, nullptr, passphrase_file},
    {"check", no_argument, nullptr, check},
    {"version", no_argument, nullptr, version},
    {nullptr, 0, nullptr, 0},
}};

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool is_port = error == std::errc() && end == text.data() + text.size() && port != 0;
    return is_port ? std::optional(port) : std::nullopt;
}

void take_choice(int choice, const std::string& value, Options& options) {
    switch (choice) {
        case run_dir:
            options.run_folder = value;
            break;
        case listen:
            options.listen = parse_endpoint(value);
            if (!options.listen) {
                options.problems.push_back("--listen must be ADDRESS or ADDRESS:PORT, as 192.0.2.1:723, not " +
                                           clusterdisc::shown(value));
            }
            break;
        case node:
            options.node = clusterdisc::parse_node_id(value).value_or(0);
            if (options.node == 0) {
                options.problems.push_back("--node must be a node id from 1 to 65534, not " +
                                           clusterdisc::shown(value));
            }
            break;
        case config:
            options.configuration_file = value;
            break;
        case cluster_name:
            options.cluster_name = value;
            if (!clusterdisc::is_cluster_name(value)) {
                options.problems.push_back(std::string("--cluster-name must be ") + clusterdisc::cluster_name_wanted +
                                           ", not " + clusterdisc::shown(value));
            }
            break;
        case key_file:
            options.key_file = value;
            break;
        case passphrase_file:
            options.passphrase_file = value;
            break;
        case check:
            options.action = Action::check;
            break;
        case version:
            options.action = Action::show_version;
            break;
        case 'h':
            options.action = Action::show_help;
            break;
        default:
            // getopt_long(3) has said what is wrong.
            options.problems.emplace_back("try omd --help");
    }
}

void take_words(Options& options) {
    if (options.words.empty() || options.action != Action::run) {
        return;
    }
    const std::string command = options.words.front();
    options.words.erase(options.words.begin());
    if (command == "status") {
        options.action = Action::status;
    } else if (command == "image") {
        options.action = Action::image;
    } else if (command == "restart") {
        options.action = Action::restart;
    } else {
        options.problems.push_back("unexpected argument " + clusterdisc::shown(command) + "; try omd --help");
        return;
    }
    const std::size_t wanted = options.action == Action::status ? 0 : 1;
    if (options.words.size() != wanted) {
        options.problems.push_back("omd " + command + (wanted == 0 ? " takes no argument" : " needs one file"));
    }
}

}  // namespace

std::optional<clusterdisc::Endpoint> parse_endpoint(std::string_view text) {
    if (const auto address = clusterdisc::parse_ip_address(text)) {
        return clusterdisc::Endpoint{.address = *address, .port = 0};
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view host = text.substr(0, colon);
    const bool has_brackets = host.starts_with('[') && host.ends_with(']');
    if (has_brackets) {
        host = host.substr(1, host.size() - 2);
    }
    const auto address = clusterdisc::parse_ip_address(host);
    const auto port = parse_port(text.substr(colon + 1));
    if (!address || !port || address->is_ipv6 != has_brackets) {
        return std::nullopt;
    }
    return clusterdisc::Endpoint{.address = *address, .port = *port};
}

Options parse_options(int argument_count, char** arguments) {
    Options options;
    options.run_folder = usual_run_folder();
    int choice = 0;
    while ((choice = ::getopt_long(argument_count, arguments, "h", known.data(), nullptr)) != -1) {
        take_choice(choice, ::optarg == nullptr ? "" : ::optarg, options);
    }
    options.words.assign(arguments + ::optind, arguments + argument_count);
    take_words(options);
    return options;
}

}  // namespace openmosix
