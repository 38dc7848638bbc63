// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/decided_moves.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <variant>

#include "common/event_loop.h"
#include "procfs/process_status.h"

namespace openmosix {

namespace {

using balance::Move;
using clusterdisc::EventLoop;
using clusterdisc::Instant;

/// The owner of a process, who may move it when it has no more rights than they (control/authority.h): omd moves
/// nothing by itself that its owner could not move. None when it is gone.
std::optional<Requester> owner_of(pid_t pid) {
    try {
        const auto status = find_process_status(pid);
        return status ? std::optional(Requester{status->users[0], status->groups[0], status->supplementary_groups})
                      : std::nullopt;
    } catch (const std::runtime_error&) {
        // It ends just now, and its files in /proc are half gone.
        return std::nullopt;
    }
}

}  // namespace

void DecidedMoves::begin(const Move& move) {
    if (move.process.home != surroundings_.own_node()) {
        // Only its home decides where it goes from there.
        make(move);
        return;
    }
    const auto take_answer = [this, move](const LoadChannel::Answer& answer) {
        if (!answer) {
            end(move, balance::MoveFailed{"node " + std::to_string(move.target) + " does not answer"});
        } else if (answer->refusal) {
            end(move, *answer->refusal);
        } else {
            make(move);
        }
    };
    questions_[move.process] = surroundings_.channel.ask(move.target, move.request, take_answer);
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
    surroundings_.on_end(move, result);
}

}  // namespace openmosix
