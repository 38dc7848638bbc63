// SPDX-License-Identifier: GPL-2.0-or-later
#include "checkpoint/gather_checkpoint.h"

#include <sys/stat.h>
#include <sys/time.h>

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "checkpoint/open_files.h"
#include "clocks/read_clock.h"
#include "common/file.h"
#include "common/printable_text.h"
#include "cpu/instruction_sets.h"
#include "procfs/process_file.h"
#include "procfs/process_status.h"
#include "signals/signal_info.h"
#include "tracee/call_numbers.h"

namespace openmosix {

namespace {

constexpr std::size_t max_proc_file = std::size_t{1} << 20U;

void add_waiting(pid_t pid, std::vector<Bytes>& pending) {
    for (const siginfo_t& info : waiting_signals(pid)) {
        pending.push_back(to_bytes(info));
    }
    if (pending.size() > max_pending_of_image) {
        throw std::runtime_error("more signals wait for it than an image can hold");
    }
}

void refuse_relatives_and_timers(pid_t pid) {
    const std::string number = std::to_string(pid);
    // Kernels without CONFIG_PROC_CHILDREN or CONFIG_CHECKPOINT_RESTORE do not tell.
    const auto children =
        clusterdisc::read_file("/proc/" + number + "/task/" + number + "/children", max_proc_file).value_or("");
    if (children.find_first_not_of(" \n") != std::string::npos) {
        throw std::runtime_error("it has children (" + clusterdisc::shown(children) +
                                 "), and an image is of one process only");
    }
    if (!clusterdisc::read_file("/proc/" + number + "/timers", max_proc_file).value_or("").empty()) {
        throw std::runtime_error("it has timers of timer_create(2), which an image cannot hold");
    }
}

/// Where a link of /proc leads. False when what it leads to has no name any more, or another one here.
bool follow(const std::string& link, std::string& path) {
    std::error_code error;
    path = std::filesystem::read_symlink(link, error).string();
    struct stat its {};
    struct stat named {};
    return !error && ::stat(link.c_str(), &its) == 0 && ::stat(path.c_str(), &named) == 0 &&
           its.st_dev == named.st_dev && its.st_ino == named.st_ino;
}

std::string folder_at(const std::string& link, const char* what) {
    std::string path;
    if (!follow(link, path)) {
        throw std::runtime_error(std::string(what) +
                                 " has no name any more, or another one here: " + clusterdisc::shown(path));
    }
    return path;
}

}  // namespace

GatheredCheckpoint gather_checkpoint(Tracee& tracee, Agent& agent, const Vdso& vdso, ProcessImage image, bool waits) {
    const pid_t pid = tracee.pid();
    const std::string folder = "/proc/" + std::to_string(pid) + "/";
    refuse_relatives_and_timers(pid);
    if (folder_at(folder + "root", "its root folder") != "/") {
        throw std::runtime_error("its root folder is not this system's (chroot(2))");
    }
    GatheredCheckpoint result;
    CheckpointState& state = result.state;
    state.open_files = gather_open_files(pid);
    state.kernel = sizeof(void*) == 4 ? Abi::i386 : Abi::amd64;
    state.vdso_hash = vdso.hash();
    state.cpu_features = cpu_features().names;
    state.realtime = read_clock(CLOCK_REALTIME);
    state.monotonic = read_clock(CLOCK_MONOTONIC);
    state.boottime = read_clock(CLOCK_BOOTTIME);
    const ProcessStatus status = read_process_status(pid);
    state.gid = status.groups[0];
    state.umask = status.umask.value_or(0);
    if (!follow(folder + "exe", state.program)) {
        state.program.clear();
    }
    state.folder = folder_at(folder + "cwd", "its current folder");

    agent.call("getitimer", call_numbers(agent.abi()).getitimer, {ITIMER_REAL, agent.scratch()});
    state.real_timer = agent.read_scratch(0, 4 * word_size(agent.abi()));
    add_waiting(pid, image.signals.pending);
    if (waits) {
        Registers& registers = image.thread.registers;
        registers.repeat_call(registers.call_number());
    }
    NamedMappings mappings = name_mappings(pid, image.ranges);
    state.mapped_files = std::move(mappings.files);
    result.nameless = std::move(mappings.nameless);
    state.process = std::move(image);
    return result;
}

}  // namespace openmosix
