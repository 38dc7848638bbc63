// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstddef>

#include "membership/member_view.h"

/// The protocol's times and counts, in one place. What each costs and buys: docs/autoconfiguration.md.
namespace clusterdisc::tuning {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A claim for a node id is open to objections for this long; hellos during it repeat the claim.
inline constexpr Instant claim_period = milliseconds(300);
/// A claimant that has heard of members but is not yet told what they know waits for it, up to this long.
inline constexpr Instant max_wait_for_table = milliseconds(1500);
/// After asking a member for its table, the answer is there.
inline constexpr Instant comparison_time = milliseconds(150);
/// A node whose id is held by what may be its own former self waits for that one's end, up to this long.
inline constexpr Instant max_wait_for_predecessor = seconds(10);
/// A member waits for the answer of one that is said to have a better right to its id, up to this long.
inline constexpr Instant max_wait_for_rival = seconds(6);
/// A member that has been together with another one for this long (twice that at most) no longer gives way to
/// newcomers.
inline constexpr Instant settling_time = seconds(10);

/// Hellos after the start and after a link came up: the first at once, then after these pauses.
inline constexpr Instant hello_pauses[] = {milliseconds(60),  milliseconds(100), milliseconds(200),
                                           milliseconds(400), milliseconds(800), milliseconds(1600)};
/// Later, so that all nodes of a link together send about one per second.
inline constexpr Instant hello_share = seconds(1);
/// An unanswered question counts against its path after the first time, and is forgotten after the second.
inline constexpr Instant answer_time = seconds(1);
inline constexpr Instant question_age = seconds(5);
/// Played-back pings would make any number of them.
inline constexpr std::size_t max_questions = 32768;

/// Not more than one hello in this time on one link, however often things change.
inline constexpr Instant min_hello_pause = milliseconds(40);

/// Each node probes one other per interval (SWIM's protocol period).
inline constexpr Instant probe_interval = milliseconds(500);
inline constexpr Instant probe_interval_of_many = seconds(1);
inline constexpr std::size_t many_nodes = 64;
inline constexpr std::size_t probe_helpers = 3;
/// Lifeguard's local health: 0 is well; each step makes us wait longer before we suspect others.
inline constexpr int worst_health = 8;
/// Who hears nothing of a suspect for this long declares it dead: at once with `confirmations` others, else later.
inline constexpr Instant min_suspicion = milliseconds(1200);
inline constexpr Instant max_suspicion = milliseconds(2000);
inline constexpr std::size_t confirmations = 3;
/// A suspect is pinged this often, by about so many nodes.
inline constexpr Instant suspect_ping_pause = milliseconds(200);
inline constexpr std::size_t suspect_pingers = 8;
/// Before it is declared dead it is asked so often, with such pauses.
inline constexpr int last_questions = 3;
inline constexpr int last_questions_to_frozen = 15;
inline constexpr Instant last_question_pause = milliseconds(170);
/// A suspect whose kernel answers (its agent is stopped, or starved) is kept for this long.
inline constexpr Instant max_freeze = seconds(60);
/// An answer of a kernel, or a direct message of a node, counts for this long.
inline constexpr Instant kernel_answer_age = seconds(1);
inline constexpr Instant direct_evidence_age = seconds(2);
inline constexpr Instant freeze_evidence_age = seconds(6);
/// A node that others reach and we do not leaves our map after so many probes in a row.
inline constexpr int indirect_answers_without_path = 6;
/// When we were not running for longer than this, nothing that ran out meanwhile counts.
inline constexpr Instant stall = seconds(1);

/// News travel in messages of their own when no other message takes them along.
inline constexpr Instant gossip_interval = milliseconds(100);
inline constexpr std::size_t gossip_fan_out = 3;
/// Each node passes on each piece of news to about this many times log2(nodes) others; less when everybody on the link
/// has heard it from its subject.
inline constexpr std::size_t gossip_repetitions = 3;
/// Tables that differ are compared when that has lasted for so long, and not more often than so.
inline constexpr Instant difference_time = milliseconds(300);
inline constexpr Instant comparison_pause = milliseconds(300);
inline constexpr std::size_t max_datagrams_of_comparison = 32;

/// A node that is heard of is contacted after a random time of up to this for each node that may do the same.
inline constexpr Instant contact_share = milliseconds(1);
inline constexpr Instant first_contact_pause = milliseconds(150);
inline constexpr Instant max_contact_pause = seconds(30);
/// Who never answered is forgotten after so many attempts.
inline constexpr int contact_attempts = 6;
inline constexpr std::size_t max_strangers = 4096;
inline constexpr std::size_t max_departed = 1024;
inline constexpr std::size_t max_hints = 256;
/// News about a node that left or died is passed on in comparisons for this long.
inline constexpr Instant obituary_time = seconds(600);

/// Two announcements of a leave, this far apart; the agent ends after the same time again.
inline constexpr Instant leave_pause = milliseconds(40);

}  // namespace clusterdisc::tuning
