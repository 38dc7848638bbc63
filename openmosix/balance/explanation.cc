// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/explanation.h"

#include <array>
#include <cstdio>

#include "balance/plausibility.h"
#include "balance/tuning.h"
#include "common/joined.h"
#include "common/printable_text.h"

namespace openmosix::balance {
namespace {

std::string number(const char* format, double value) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

std::string seconds(double value) {
    return number(value < 10 ? "%.2f s" : "%.0f s", value);
}

std::string age(Instant now, Instant then) {
    return number("%.0f s", to_seconds(now - then));
}

std::string outcome_text(const Decision& decision) {
    if (const auto* move = std::get_if<MoveDecided>(&decision.outcome)) {
        return "to node " + std::to_string(move->target) + ": " + to_text(decision.purpose);
    }
    if (const auto* stay = std::get_if<StayDecided>(&decision.outcome)) {
        return std::string("stays: ") + to_text(stay->reason);
    }
    return "stays: no node is better";
}

std::string candidate_line(const Candidate& candidate) {
    return "    node " + std::to_string(candidate.node) + ": " + seconds(candidate.run_seconds) + " with " +
           number("%.1f", candidate.runnable) + " others, move " + seconds(candidate.move_seconds) + ", others gain " +
           seconds(candidate.others_gain) + ", in all " + seconds(candidate.gain) + "; " + to_text(candidate.verdict) +
           "\n";
}

std::string decision_text(Instant now, const Decision& decision) {
    std::string text = "  " + age(now, decision.time) + " ago: " + outcome_text(decision);
    if (!decision.detail.empty()) {
        constexpr std::size_t max_detail = 200;
        text += " (" + clusterdisc::shown(decision.detail, max_detail) + ")";
    }
    text += "\n";
    if (std::holds_alternative<StayDecided>(decision.outcome)) {
        return text;
    }
    text += "    here: " + seconds(decision.here.run_seconds) + " for " + seconds(decision.here.work) +
            " of work, with " + number("%.1f", decision.here.runnable) + " runnable processes\n";
    for (const Candidate& candidate : decision.candidates) {
        text += candidate_line(candidate);
    }
    if (decision.candidate_count > decision.candidates.size()) {
        text += "    and " + std::to_string(decision.candidate_count - decision.candidates.size()) + " more nodes\n";
    }
    return text;
}

std::string node_line(const NodeState& reported, const std::string& age_text, const std::string& remarks) {
    const NodeState state = clamped(reported);
    std::array<char, 160> line{};
    constexpr double pages_of_mebibyte = 1024.0 * 1024.0 / page_size;
    std::snprintf(line.data(), line.size(), "%6u %8u %6.2f %8.2f %6u %8.0f %8.0f %6u %7s  ", unsigned{state.node},
                  static_cast<unsigned>(state.speed), capacity(state.processors), state.runnable(),
                  static_cast<unsigned>(openmosix_load(state.runnable(), state.processors, state.speed)),
                  state.free_pages / pages_of_mebibyte, state.total_pages / pages_of_mebibyte, unsigned{state.guests},
                  age_text.c_str());
    std::string text = line.data() + remarks;
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
}

}  // namespace

std::string remarks_of(const NodeState& state) {
    struct Word {
        NodePolicy policy;
        const char* text;
    };
    static constexpr std::array<Word, 7> words = {{{NodePolicy::block, "block"},
                                                   {NodePolicy::stay, "stay"},
                                                   {NodePolicy::lstay, "lstay"},
                                                   {NodePolicy::quiet, "quiet"},
                                                   {NodePolicy::leaving, "leaving"},
                                                   {NodePolicy::expel, "expel"},
                                                   {NodePolicy::bring, "bring"}}};
    std::vector<std::string> texts;
    for (const Word& word : words) {
        if (state.policies.has(word.policy)) {
            texts.emplace_back(word.text);
        }
    }
    if (state.user == OwnUser::present) {
        texts.emplace_back("own user");
    }
    return clusterdisc::joined(texts, ",");
}

std::string explain(Instant now, const ProcessId& process, std::span<const Decision> decisions,
                    const std::string& state) {
    std::string text = "process " + std::to_string(process.pid) + " of node " + std::to_string(process.home) + ":\n";
    if (!state.empty()) {
        text += "  now: " + state + "\n";
    } else if (decisions.empty()) {
        text += "  no decision yet: omd looks once per second\n";
    }
    for (std::size_t left = decisions.size(); left > 0; --left) {
        text += decision_text(now, decisions[left - 1]);
    }
    return text;
}

std::string explain_costs(const MoveCosts& costs) {
    constexpr double thousandth = 1e-3;
    constexpr double million = 1e6;
    return "a move stops a program for " + number("%.3g ms", costs.freeze_seconds() / thousandth) +
           ", memory follows at " + number("%.3g MB/s", costs.bandwidth() / million) + ", a forwarded call takes " +
           number("%.3g ms", costs.call_latency_seconds() / thousandth) + "\n";
}

std::string explain_nodes(Instant now, const NodeState& own, std::span<const KnownNode> others) {
    std::string text = "  node    speed   cpus runnable   load free MiB      MiB guests     age  remarks\n";
    text += node_line(own, "here", remarks_of(own));
    for (const KnownNode& other : others) {
        std::string remarks = remarks_of(other.state);
        if (now - other.said > tuning::max_age_for_decision) {
            remarks += remarks.empty() ? "too old" : ",too old";
        }
        if (other.trust == Trust::distrusted) {
            remarks += remarks.empty() ? "distrusted" : ",distrusted";
        }
        text += node_line(other.state, number("%.1f s", to_seconds(now - other.said)), remarks);
    }
    return text;
}

}  // namespace openmosix::balance
