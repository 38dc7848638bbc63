// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as what a supervisor's file says and as an answer of omd. What is taken has what its
// readers need, and can be shown on a terminal.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/fuzz/require.h"
#include "control/client.h"
#include "control/process_list.h"
#include "tools/process_table.h"

namespace {

using namespace openmosix;

bool is_for_terminals(const std::string& text) {
    return std::ranges::all_of(text,
                               [](char each) { return each == '\n' || (each >= ' ' && each != '\x7f') || each < 0; });
}

void show(const nlohmann::json& state) {
    for (const bool is_guest : {false, true}) {
        const std::string table = to_table({to_row(state, is_guest)});
        require(is_for_terminals(table) && std::ranges::count(table, '\n') == 2);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    if (const auto state = parse_process_state(text)) {
        require((*state)["pid"].get<pid_t>() > 0 && (*state)["supervisor"].get<pid_t>() > 0);
        show(*state);
    }
    if (const auto answer = parse_answer(text)) {
        require((*answer)["ok"].get<bool>() || (*answer)["reason"].is_string());
        show(*answer);
    }
    return 0;
}
