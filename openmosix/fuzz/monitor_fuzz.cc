// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any text as omd's answers and any keys on a screen of any size, as mosmon takes them.
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/fuzz/require.h"
#include "monitor/session.h"

namespace {

using namespace openmosix::monitor;

void press_all(const std::string& keys, Session& session) {
    constexpr std::array<Key, 8> special = {key_up,      key_down,      key_left, key_right,
                                            key_page_up, key_page_down, key_home, key_end};
    // Each is a picture, which takes time.
    constexpr std::size_t max_keys = 40;
    for (const char key : keys.substr(0, max_keys)) {
        const auto code = static_cast<unsigned char>(key);
        session.press(code > key_backspace ? special.at(code % special.size()) : code);
        const Canvas canvas = session.draw();
        require(canvas.text().size() >= canvas.size().rows);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t header = 2;
    if (size < header) {
        return 0;
    }
    const std::string text(data + header, data + size);
    const std::size_t end = text.find('\0');
    const auto answer = nlohmann::json::parse(text.substr(0, end), nullptr, false);
    const std::string keys = end == std::string::npos ? "\t" : text.substr(end + 1);
    Session session({}, Session::Page::nodes, false);
    constexpr std::size_t max_side = 64;
    session.resize({.rows = data[0] % max_side, .columns = data[1] % max_side});
    if (answer.is_object()) {
        session.take_cluster(answer);
        std::vector<ProcessSample> samples;
        for (pid_t pid = 1; pid <= 9; ++pid) {
            samples.push_back({.key = {.pid = pid, .start_time = 1}, .name = "a", .user = "b", .used_ticks = 0});
        }
        ProcessModel processes;
        processes.take(answer, samples, {.own = 1, .milliseconds = 1000});
        session.take_processes(processes);
    }
    press_all(keys, session);
    return 0;
}
