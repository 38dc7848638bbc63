// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/options.h"

#include <getopt.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "common/node_settings.h"
#include "common/printable_text.h"

namespace clusterdisc {

const char* const omdiscd_usage =
    "Usage: omdiscd [OPTION]...\n"
    "Find the other nodes of the cluster, agree on node ids with them, and join.\n"
    "\n"
    "  -i, --interface NAME,...     the links that carry the cluster: names or patterns\n"
    "                               (default: all wired network cards)\n"
    "  -n, --foreground             log to standard error: it always does\n"
    "  -m, --multicast-ttl TTL      how far multicasts go: 1 (default) stays on the link\n"
    "      --config FILE            configuration (default /etc/openmosix/omdiscd.toml)\n"
    "      --run-dir DIRECTORY      where map, nodes.json, hosts and machines are put\n"
    "                               (default /run/openmosix)\n"
    "      --cluster NAME           the cluster's name (default clusterdisc)\n"
    "      --key-file FILE          the cluster key, 64 hexadecimal digits; a second line may\n"
    "                               have another one that is accepted, too\n"
    "      --passphrase-file FILE   a passphrase in place of a key\n"
    "      --node-id NUMBER         the node id wished for, 1 to 65534 (default: by the hardware)\n"
    "      --name NAME              the name of this node (default: the host name)\n"
    "      --peer ADDRESS           another node, when neither multicast nor Avahi finds it;\n"
    "                               may be given several times\n"
    "      --port NUMBER            UDP port of the agent (default 5428)\n"
    "      --wireguard-port NUMBER  UDP port of the cluster interface om0 (default 5429)\n"
    "      --plain                  no WireGuard: the map has link addresses, nothing between\n"
    "                               nodes is encrypted but the agents' own messages\n"
    "      --no-avahi               neither announce nor look up nodes by Avahi\n"
    "      --no-multicast           neither send nor expect multicasts\n"
    "      --hooks DIRECTORY        programs to run when members come and go\n"
    "                               (default /etc/openmosix/hooks.d)\n"
    "      --hosts-base FILE        what the file hosts begins with\n"
    "      --log-level LEVEL        error, warning, info (default) or debug\n"
    "      --check                  check configuration and key, then end\n"
    "      --version                print the version and end\n"
    "  -h, --help                   print this help and end\n"
    "\n"
    "Signals: HUP reads keys and peers again; TERM and INT say goodbye and end.\n"
    "Exit status: 0 ended by a signal, 1 something failed, 2 wrong usage.\n";

namespace {

enum Option {
    run_dir = 256,
    config,
    cluster,
    key_file,
    passphrase_file,
    node_id,
    name,
    peer,
    port,
    wireguard_port,
    plain,
    no_avahi,
    no_multicast,
    hooks,
    hosts_base,
    log_level,
    check,
    version
};

constexpr std::array<option, 23> known = {{
    {"interface", required_argument, nullptr, 'i'},
    {"foreground", no_argument, nullptr, 'n'},
    {"multicast-ttl", required_argument, nullptr, 'm'},
    {"help", no_argument, nullptr, 'h'},
    {"run-dir", required_argument, nullptr, run_dir},
    {"config", required_argument, nullptr, config},
    {"cluster", required_argument, nullptr, cluster},
    {"key-file", required_argument, nullptr, key_file},
    {"passphrase-file", required_argument, nullptr, passphrase_file},
    {"node-id", required_argument, nullptr, node_id},
    {"name", required_argument, nullptr, name},
    {"peer", required_argument, nullptr, peer},
    {"port", required_argument, nullptr, port},
    {"wireguard-port", required_argument, nullptr, wireguard_port},
    {"plain", no_argument, nullptr, plain},
    {"no-avahi", no_argument, nullptr, no_avahi},
    {"no-multicast", no_argument, nullptr, no_multicast},
    {"hooks", required_argument, nullptr, hooks},
    {"hosts-base", required_argument, nullptr, hosts_base},
    {"log-level", required_argument, nullptr, log_level},
    {"check", no_argument, nullptr, check},
    {"version", no_argument, nullptr, version},
    {nullptr, 0, nullptr, 0},
}};

/// Turns what was typed into the TOML of the configuration file, so that each setting is checked in one place only.
std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char character : text) {
        if (character == '"' || character == '\\') {
            result += '\\';
        }
        result += character;
    }
    return result + '"';
}

class Settings {
public:
    explicit Settings(Options& options) : options_(options) {}

    void set(const char* option, const std::string& key, const std::string& toml_value) {
        Configuration scratch;
        std::vector<std::string> problems;
        const std::string document = key + " = " + toml_value + '\n';
        read_toml(document, "", scratch, problems);
        if (problems.empty()) {
            options_.settings.emplace_back([document](Configuration& configuration) {
                std::vector<std::string> none;
                read_toml(document, "", configuration, none);
            });
            return;
        }
        // Without the place in a file that is none.
        const std::string& problem = problems.front();
        const std::size_t must = problem.find(" must be ");
        options_.problems.push_back(must == std::string::npos
                                        ? std::string(option) + ": " + shown(toml_value)
                                        : std::string(option) + problem.substr(must) + ", not " + shown(toml_value));
    }

    void set_text(const char* option, const std::string& key, const char* value) { set(option, key, quoted(value)); }

    void set_number(const char* option, const std::string& key, std::string_view value) {
        const bool is_number = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos &&
                               (value.size() == 1 || value.front() != '0');
        set(option, key, is_number ? std::string(value) : quoted(value));
    }

    void add_to_list(const char* option, const std::string& key, const std::vector<std::string>& values) {
        std::string list;
        for (const std::string& value : values) {
            list += (list.empty() ? "" : ", ") + quoted(value);
        }
        set(option, key, '[' + list + ']');
    }

private:
    Options& options_;
};

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> items;
    while (true) {
        const std::size_t comma = text.find(',');
        items.emplace_back(text.substr(0, comma));
        if (comma == std::string_view::npos) {
            return items;
        }
        text.remove_prefix(comma + 1);
    }
}

}  // namespace

Options parse_options(int argument_count, char** arguments) {
    Options options;
    Settings settings(options);
    std::vector<std::string> interfaces;
    std::vector<std::string> peers;
    int choice = 0;
    while ((choice = ::getopt_long(argument_count, arguments, "i:nm:h", known.data(), nullptr)) != -1) {
        switch (choice) {
            case 'i':
                for (std::string& item : split(optarg)) {
                    interfaces.push_back(std::move(item));
                }
                break;
            case 'n':
                break;
            case 'm':
                settings.set_number("-m", "multicast_ttl", optarg);
                break;
            case 'h':
                options.action = Action::show_help;
                return options;
            case run_dir:
                options.settings.emplace_back([folder = std::string(optarg)](Configuration& configuration) {
                    configuration.run_folder = folder;
                });
                break;
            case config:
                options.configuration_file = optarg;
                break;
            case cluster:
                settings.set_text("--cluster", "cluster", optarg);
                break;
            case key_file:
                options.settings.emplace_back([file = std::string(optarg)](Configuration& configuration) {
                    configuration.key_file = file;
                    configuration.passphrase_file.clear();
                });
                break;
            case passphrase_file:
                options.settings.emplace_back([file = std::string(optarg)](Configuration& configuration) {
                    configuration.passphrase_file = file;
                    configuration.key_file.clear();
                });
                break;
            case node_id:
                settings.set_number("--node-id", "nodeid", optarg);
                break;
            case name:
                settings.set_text("--name", "name", optarg);
                break;
            case peer:
                peers.emplace_back(optarg);
                break;
            case port:
                settings.set_number("--port", "port", optarg);
                break;
            case wireguard_port:
                settings.set_number("--wireguard-port", "wireguard_port", optarg);
                break;
            case plain:
                settings.set("--plain", "plain", "true");
                break;
            case no_avahi:
                settings.set("--no-avahi", "avahi", "false");
                break;
            case no_multicast:
                settings.set("--no-multicast", "multicast", "false");
                break;
            case hooks:
                options.settings.emplace_back([folder = std::string(optarg)](Configuration& configuration) {
                    configuration.hooks_folder = folder;
                });
                break;
            case hosts_base:
                options.settings.emplace_back(
                    [file = std::string(optarg)](Configuration& configuration) { configuration.hosts_base = file; });
                break;
            case log_level:
                settings.set_text("--log-level", "log_level", optarg);
                break;
            case check:
                options.action = Action::check;
                break;
            case version:
                options.action = Action::show_version;
                return options;
            default:
                // getopt_long() has said what is wrong already.
                options.problems.emplace_back("try omdiscd --help");
                return options;
        }
    }
    if (!interfaces.empty()) {
        settings.add_to_list("-i", "netif", interfaces);
    }
    if (!peers.empty()) {
        settings.add_to_list("--peer", "peers", peers);
    }
    if (optind < argument_count) {
        options.problems.push_back("unexpected argument " + shown(arguments[optind]));
    }
    return options;
}

}  // namespace clusterdisc
