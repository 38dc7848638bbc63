// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/path_table.h"

#include <algorithm>

namespace clusterdisc {
namespace {

bool is_in_network(const IpAddress& address, const LinkPrefix& network) {
    if (address.is_ipv6 != network.address.is_ipv6) {
        return false;
    }
    std::size_t left = network.length;
    for (std::size_t index = 0; left > 0 && index < address.bytes.size(); ++index) {
        const std::size_t bits = std::min<std::size_t>(left, 8);
        const auto mask = static_cast<std::uint8_t>(0xFF00U >> bits);
        if (((address.bytes.at(index) ^ network.address.bytes.at(index)) & mask) != 0) {
            return false;
        }
        left -= bits;
    }
    return true;
}

bool has_network_of(const Link& link, const IpAddress& address) {
    return std::ranges::any_of(link.addresses,
                               [&](const LinkPrefix& network) { return is_in_network(address, network); });
}

}  // namespace

bool is_on_link(const Path& path, std::span<const Link> links) {
    return path.endpoint.address.is_link_local() || std::ranges::any_of(links, [&](const Link& link) {
               return link.index == path.link && has_network_of(link, path.endpoint.address);
           });
}

void PathTable::add(const Path& path) {
    if (find(path) != nullptr) {
        return;
    }
    if (entries_.size() == max_paths) {
        const auto useless = std::ranges::find(entries_, false, &Entry::works);
        if (useless == entries_.end()) {
            return;
        }
        entries_.erase(useless);
    }
    entries_.push_back(Entry{.path = path,
                             .works = false,
                             .misses = 0,
                             .round_trip = {},
                             .last_answer = {},
                             .kernel_answer = {},
                             .refusal = {}});
}

void PathTable::add_endpoints(std::span<const Endpoint> endpoints, std::span<const Link> links) {
    for (const Endpoint& endpoint : endpoints) {
        bool is_on_link = false;
        for (const Link& link : links) {
            if (endpoint.address.is_link_local() ? true : has_network_of(link, endpoint.address)) {
                add(Path{.link = link.index, .endpoint = endpoint});
                is_on_link = true;
            }
        }
        if (!is_on_link && !endpoint.address.is_link_local()) {
            add(Path{.link = 0, .endpoint = endpoint});
        }
    }
}

void PathTable::remove(const Path& path) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.path == path; });
    choose();
}

void PathTable::keep_links(std::span<const Link> links) {
    std::erase_if(entries_, [&](const Entry& entry) {
        return entry.path.link != 0 && std::ranges::find(links, entry.path.link, &Link::index) == links.end();
    });
    choose();
}

void PathTable::answered(const Path& path, Instant now, std::chrono::microseconds round_trip) {
    add(path);
    Entry* const entry = find(path);
    if (entry == nullptr) {
        return;
    }
    entry->works = true;
    entry->misses = 0;
    entry->last_answer = now;
    entry->refusal.reset();
    // Smoothed like TCP's (RFC 6298, section 2).
    entry->round_trip = entry->round_trip.count() == 0 ? round_trip : (entry->round_trip * 7 + round_trip) / 8;
    if (!chosen_) {
        choose();
    }
}

void PathTable::missed(const Path& path) {
    Entry* const entry = find(path);
    if (entry != nullptr && ++entry->misses >= max_misses) {
        entry->works = false;
        choose();
    }
}

void PathTable::kernel_answered(const Path& path, Instant now) {
    // An echo reply comes back without our port.
    for (Entry& entry : entries_) {
        if (entry.path.endpoint.address == path.endpoint.address &&
            (entry.path.link == path.link || entry.path.link == 0)) {
            entry.kernel_answer = now;
        }
    }
}

void PathTable::refused(const Path& path, Instant now) {
    for (Entry& entry : entries_) {
        if (entry.path.endpoint == path.endpoint && (entry.path.link == path.link || path.link == 0)) {
            entry.refusal = now;
        }
    }
}

std::optional<Path> PathTable::best() const {
    return chosen_;
}

const PathTable::Entry* PathTable::best_entry() const {
    const auto found = std::ranges::find_if(entries_, [&](const Entry& entry) { return entry.path == chosen_; });
    return found == entries_.end() ? nullptr : &*found;
}

bool PathTable::has_kernel_answer(Instant since) const {
    return std::ranges::any_of(entries_, [&](const Entry& entry) {
        return entry.kernel_answer && *entry.kernel_answer >= since && !entry.refusal;
    });
}

bool PathTable::leads_to(const Endpoint& endpoint) const {
    return std::ranges::any_of(entries_, [&](const Entry& entry) { return entry.path.endpoint == endpoint; });
}

PathTable::Entry* PathTable::find(const Path& path) {
    const auto found = std::ranges::find(entries_, path, &Entry::path);
    return found == entries_.end() ? nullptr : &*found;
}

void PathTable::choose() {
    const Entry* const current = best_entry();
    if (current != nullptr && current->works) {
        return;
    }
    const Entry* best = nullptr;
    for (const Entry& entry : entries_) {
        if (entry.works && (best == nullptr || entry.round_trip < best->round_trip)) {
            best = &entry;
        }
    }
    chosen_ = best == nullptr ? std::nullopt : std::optional(best->path);
}

}  // namespace clusterdisc
