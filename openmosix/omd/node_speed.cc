// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/node_speed.h"

#include <charconv>
#include <chrono>
#include <ctime>
#include <optional>
#include <system_error>

#include "balance/speed_measurement.h"
#include "balance/yardstick.h"
#include "common/exit_status.h"
#include "common/file.h"
#include "common/log.h"

namespace openmosix {

namespace {

constexpr std::size_t max_size = 64;
constexpr mode_t readable_for_all = 0644;

std::optional<std::uint32_t> read_speed(const std::string& path) {
    const std::string text = clusterdisc::read_file(path, max_size).value_or("");
    std::uint32_t speed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
    const bool is_speed = error == std::errc() && std::string_view(end, text.data() + text.size()) == "\n" &&
                          speed >= balance::min_speed && speed <= balance::max_speed;
    return is_speed ? std::optional(speed) : std::nullopt;
}

std::string path_in(const std::string& run_folder) {
    return run_folder + "/speed";
}

void write_speed(const std::string& path, std::uint32_t speed) {
    clusterdisc::replace_file(path, std::to_string(speed) + "\n", readable_for_all);
}

clusterdisc::Instant own_processor_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::duration_cast<clusterdisc::Instant>(std::chrono::seconds(time.tv_sec) +
                                                            std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace

void find_node_speed(ChildProcesses& children, const std::string& run_folder, std::uint32_t configured,
                     const std::function<void(std::uint32_t)>& on_known) {
    const std::string path = path_in(run_folder);
    if (const auto speed = read_speed(path)) {
        on_known(*speed);
        return;
    }
    if (configured != 0) {
        remember_node_speed(run_folder, configured);
        on_known(configured);
        return;
    }
    const auto measure = [path] {
        write_speed(path, balance::speed_of(balance::measure_loop_rates(own_processor_time)));
        return clusterdisc::exit_success;
    };
    children.start_function(measure, {}, [path, on_known](int status) {
        const auto speed = read_speed(path);
        if (speed) {
            on_known(*speed);
        } else {
            clusterdisc::log_line(clusterdisc::LogLevel::warning,
                                  "the speed of this node is not known, and counts as that of the yardstick: its "
                                  "measurement " +
                                      describe_end(status));
        }
    });
}

void remember_node_speed(const std::string& run_folder, std::uint32_t speed) {
    try {
        write_speed(path_in(run_folder), speed);
    } catch (const std::system_error& error) {
        clusterdisc::log_line(
            clusterdisc::LogLevel::warning,
            std::string("the speed of this node is measured again when omd starts again: ") + error.what());
    }
}

}  // namespace openmosix
