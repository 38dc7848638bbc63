// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/mosrun_options.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/node_settings.h"
#include "common/printable_text.h"
#include "control/client.h"

namespace openmosix {

const char* const mosrun_usage =
    "Usage: mosrun [OPTION]... COMMAND [ARGUMENT]...\n"
    "       nomig|runhome|cpujob|iojob|nodecay|slowdecay|fastdecay [OPTION]... COMMAND...\n"
    "       runon NODE [OPTION]... COMMAND...\n"
    "Run a command on a node of the cluster, as if it ran here.\n"
    "\n"
    "  -NODE                on the node with this id, as -2\n"
    "  -h                   here, at home\n"
    "  -b                   where most of a processor is free (default, but for -i and nomig)\n"
    "  -j ID1-ID2[,ID3]...  the same, but on one of these nodes only\n"
    "  -F                   here when it cannot be there\n"
    "  -m ID1-ID2[,ID3]...  it never runs on other nodes, but at home; all: on every node\n"
    "  -L, -l, -k           it does not leave that node by itself; it may; as this shell does\n"
    "                       (default: -L with a node, -h and -j, else -k)\n"
    "  -c, -i               it computes; it reads and writes much, and begins at home\n"
    "  -n, -s, -f           what it did before counts always, longer, or shorter than usual\n"
    "  -t, -d VALUE; -e, -E, -r, -R  are taken, and do nothing here\n"
    "  -z                   the word behind the command's name is its argv[0]\n"
    "  --run-dir DIRECTORY  where omd is asked (default /run/openmosix, or $OMD_RUN_DIR)\n"
    "  --version            print the version and end\n"
    "  --help               print this help and end\n"
    "\n"
    "What is set holds for the command and its children.\n"
    "Exit status: that of the command; 125 omd refused, 126 the command cannot be run,\n"
    "127 there is no such command, 2 wrong usage.\n";

namespace {

/// In the order in which they are read: what was said last counts.
class Parser {
public:
    explicit Parser(std::span<char* const> arguments) : arguments_(arguments) {
        options_.run_folder = usual_run_folder();
    }

    MosrunOptions parse() {
        take_name(program_name(arguments_));
        while (next_ < arguments_.size() && goes_on()) {
            const std::string_view word = arguments_[next_];
            if (word == "--") {
                ++next_;
                break;
            }
            if (word.size() < 2 || !word.starts_with('-')) {
                break;
            }
            ++next_;
            take_option(word);
        }
        options_.command = static_cast<int>(next_);
        const std::size_t wanted = options_.has_own_name ? 2 : 1;
        if (goes_on() && arguments_.size() < next_ + wanted) {
            options_.problem = wanted == 1 ? "a command is needed" : "-z needs a command and its argv[0]";
        }
        if (!options_.hints.lock && names_place_) {
            options_.hints.lock = MoveLock::on;
        }
        return std::move(options_);
    }

private:
    [[nodiscard]] bool goes_on() const {
        return options_.problem.empty() && !options_.wants_help && !options_.wants_version;
    }

    void take_name(std::string_view name) {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> names = {{{"nomig", "-L"},
                                                                                                {"runhome", "-h"},
                                                                                                {"cpujob", "-c"},
                                                                                                {"iojob", "-i"},
                                                                                                {"nodecay", "-n"},
                                                                                                {"slowdecay", "-s"},
                                                                                                {"fastdecay", "-f"}}};
        const auto* const found = std::ranges::find(names, name, &std::pair<std::string_view, std::string_view>::first);
        if (found != names.end()) {
            take_option(found->second);
        }
        if (name == "nomig") {
            options_.to.clear();
        }
        if (name == "runon" && next_ < arguments_.size()) {
            const std::string_view word = arguments_[next_];
            if (clusterdisc::parse_node_id(word)) {
                go_to(std::string(word), {});
                ++next_;
            } else if (word != "--help" && word != "--version") {
                options_.problem = "the first word must be a node id, not " + clusterdisc::shown(word);
            }
        }
    }

    void go_to(std::string to, std::string among) {
        names_place_ = to != "balance" || !among.empty();
        options_.to = std::move(to);
        options_.among = std::move(among);
    }

    /// The value of an option, which is the next word; empty and a problem when there is none.
    std::string take_value(std::string_view option) {
        if (next_ >= arguments_.size()) {
            options_.problem = "option " + std::string(option) + " needs a value";
            return {};
        }
        return arguments_[next_++];
    }

    std::string take_list(std::string_view option) {
        std::string list = take_value(option);
        if (options_.problem.empty() && !parse_node_list(list)) {
            options_.problem = std::string(option) + ": " + node_list_problem(list);
        }
        return list;
    }

    void take_allowed_nodes() {
        const std::string list = next_ < arguments_.size() && arguments_[next_] == std::string_view("all")
                                     ? take_value("-m")
                                     : take_list("-m");
        options_.hints.nodes = list == "all" ? std::vector<NodeRange>() : parse_node_list(list);
    }

    void take_long_option(std::string_view word) {
        constexpr std::string_view run_dir = "--run-dir";
        if (word == run_dir) {
            options_.run_folder = take_value(word);
        } else if (word.starts_with(run_dir) && word.substr(run_dir.size()).starts_with('=')) {
            options_.run_folder = word.substr(run_dir.size() + 1);
        } else if (word == "--help") {
            options_.wants_help = true;
        } else if (word == "--version") {
            options_.wants_version = true;
        } else {
            options_.problem = "unknown option " + clusterdisc::shown(word);
        }
    }

    void take_option(std::string_view word) {
        if (word.starts_with("--")) {
            take_long_option(word);
        } else if (clusterdisc::parse_node_id(word.substr(1))) {
            go_to(std::string(word.substr(1)), {});
        } else if (word.size() == 2) {
            take_letter(word);
        } else {
            options_.problem = "unknown option " + clusterdisc::shown(word);
        }
    }

    void take_letter(std::string_view word) {
        switch (word[1]) {
            case 'h':
                go_to({}, {});
                break;
            case 'b':
                go_to("balance", {});
                break;
            case 'j':
                go_to("balance", take_list(word));
                break;
            case 'm':
                take_allowed_nodes();
                break;
            case 'F':
                options_.on_refusal = MosrunOptions::OnRefusal::run_here;
                break;
            case 'L':
                options_.hints.lock = MoveLock::on;
                break;
            case 'l':
                options_.hints.lock = MoveLock::off;
                break;
            case 'k':
                options_.hints.lock.reset();
                names_place_ = false;
                break;
            case 'z':
                options_.has_own_name = true;
                break;
            case 't':
            case 'd':
                static_cast<void>(take_value(word));
                break;
            case 'e':
            case 'E':
            case 'r':
            case 'R':
                break;
            default:
                take_job(word);
        }
    }

    void take_job(std::string_view word) {
        switch (word[1]) {
            case 'c':
                options_.hints.job = JobKind::cpu;
                break;
            case 'i':
                options_.hints.job = JobKind::io;
                if (!names_place_) {
                    options_.to.clear();
                }
                break;
            case 'n':
                options_.hints.decay = Decay::none;
                break;
            case 's':
                options_.hints.decay = Decay::slow;
                break;
            case 'f':
                options_.hints.decay = Decay::fast;
                break;
            default:
                options_.problem = "unknown option " + clusterdisc::shown(word);
        }
    }

    std::span<char* const> arguments_;
    std::size_t next_ = 1;
    /// A node, some nodes or home.
    bool names_place_ = false;
    MosrunOptions options_;
};

}  // namespace

std::string_view program_name(std::span<char* const> arguments) {
    if (arguments.empty()) {
        return "mosrun";
    }
    const std::string_view path = arguments.front();
    return path.substr(path.rfind('/') + 1);
}

MosrunOptions parse_mosrun_options(std::span<char* const> arguments) {
    return Parser(arguments).parse();
}

}  // namespace openmosix
