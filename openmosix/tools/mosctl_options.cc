// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/mosctl_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "common/printable_text.h"
#include "control/client.h"

namespace openmosix {

const char* const mosctl_usage =
    "Usage: mosctl [OPTION]... COMMAND [NODE]\n"
    "Steer this node, and show how nodes are.\n"
    "\n"
    "  stay, nostay         nothing leaves this node by itself; opposite\n"
    "  lstay, nolstay       its own processes do not, guests may move on; opposite\n"
    "  block, noblock       it takes no guests; opposite\n"
    "  quiet, noquiet       it neither asks others how busy they are nor tells; opposite\n"
    "  expel                block, and send all guests home; returns when they are gone\n"
    "  bring                lstay, and bring all own processes home; returns when they are here\n"
    "  status [NODE]        whether a node is up, and what is set\n"
    "  isup [NODE]          yes or no\n"
    "  getload [NODE]       load; 250 is one runnable process for each standard processor\n"
    "  getspeed [NODE]      speed of a processor; the standard is 10000\n"
    "  getmem, getfree [NODE]  free memory, in pages of 4096 bytes\n"
    "  getutil [NODE]       percent of its time that a node can use\n"
    "  setspeed NUMBER      count the processors of this node as so fast, until the next boot\n"
    "  getyard              what the standard processor is\n"
    "  nodes                ids of all nodes\n"
    "  whois [NODE]         id of a node, an address or a host name\n"
    "  why [PID]            why a process of this node moved or stayed; what this node knows of all\n"
    "\n"
    "NODE is an id; without it, this node is meant.\n"
    "\n"
    "  --wait SECONDS       how long expel and bring go on (default 600)\n"
    "  --run-dir DIRECTORY  where omd is asked (default /run/openmosix, or $OMD_RUN_DIR)\n"
    "  --version            print the version and end\n"
    "  --help               print this help and end\n"
    "\n"
    "Exit status: 0 done, or yes; 1 not done, or no; 2 wrong usage; 130 expel or bring was interrupted.\n";

namespace {

using Action = MosctlOptions::Action;

enum class Words : std::uint8_t { none, at_most_one, number, any };

struct SubCommand {
    std::string_view name;
    Action action;
    Words words = Words::none;
    /// Of Action::explain.
    const char* explanation = "";
};

constexpr const char* no_mfs =
    "there is no MFS here: a process that is away uses the files of its home, wherever it runs";
constexpr const char* no_decay =
    "there are no statistics of processes here whose decay could be set; mosrun(1) says what its options for them do";

constexpr std::array<SubCommand, 20> sub_commands = {{
    {"expel", Action::expel},
    {"bring", Action::bring},
    {"status", Action::status, Words::at_most_one},
    {"isup", Action::is_up, Words::at_most_one},
    {"getload", Action::get_load, Words::at_most_one},
    {"getspeed", Action::get_speed, Words::at_most_one},
    {"getmem", Action::get_memory, Words::at_most_one},
    {"getfree", Action::get_free, Words::at_most_one},
    {"getutil", Action::get_utilizability, Words::at_most_one},
    {"setspeed", Action::set_speed, Words::number},
    {"getyard", Action::get_yard},
    {"nodes", Action::nodes},
    {"whois", Action::who_is, Words::at_most_one},
    {"why", Action::why, Words::at_most_one},
    {"mfs", Action::explain, Words::any, no_mfs},
    {"nomfs", Action::explain, Words::any, no_mfs},
    {"setyard", Action::explain, Words::any,
     "the standard processor is the same on all nodes, so that they mean the same by a load; mosctl getyard shows it"},
    {"gettune", Action::explain, Words::any, "there are no tuned costs here: nothing has to be calibrated"},
    {"getdecay", Action::explain, Words::any, no_decay},
    {"setdecay", Action::explain, Words::any, no_decay},
}};

/// `stay`, `nostay` or `-stay`.
std::optional<SwitchRequest> find_position(std::string_view word) {
    SwitchRequest request{.which = NodeSwitch::stay, .to = SwitchRequest::Position::on};
    for (const std::string_view opposite : {"no", "-"}) {
        if (word.starts_with(opposite)) {
            word.remove_prefix(opposite.size());
            request.to = SwitchRequest::Position::off;
            break;
        }
    }
    const auto which = find_node_switch(word);
    request.which = which.value_or(NodeSwitch::stay);
    return which ? std::optional(request) : std::nullopt;
}

void take_seconds(std::string_view text, MosctlOptions& options) {
    constexpr unsigned most = 86'400;
    unsigned seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || seconds == 0 || seconds > most) {
        options.problem = "--wait must be a number of seconds from 1 to 86400, not " + clusterdisc::shown(text);
    }
    options.wait = std::chrono::seconds(seconds);
}

/// Takes an option if there is one; returns how many words it took.
std::size_t take_option(std::span<char* const> words, MosctlOptions& options) {
    const std::string_view word = words.front();
    for (const std::string_view name : {"--wait", "--run-dir"}) {
        if (!word.starts_with(name)) {
            continue;
        }
        const bool is_joined = word.substr(name.size()).starts_with('=');
        if (!is_joined && word != name) {
            continue;
        }
        if (!is_joined && words.size() < 2) {
            options.problem = "option " + std::string(name) + " needs a value";
            return 1;
        }
        const std::string_view value = is_joined ? word.substr(name.size() + 1) : std::string_view(words[1]);
        if (name == "--wait") {
            take_seconds(value, options);
        } else {
            options.run_folder = value;
        }
        return is_joined ? 1 : 2;
    }
    return 0;
}

void take_speed(std::string_view word, MosctlOptions& options) {
    const std::string text = options.words.size() == 1 ? options.words.front() : std::string();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), options.speed.speed);
    if (error != std::errc() || end != text.data() + text.size() || options.speed.speed == 0) {
        options.problem = std::string(word) + " takes one number above 0: 10000 is a Pentium III of 1 GHz";
    }
}

void take_sub_command(std::string_view word, MosctlOptions& options) {
    if (const auto position = find_position(word)) {
        options.action = Action::set_switch;
        options.position = *position;
        if (!options.words.empty()) {
            options.problem = std::string(word) + " takes no argument: it is about this node";
        }
        return;
    }
    const auto* const found = std::ranges::find(sub_commands, word, &SubCommand::name);
    if (found == sub_commands.end()) {
        options.problem = "unknown command " + clusterdisc::shown(word);
        return;
    }
    options.action = found->action;
    if (found->words == Words::number) {
        take_speed(word, options);
        return;
    }
    const std::size_t most = found->words == Words::none ? 0 : 1;
    if (found->words != Words::any && options.words.size() > most) {
        options.problem = std::string(word) + (most == 0 ? " takes no argument" : " takes one node at most");
    }
    if (options.action == Action::explain) {
        options.words = {found->explanation};
    }
}

}  // namespace

MosctlOptions parse_mosctl_options(std::span<char* const> arguments) {
    MosctlOptions options;
    options.run_folder = usual_run_folder();
    std::vector<std::string_view> words;
    for (std::size_t next = 1; next < arguments.size() && options.problem.empty();) {
        const std::string_view word = arguments[next];
        if (word == "--help" || word == "--version") {
            options.action = word == "--help" ? Action::show_help : Action::show_version;
            return options;
        }
        const std::size_t taken = take_option(arguments.subspan(next), options);
        if (taken == 0) {
            words.push_back(word);
        }
        next += std::max<std::size_t>(taken, 1);
    }
    if (!options.problem.empty()) {
        return options;
    }
    if (words.empty()) {
        options.problem = "a command is needed";
        return options;
    }
    options.words.assign(words.begin() + 1, words.end());
    take_sub_command(words.front(), options);
    return options;
}

}  // namespace openmosix
