// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/decided_moves.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/event_loop.h"
#include "omd/move_journal.h"
#include "procfs/process_status.h"

namespace openmosix {

namespace {

using balance::Move;
using clusterdisc::EventLoop;
using clusterdisc::Instant;

/// A home that has much to do takes so long, memory not counted; the planner's own limit is a minute.
constexpr Instant max_relay_time = std::chrono::seconds(45);

/// The owner of a process, who may move it when it has no more rights than they (control/authority.h): omd moves
/// nothing by itself that its owner could not move. None when it is gone.
std::optional<Requester> owner_of(pid_t pid) {
    const auto status = try_to_find_process_status(pid);
    return status ? std::optional(Requester{status->users[0], status->groups[0], status->supplementary_groups})
                  : std::nullopt;
}

}  // namespace

void DecidedMoves::begin(const Move& move) {
    const balance::NodeId home = move.process.home;
    if (home != surroundings_.own_node() && move.target != home) {
        ask_home(move);
    } else {
        ask_target(move, [](std::optional<balance::AdmissionRefusal>) {});
    }
}

void DecidedMoves::ask_target(const Move& move, const LoadChannel::OnRelayed& reply) {
    // Its home takes every guest back that is sent away, whether it balances or not.
    const bool needs_answer = balance::needs_gain(move.purpose) || move.purpose == balance::MovePurpose::memory ||
                              move.target != move.process.home;
    const auto take_answer = [this, move, needs_answer, reply](const LoadChannel::Answer& answer) {
        if (!answer && needs_answer) {
            reply(balance::AdmissionRefusal::no_answer);
            end(move, balance::MoveFailed{"node " + std::to_string(move.target) + " does not answer"});
        } else if (answer && answer->refusal) {
            reply(answer->refusal);
            end(move, *answer->refusal);
        } else {
            reply(std::nullopt);
            make(move);
        }
    };
    questions_[move.process] = surroundings_.channel.ask(move.target, move.request, take_answer);
}

void DecidedMoves::ask_home(const Move& move) {
    const auto take_answer = [this, move](const LoadChannel::Answer& answer) {
        if (!answer) {
            end(move, balance::MoveFailed{"its home, node " + std::to_string(move.process.home) + ", does not answer"});
        } else if (answer->refusal == balance::AdmissionRefusal::home_objects ||
                   answer->refusal == balance::AdmissionRefusal::not_there) {
            // About the process, whatever the target is.
            end(move, balance::ProcessRefused{balance::to_text(*answer->refusal)});
        } else if (answer->refusal) {
            end(move, *answer->refusal);
        } else {
            leaving_[move.process] = {.move = move, .until = EventLoop::now() + max_relay_time};
        }
    };
    surroundings_.channel.ask_home({.request = move.request, .target = move.target}, take_answer);
}

void DecidedMoves::relay(const balance::RelayRequest& request, const LoadChannel::OnRelayed& reply) {
    if (!relayed_.insert(request.request.process).second) {
        // It is on its way already.
        reply(balance::AdmissionRefusal::not_there);
        return;
    }
    Move move{.process = request.request.process,
              .target = request.target,
              .purpose = request.request.purpose,
              .request = request.request};
    move.request.from = surroundings_.own_node();
    ask_target(move, reply);
}

void DecidedMoves::look(Instant now, const std::function<bool(const balance::ProcessId&)>& is_here) {
    std::vector<std::pair<Move, balance::MoveResult>> ended;
    std::erase_if(leaving_, [&](const auto& item) {
        const Leaving& leaving = item.second;
        if (!is_here(item.first)) {
            ended.emplace_back(leaving.move, balance::MoveDone{});
        } else if (now >= leaving.until) {
            ended.emplace_back(leaving.move, balance::ProcessRefused{"its home has not moved it in time"});
        } else {
            return false;
        }
        return true;
    });
    for (const auto& [move, result] : ended) {
        end(move, result);
    }
}

void DecidedMoves::make(const Move& move) {
    MoveRequest request;
    if (const auto body = surroundings_.body_of(move.process)) {
        request.pid = *body;
        request.to = "home";
        make(move, request, Requester{.user = 0, .group = 0, .groups = {}});
        return;
    }
    request.pid = move.process.pid;
    request.to = std::to_string(move.target);
    const auto owner = move.process.home == surroundings_.own_node() ? owner_of(request.pid) : std::nullopt;
    if (owner) {
        make(move, request, *owner);
    } else {
        end(move, balance::ProcessRefused{"it has ended"});
    }
}

void DecidedMoves::make(const Move& move, const MoveRequest& request, const Requester& requester) {
    const Instant begin = EventLoop::now();
    surroundings_.mover.move(
        request, requester, clusterdisc::FileDescriptor(), [this, move, begin](const std::string& line) {
            const auto answer = nlohmann::json::parse(line, nullptr, false);
            if (answer.is_object() && answer.value("ok", false)) {
                // What others cost, their supervisors say.
                const bool is_new = move.purpose == balance::MovePurpose::start;
                const Instant delay = is_new ? EventLoop::now() - begin : Instant::zero();
                end(move, balance::MoveDone{.freeze = delay, .bytes = 0, .transfer = {}});
            } else {
                end(move, balance::ProcessRefused{answer.is_object() ? answer.value("reason", "") : ""});
            }
        });
}

void DecidedMoves::end(const Move& move, const balance::MoveResult& result) {
    const auto question = questions_.extract(move.process);
    const bool needs_none =
        std::holds_alternative<balance::MoveDone>(result) || std::holds_alternative<balance::AdmissionRefusal>(result);
    if (!question.empty() && !needs_none) {
        // It may have been admitted, also where the answer was lost.
        surroundings_.channel.cancel(move.target, question.mapped());
    }
    log_move(move, result, surroundings_.own_node());
    if (relayed_.erase(move.process) == 0) {
        surroundings_.on_end(move, result);
    }
}

}  // namespace openmosix
