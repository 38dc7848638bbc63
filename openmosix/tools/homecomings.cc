// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/homecomings.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include "common/printable_text.h"
#include "control/client.h"
#include "control/process_list.h"
#include "control/request.h"

namespace openmosix {

namespace {

using Clock = std::chrono::steady_clock;

constexpr timespec pause_between_looks{.tv_sec = 0, .tv_nsec = 100'000'000};
constexpr std::size_t max_shown_name = 60;

nlohmann::json ask(const std::string& run_folder, const char* request) {
    auto answer = ask_omd(run_folder, request);
    if (!answer["ok"].get<bool>()) {
        throw std::runtime_error(answer["reason"].get<std::string>());
    }
    return answer;
}

/// True if a signal that ends the program has come before the pause was over.
bool is_interrupted_in_pause() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    return ::sigtimedwait(&signals, nullptr, &pause_between_looks) > 0;
}

}  // namespace

Homecomings::Homecomings(std::string run_folder, Whose whose) : run_folder_(std::move(run_folder)), whose_(whose) {}

Homecomings::End Homecomings::run(std::chrono::seconds wait) {
    const auto end = Clock::now() + wait;
    look();
    for (;;) {
        take_answers();
        try_to_look();
        start_requests();
        if (count(Stage::waiting) + count(Stage::asked) + arriving_ == 0) {
            return count(Stage::refused) == 0 ? End::all_home : End::some_stay;
        }
        if (is_interrupted_in_pause()) {
            say_what_is_left("interrupted");
            return End::interrupted;
        }
        if (Clock::now() > end) {
            say_what_is_left("not home after " + std::to_string(wait.count()) + " s");
            return End::some_stay;
        }
    }
}

void Homecomings::look() {
    const bool has_guests = whose_ == Whose::guests;
    const auto listed = ask(run_folder_, "{\"request\":\"list\"}\n")
                            .value(has_guests ? "guests" : "processes", nlohmann::json::array());
    std::set<pid_t> there;
    for (const auto& state : listed) {
        const auto pid = static_cast<pid_t>(number_in(state, "pid"));
        there.insert(pid);
        Traveller& traveller = travellers_[pid];
        if (traveller.stage == Stage::home && !has_guests && text_in(state, "state") != "home") {
            // Somebody has moved it since.
            traveller.stage = Stage::waiting;
        }
        traveller.description = describe(state);
    }
    std::erase_if(travellers_,
                  [&](const auto& each) { return each.second.stage == Stage::waiting && !there.contains(each.first); });
    if (has_guests) {
        const auto all = number_in(ask(run_folder_, "{\"request\":\"status\"}\n"), "guests");
        arriving_ = all > there.size() ? all - there.size() : 0;
    }
}

void Homecomings::try_to_look() {
    try {
        look();
    } catch (const std::runtime_error&) {
        // The time that the whole has ends this, too.
        return;
    }
}

void Homecomings::start_requests() {
    for (auto& [pid, traveller] : travellers_) {
        if (traveller.stage != Stage::waiting || count(Stage::asked) >= max_at_a_time) {
            continue;
        }
        traveller.stage = Stage::asked;
        std::thread([this, pid = pid] {
            MoveRequest request;
            request.pid = pid;
            request.to = "home";
            nlohmann::json answer{{"ok", false}, {"pending", true}};
            try {
                answer = ask_omd(run_folder_, to_line(request));
            } catch (const std::exception&) {
                // omd has ended meanwhile: the next one is asked again.
            }
            const std::lock_guard lock(mutex_);
            answers_[pid] = std::move(answer);
        }).detach();
    }
}

void Homecomings::take_answers() {
    std::map<pid_t, nlohmann::json> answers;
    {
        const std::lock_guard lock(mutex_);
        answers.swap(answers_);
    }
    for (const auto& [pid, answer] : answers) {
        Traveller& traveller = travellers_[pid];
        if (answer.value("ok", false)) {
            traveller.stage = Stage::home;
            const std::size_t left = count(Stage::waiting) + count(Stage::asked);
            std::fprintf(stderr, "mosctl: %s is home; %zu to go\n", traveller.description.c_str(), left);
        } else if (answer.contains("pending")) {
            traveller.stage = Stage::waiting;
        } else {
            traveller.stage = Stage::refused;
            std::fprintf(stderr, "mosctl: %s is not home: %s\n", traveller.description.c_str(),
                         answer["reason"].get<std::string>().c_str());
        }
    }
}

std::size_t Homecomings::count(Stage stage) const {
    const auto is_there = [stage](const auto& each) { return each.second.stage == stage; };
    return static_cast<std::size_t>(std::ranges::count_if(travellers_, is_there));
}

std::string Homecomings::describe(const nlohmann::json& state) const {
    std::string text = "process " + std::to_string(number_in(state, "pid")) + " (" + text_in(state, "name");
    if (whose_ == Whose::guests) {
        text += ", guest from node " + std::to_string(number_in(state, "home")) + " and process " +
                std::to_string(number_in(state, "home_pid")) + " there";
    }
    return text + ')';
}

void Homecomings::say_what_is_left(const std::string& why) const {
    for (const auto& [pid, traveller] : travellers_) {
        if (traveller.stage == Stage::waiting || traveller.stage == Stage::asked) {
            std::fprintf(stderr, "mosctl: %s: %s\n", traveller.description.c_str(), why.c_str());
        }
    }
    if (arriving_ > 0) {
        std::fprintf(stderr, "mosctl: guests that just arrive: %llu: %s\n", static_cast<unsigned long long>(arriving_),
                     why.c_str());
    }
}

}  // namespace openmosix
