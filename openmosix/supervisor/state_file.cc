// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/state_file.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

#include "common/file.h"

namespace openmosix {

namespace {

std::uint64_t start_time(pid_t pid) {
    const auto stat = clusterdisc::read_file("/proc/" + std::to_string(pid) + "/stat", std::size_t{4096});
    if (!stat) {
        return 0;
    }
    std::istringstream rest(stat->substr(stat->rfind(')') + 1));
    std::string field;
    for (int number = 3; number <= 22 && rest >> field; ++number) {
    }
    return std::stoull(field);
}

}  // namespace

StateFile::StateFile(const std::string& folder, pid_t pid)
    : path_(folder + "/" + std::to_string(pid) + ".json"), pid_(pid) {
    clusterdisc::make_folder(folder, 0755);
}

StateFile::~StateFile() {
    ::unlink(path_.c_str());
}

void StateFile::write(const State& state) {
    const nlohmann::json json{
        {"pid", pid_},          {"name", state.name},         {"uid", state.uid},
        {"home", state.home},   {"home_pid", state.home_pid}, {"node", state.node},
        {"state", state.state}, {"reason", state.reason},     {"moves", state.moves},
        {"calls", state.calls}, {"supervisor", ::getpid()},   {"supervisor_start", start_time(::getpid())}};
    // A name may be any bytes.
    clusterdisc::replace_file(path_, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n", 0644);
}

}  // namespace openmosix
