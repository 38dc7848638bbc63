// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot_parameters.h"

#include <algorithm>
#include <array>

#include "common/printable_text.h"
#include "kernel_command_line.h"
#include "ssh_public_key.h"

namespace clusterdisc {
namespace {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char character) {
        return (character >= 'A' && character <= 'Z') ? static_cast<char>(character - 'A' + 'a') : character;
    });
    return lower;
}

/// The start of a problem: the parameter and its value, as it was typed.
std::string named(const KernelParameter& parameter) {
    return shown(parameter.name) + (parameter.has_value ? '=' + shown(parameter.value) : std::string());
}

void read_cluster(const KernelParameter& parameter, BootParameters& result) {
    std::string name = lower_case(parameter.value);
    if (is_cluster_name(name)) {
        result.settings.cluster = std::move(name);
        return;
    }
    result.problems.push_back(named(parameter) +
                              " is not a cluster name: give 1 to 32 letters, digits and hyphens, with no hyphen at "
                              "either end. The default name is used.");
}

void read_cluster_key(const KernelParameter& parameter, BootParameters& result) {
    result.typed_secret = parse_typed_secret(parameter.value);
    if (result.typed_secret && !parameter.has_open_quote) {
        return;
    }
    result.typed_secret.reset();
    result.is_secret_refused = true;
    result.problems.emplace_back(
        "clusterkey= (value not shown) is neither a key nor a passphrase: give 64 hexadecimal digits, or 8 to 256 "
        "bytes of text without quotes, backslash and dollar sign, as a whole in double quotes if it has spaces. The "
        "node has no key and stays alone.");
}

void read_node_id(const KernelParameter& parameter, BootParameters& result) {
    result.settings.node_id = parse_node_id(parameter.value);
    if (!result.settings.node_id) {
        result.problems.push_back(named(parameter) +
                                  " is not a node id: give a whole number from 1 to 65534 without leading zeros. The "
                                  "node chooses its id by itself.");
    }
}

void read_interfaces(const KernelParameter& parameter, BootParameters& result) {
    std::vector<std::string> interfaces;
    std::string_view rest = parameter.value;
    while (true) {
        const std::size_t end = rest.find(',');
        const std::string_view pattern = rest.substr(0, end);
        if (!is_interface_pattern(pattern) || interfaces.size() == max_interfaces) {
            result.problems.push_back(
                named(parameter) +
                " is not a list of network interfaces: give up to 32 names or patterns of at most "
                "15 characters, separated by commas, such as eth0,enp*. Every wired link is used.");
            return;
        }
        if (std::ranges::find(interfaces, pattern) == interfaces.end()) {
            interfaces.emplace_back(pattern);
        }
        if (end == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(end + 1);
    }
    result.settings.interfaces = std::move(interfaces);
}

void read_no_migrate(const KernelParameter& parameter, BootParameters& result) {
    constexpr std::array<std::string_view, 4> yes = {"1", "yes", "true", "on"};
    constexpr std::array<std::string_view, 4> no = {"0", "no", "false", "off"};
    const std::string value = lower_case(parameter.value);
    if (!parameter.has_value || std::ranges::find(yes, value) != yes.end()) {
        result.settings.no_migrate = true;
    } else if (std::ranges::find(no, value) != no.end()) {
        result.settings.no_migrate = false;
    } else {
        result.problems.push_back(named(parameter) +
                                  " is neither yes nor no: give nomigrate to keep this node's processes at home, or "
                                  "leave it out. Processes may move.");
    }
}

void read_ssh_key(const KernelParameter& parameter, BootParameters& result) {
    result.ssh_key = parse_ssh_public_key(parameter.value);
    if (!result.ssh_key) {
        result.problems.push_back(named(parameter) +
                                  " is not a public key of ssh: give the long word of the .pub file, which begins with "
                                  "AAAA. Nobody can log in with it.");
    }
}

struct OurParameter {
    std::string_view name;
    /// Whether the name alone is a mistake that its reader need not look at.
    bool needs_value;
    void (*read)(const KernelParameter&, BootParameters&);
};

constexpr std::array<OurParameter, 6> our_parameters = {{
    {"cluster", true, read_cluster},
    {"clusterkey", false, read_cluster_key},
    {"nodeid", true, read_node_id},
    {"netif", true, read_interfaces},
    {"nomigrate", false, read_no_migrate},
    {"sshkey", true, read_ssh_key},
}};

/// The last parameter of that name which the kernel's part of the line has, or none.
const KernelParameter* last_of(const std::vector<KernelParameter>& parameters, std::string_view name) {
    const auto found = std::find_if(parameters.rbegin(), parameters.rend(), [name](const KernelParameter& parameter) {
        return !parameter.is_for_init && parameter.name == name;
    });
    return found == parameters.rend() ? nullptr : &*found;
}

/// Ours, but written or placed so that they do not count: nobody should have to find that out by himself.
/// A misplaced key is as good as a bad one: the node must not fall back to the medium's.
void report_misplaced(const std::vector<KernelParameter>& parameters, BootParameters& result) {
    for (const OurParameter& ours : our_parameters) {
        const std::string name(ours.name);
        bool is_after_dashes = false;
        bool is_in_capitals = false;
        for (const KernelParameter& parameter : parameters) {
            if (lower_case(parameter.name) == ours.name) {
                is_after_dashes |= parameter.is_for_init;
                is_in_capitals |= !parameter.is_for_init && parameter.name != ours.name;
            }
        }
        if (is_after_dashes) {
            result.problems.push_back(name + " after -- is for init and was not used: put it before the --.");
        }
        if (is_in_capitals) {
            result.problems.push_back(name + " was given in capital letters and was not used: write it in small ones.");
        }
        if ((is_after_dashes || is_in_capitals) && ours.read == read_cluster_key && !result.typed_secret) {
            result.is_secret_refused = true;
        }
    }
}

}  // namespace

BootParameters parse_boot_parameters(std::string_view command_line) {
    BootParameters result;
    if (command_line.size() > max_command_line) {
        result.is_secret_refused = true;
        result.problems.push_back("the kernel command line is longer than " + std::to_string(max_command_line) +
                                  " bytes: shorten it. None of it was used, and the node has no key and stays alone.");
        return result;
    }
    const std::vector<KernelParameter> parameters = split_kernel_command_line(command_line);
    for (const OurParameter& ours : our_parameters) {
        const KernelParameter* const parameter = last_of(parameters, ours.name);
        if (parameter == nullptr || (parameter->has_value && parameter->value.empty())) {
            continue;
        }
        if (!parameter->has_value && ours.needs_value) {
            result.problems.push_back(std::string(ours.name) + " needs a value: write " + std::string(ours.name) +
                                      "=VALUE. The default is used.");
            continue;
        }
        ours.read(*parameter, result);
    }
    report_misplaced(parameters, result);
    return result;
}

}  // namespace clusterdisc
