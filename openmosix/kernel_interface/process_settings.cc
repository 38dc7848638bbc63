// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_interface/process_settings.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/file_descriptor.h"
#include "common/node_id.h"
#include "procfs/process_file.h"

namespace openmosix::kernel {

namespace {

using clusterdisc::last_node_id;
using clusterdisc::NodeId;

constexpr std::string_view list_prefix = "list:";
constexpr unsigned bits_of_mask = 64;

/// The files of decay, and what they mean.
struct DecayFile {
    const char* name = "";
    std::optional<JobKind> job;
    std::optional<Decay> decay;
};
constexpr std::array<DecayFile, 4> decay_files = {{{"decay/cpujob", JobKind::cpu, std::nullopt},
                                                   {"decay/iojob", JobKind::io, std::nullopt},
                                                   {"decay/slow", std::nullopt, Decay::slow},
                                                   {"decay/fast", std::nullopt, Decay::fast}}};

std::string without_line_end(std::string text) {
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    return text;
}

/// None when it is gone, or cannot be read.
std::optional<std::string> try_to_read(pid_t pid, const char* name) {
    constexpr std::size_t max_size = 4096;
    try {
        auto text = find_process_file(pid, name, max_size);
        return text ? std::optional(without_line_end(*std::move(text))) : std::nullopt;
    } catch (const std::system_error&) {
        return std::nullopt;
    }
}

void write_file(pid_t pid, const std::string& name, const std::string& value) {
    const std::string path = "/proc/" + std::to_string(pid) + '/' + name;
    const clusterdisc::FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.is_open() || ::write(file.number(), value.data(), value.size()) < 0) {
        throw std::runtime_error(path + " does not take \"" + value + "\": " + std::generic_category().message(errno));
    }
}

std::optional<std::vector<NodeRange>> ranges_of_bits(std::string_view text) {
    std::uint64_t bits = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    std::vector<NodeRange> ranges;
    for (unsigned bit = 0; bit < bits_of_mask; ++bit) {
        if ((bits >> bit & 1U) == 0) {
            continue;
        }
        const auto node = static_cast<NodeId>(bit + 1);
        if (!ranges.empty() && ranges.back().last + 1 == node) {
            ranges.back().last = node;
        } else {
            ranges.push_back({.first = node, .last = node});
        }
    }
    return ranges;
}

std::optional<std::vector<NodeRange>> ranges_of(std::string_view text) {
    if (!text.starts_with(list_prefix)) {
        return ranges_of_bits(text);
    }
    text.remove_prefix(list_prefix.size());
    return text.empty() ? std::optional(std::vector<NodeRange>()) : parse_node_list(text);
}

std::vector<NodeRange> all_but(const std::vector<NodeRange>& ranges) {
    std::vector<NodeRange> others;
    std::uint32_t next = 1;
    for (const NodeRange& range : ranges) {
        if (range.first > next) {
            others.push_back({.first = static_cast<NodeId>(next), .last = static_cast<NodeId>(range.first - 1)});
        }
        next = std::uint32_t{range.last} + 1;
    }
    if (next <= last_node_id) {
        others.push_back({.first = static_cast<NodeId>(next), .last = last_node_id});
    }
    return others;
}

}  // namespace

std::optional<std::vector<NodeRange>> allowed_nodes(const NodeMask& mask) {
    const auto listed = ranges_of(mask.nodes);
    if (!listed) {
        return std::nullopt;
    }
    if (mask.filter != "1") {
        return std::vector<NodeRange>();
    }
    auto allowed = mask.policy == "1" ? *listed : all_but(*listed);
    const bool is_everywhere = allowed.size() == 1 && allowed.front() == NodeRange{.first = 1, .last = last_node_id};
    if (is_everywhere) {
        return std::vector<NodeRange>();
    }
    if (allowed.empty()) {
        allowed.push_back({.first = 0, .last = 0});
    }
    return allowed;
}

NodeMask to_mask(const std::vector<NodeRange>& allowed) {
    if (allowed.size() > max_mask_ranges) {
        throw std::runtime_error("the kernel takes at most " + std::to_string(max_mask_ranges) +
                                 " ranges of nodes, and these are " + std::to_string(allowed.size()));
    }
    std::string nodes(list_prefix);
    for (const NodeRange& range : allowed) {
        if (range.first == 0) {
            continue;
        }
        nodes += (nodes.size() == list_prefix.size() ? "" : ",") + std::to_string(range.first);
        nodes += range.last == range.first ? "" : '-' + std::to_string(range.last);
    }
    return {.filter = allowed.empty() ? "0" : "1",
            .policy = "1",
            .nodes = nodes.size() == list_prefix.size() ? "0" : std::move(nodes)};
}

bool has_process_settings() {
    return ::access("/proc/self/migfilter", F_OK) == 0;
}

std::optional<MoveHints> read_process_settings(pid_t pid) {
    const auto lock = try_to_read(pid, "lock");
    const auto filter = try_to_read(pid, "migfilter");
    const auto policy = try_to_read(pid, "migpolicy");
    const auto nodes = try_to_read(pid, "mignodes");
    if (!lock || !filter || !policy || !nodes) {
        return std::nullopt;
    }
    MoveHints hints;
    hints.lock = *lock == "1" ? MoveLock::on : MoveLock::off;
    hints.nodes = allowed_nodes({.filter = *filter, .policy = *policy, .nodes = *nodes});
    for (const DecayFile& file : decay_files) {
        if (try_to_read(pid, file.name) == "1") {
            hints.job = file.job;
            hints.decay = file.decay;
        }
    }
    return hints;
}

void write_process_settings(pid_t pid, const MoveHints& hints) {
    if (hints.nodes) {
        const NodeMask mask = to_mask(*hints.nodes);
        write_file(pid, "mignodes", mask.nodes);
        write_file(pid, "migpolicy", mask.policy);
        write_file(pid, "migfilter", mask.filter);
    }
    if (hints.lock) {
        write_file(pid, "lock", hints.lock == MoveLock::on ? "1" : "0");
    }
    if (hints.job || hints.decay) {
        const auto* const file = std::ranges::find_if(decay_files, [&hints](const DecayFile& each) {
            return (each.job && each.job == hints.job) || (each.decay && each.decay == hints.decay);
        });
        write_file(pid, file == decay_files.end() ? "decay/clear" : file->name, "1");
    }
}

}  // namespace openmosix::kernel
