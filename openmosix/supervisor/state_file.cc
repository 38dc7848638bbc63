// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/state_file.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "common/file.h"
#include "procfs/process_stat.h"

namespace openmosix {

StateFile::StateFile(const std::string& folder, pid_t pid)
    : path_(folder + "/" + std::to_string(pid) + ".json"), pid_(pid) {
    clusterdisc::make_folder(folder, 0755);
}

StateFile::~StateFile() {
    ::unlink(path_.c_str());
}

void StateFile::write(const State& state) {
    const std::uint64_t start = read_process_stat(::getpid()).start_time;
    const nlohmann::json json{{"pid", pid_},          {"name", state.name},         {"uid", state.uid},
                              {"home", state.home},   {"home_pid", state.home_pid}, {"node", state.node},
                              {"state", state.state}, {"reason", state.reason},     {"moves", state.moves},
                              {"calls", state.calls}, {"supervisor", ::getpid()},   {"supervisor_start", start}};
    // A name may be any bytes.
    clusterdisc::replace_file(path_, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n", 0644);
}

}  // namespace openmosix
