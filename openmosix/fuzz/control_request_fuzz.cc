// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as a request to omd, as what another omd says of its load, and as a file of switches.
// What is taken is written and read again, and must be the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "common/fuzz/require.h"
#include "control/node_list.h"
#include "control/node_load.h"
#include "control/request.h"

namespace {

using namespace openmosix;

void take_request(const std::string& text) {
    const Request request = parse_request(text);
    if (const auto* const move = std::get_if<MoveRequest>(&request)) {
        require(move->pid > 0 && !move->to.empty());
        require(move->file.empty() || move->file.front() == '/');
        require(std::get<MoveRequest>(parse_request(to_line(*move))) == *move);
        static_cast<void>(parse_node_list(move->among));
    } else if (const auto* const load = std::get_if<LoadRequest>(&request)) {
        require(load->node > 0 && std::get<LoadRequest>(parse_request(to_line(*load))) == *load);
    } else if (const auto* const hint = std::get_if<HintRequest>(&request)) {
        require(hint->pid > 0 && std::get<HintRequest>(parse_request(to_line(*hint))) == *hint);
    } else if (const auto* const position = std::get_if<SwitchRequest>(&request)) {
        require(std::get<SwitchRequest>(parse_request(to_line(*position))) == *position);
    } else if (const auto* const speed = std::get_if<SpeedRequest>(&request)) {
        require(speed->speed > 0 && std::get<SpeedRequest>(parse_request(to_line(*speed))) == *speed);
    } else if (const auto* const time = std::get_if<ProcessorTimeRequest>(&request)) {
        require(time->pid > 0 && std::get<ProcessorTimeRequest>(parse_request(to_line(*time))) == *time);
    } else if (const auto* const bad = std::get_if<BadRequest>(&request)) {
        const std::string answer = refusal_line(bad->reason);
        require(answer.find('\n') == answer.size() - 1);
    }
}

void take_load(const std::string& text) {
    if (const auto load = parse_node_load(text)) {
        require(load->node > 0 && load->cpus > 0 && load->load >= 0);
        require(parse_node_load(to_line(*load)) == load);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    take_request(text);
    take_load(text);
    static_cast<void>(parse_hint_file(text, 17));
    const NodeSwitches switches = parse_node_switches(text);
    require(parse_node_switches(to_text(switches)) == switches);
    return 0;
}
