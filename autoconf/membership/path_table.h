// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "membership/link.h"
#include "membership/member_view.h"

namespace clusterdisc {

/// True if no router lies between us and the other end of the path.
bool is_on_link(const Path& path, std::span<const Link> links);

/// The ways to one other node: over which of our links, to which of its addresses; which of them work, and which is
/// used. The one in use stays in use until it fails, so that nothing flaps between two equal cards.
class PathTable {
public:
    struct Entry {
        Path path;
        /// It answered on this path, and has not missed `max_misses` questions in a row since.
        bool works = false;
        int misses = 0;
        std::chrono::microseconds round_trip{};
        Instant last_answer{};
        /// Its kernel answered there (never: nothing), and said that nobody listens.
        std::optional<Instant> kernel_answer;
        std::optional<Instant> refusal;
    };
    static constexpr std::size_t max_paths = 16;
    static constexpr int max_misses = 3;

    /// A path on which the node was heard, or that its record names; nothing is known of it yet.
    void add(const Path& path);
    /// The paths that the endpoints of a record make together with our links: link-local addresses on every link,
    /// others on the link that has their network, else by routing.
    void add_endpoints(std::span<const Endpoint> endpoints, std::span<const Link> links);
    /// Somebody else is at the other end.
    void remove(const Path& path);
    /// Links went away, and paths over them.
    void keep_links(std::span<const Link> links);

    void answered(const Path& path, Instant now, std::chrono::microseconds round_trip);
    /// A question on this path got no answer in time.
    void missed(const Path& path);
    void kernel_answered(const Path& path, Instant now);
    void refused(const Path& path, Instant now);

    /// The path to use; none when none works.
    [[nodiscard]] std::optional<Path> best() const;
    [[nodiscard]] const Entry* best_entry() const;
    /// Whether the kernel there answers though the agent does not: after `since` at the earliest.
    [[nodiscard]] bool has_kernel_answer(Instant since) const;
    [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
    /// Whether a path leads to this endpoint, over whatever link.
    [[nodiscard]] bool leads_to(const Endpoint& endpoint) const;
    [[nodiscard]] bool empty() const { return entries_.empty(); }

private:
    Entry* find(const Path& path);
    void choose();

    std::vector<Entry> entries_;
    std::optional<Path> chosen_;
};

}  // namespace clusterdisc
