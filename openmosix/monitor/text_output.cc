// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/text_output.h"

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

#include "control/client.h"
#include "control/process_list.h"
#include "control/request.h"
#include "monitor/moment.h"
#include "monitor/process_model.h"
#include "monitor/process_survey.h"
#include "monitor/process_table.h"

namespace openmosix::monitor {

namespace {

nlohmann::json ask(const std::string& run_folder, const std::string& line) {
    auto answer = ask_omd(run_folder, line);
    if (!answer["ok"].get<bool>()) {
        throw std::runtime_error(text_in(answer, "reason"));
    }
    return answer;
}

void print_table(const ProcessModel& processes, bool only_moved) {
    // All columns have room.
    constexpr std::size_t columns = 132;
    std::string text = table_heading(columns) + '\n';
    for (const ProcessFacts& facts : processes.sorted(ProcessOrder::processor_use, only_moved)) {
        TableRow row{.facts = facts, .reason = facts.reason, .is_locked = std::nullopt};
        if (facts.place == ProcessFacts::Place::here) {
            row.reason = reasons_of(facts.key.pid);
        }
        text += table_line(row, columns) + '\n';
    }
    if (std::fputs((text + '\n').c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
        throw std::runtime_error("cannot write to standard output");
    }
}

}  // namespace

void print_processes(const MonitorOptions& options) {
    constexpr std::chrono::milliseconds usual_pause(2000);
    constexpr std::chrono::milliseconds first_pause(500);
    ProcessSurvey survey;
    ProcessModel processes;
    const auto look = [&] {
        const auto nodes = ask(options.run_folder, to_line(NodesRequest{}));
        const auto own = static_cast<clusterdisc::NodeId>(number_in(nodes, "own", clusterdisc::last_node_id));
        processes.take(ask(options.run_folder, to_line(ListRequest{})), survey.look(), current_moment(own));
    };
    // What a process uses is the difference of two looks.
    look();
    std::chrono::milliseconds pause = first_pause;
    for (unsigned printed = 0; !options.count || printed < *options.count; ++printed) {
        std::this_thread::sleep_for(pause);
        look();
        print_table(processes, options.only_moved);
        pause = options.pause.value_or(usual_pause);
    }
}

}  // namespace openmosix::monitor
