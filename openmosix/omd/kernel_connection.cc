// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/kernel_connection.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "balance/node_state.h"
#include "balance/processors.h"
#include "balance/yardstick.h"
#include "common/log.h"
#include "control/node_list.h"
#include "control/process_list.h"
#include "freeze/cant_move.h"
#include "procfs/process_stat.h"

namespace openmosix {

namespace {

using clusterdisc::EventLoop;
using clusterdisc::Instant;
using clusterdisc::NodeId;
using kernel::AdminFile;

constexpr Instant interval = std::chrono::seconds(1);
/// The kernel gives up after 30 seconds.
constexpr Instant max_time_to_answer = std::chrono::seconds(25);
constexpr std::size_t requests_at_a_time = 16;
/// What /proc/hpc/admin says where our balancing has no such setting: openMosix's usual values.
constexpr std::int64_t usual_decay_interval = 1;
constexpr std::int64_t usual_slow_decay = 975;
constexpr std::int64_t usual_fast_decay = 926;
constexpr std::int64_t max_number = std::numeric_limits<std::int32_t>::max();

/// None when it has ended.
std::optional<kernel::Process> find_process(pid_t pid) {
    try {
        const auto stat = find_process_stat(pid);
        return stat ? std::optional(kernel::Process{.pid = pid, .start_time = stat->start_time}) : std::nullopt;
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

std::string reasons_of(pid_t pid) {
    std::string lines;
    try {
        for (const std::string& reason : reasons_to_stay(pid)) {
            lines += (lines.empty() ? "" : "\n") + reason;
        }
    } catch (const std::runtime_error&) {
        // It has ended.
    }
    return lines;
}

kernel::NodeValues to_values(const balance::NodeState& state) {
    constexpr std::int64_t all = 100;
    return {.is_up = true,
            .load = balance::openmosix_load(state.runnable(), state.processors, state.speed),
            .speed = state.speed,
            .processors = state.processors.threads,
            .utilizability = all,
            .free_memory = std::min<std::int64_t>(state.free_pages, max_number),
            .total_memory = std::min<std::int64_t>(state.total_pages, max_number)};
}

}  // namespace

KernelConnection::KernelConnection(Surroundings surroundings)
    : surroundings_(std::move(surroundings)),
      requests_({.run_folder = surroundings_.run_folder,
                 .membership = surroundings_.membership,
                 .mover = surroundings_.mover,
                 .steering = surroundings_.steering,
                 .hints = surroundings_.hints,
                 .automatic = surroundings_.automatic,
                 .value_of = [this](AdminFile file) { return value_of(file); }}),
      timer_(surroundings_.event, [this] { tick(); }) {
    timer_.set(EventLoop::now());
}

void KernelConnection::tick() {
    if (!device_.is_open()) {
        open();
    }
    if (!device_.is_open() && problem_.empty()) {
        // A device of the kernel itself does not appear later.
        return;
    }
    timer_.set(EventLoop::now() + interval);
    tell_changes();
}

void KernelConnection::open() {
    device_ = clusterdisc::FileDescriptor(::open(surroundings_.device.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (device_.is_open()) {
        problem_.clear();
        told_ = kernel::ToldState();
        readable_ = clusterdisc::add_io(surroundings_.event, device_.number(), EPOLLIN,
                                        [this](std::uint32_t) { read_requests(); });
        return;
    }
    if (errno == ENOENT || errno == ENXIO || errno == ENODEV) {
        return;
    }
    const std::string problem = surroundings_.device + ": " + std::generic_category().message(errno);
    if (problem != std::exchange(problem_, problem)) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning,
                              "/proc/hpc and /proc/PID/goto do not work, tried again each second: " + problem);
    }
}

void KernelConnection::close() {
    readable_ = clusterdisc::EventSource();
    unanswered_.clear();
    device_ = clusterdisc::FileDescriptor();
}

void KernelConnection::read_requests() {
    std::array<std::uint8_t, requests_at_a_time * kernel::request_size> buffer{};
    const ssize_t size = ::read(device_.number(), buffer.data(), buffer.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (size <= 0) {
        problem_ = surroundings_.device + ": " + (size < 0 ? std::generic_category().message(errno) : "it has ended");
        clusterdisc::log_line(clusterdisc::LogLevel::warning, problem_);
        close();
        return;
    }
    const std::span all(buffer.data(), static_cast<std::size_t>(size));
    for (std::size_t at = 0; at < all.size(); at += kernel::request_size) {
        take(all.subspan(at, std::min(kernel::request_size, all.size() - at)));
    }
}

void KernelConnection::take(std::span<const std::uint8_t> bytes) {
    const auto request = kernel::parse_request(bytes);
    const auto sequence = kernel::sequence_of(bytes);
    if (!sequence) {
        return;
    }
    if (!request) {
        write(kernel::answer_record(*sequence, EINVAL));
        return;
    }
    const auto [deadline, is_new] = unanswered_.try_emplace(
        *sequence, surroundings_.event, [this, number = *sequence] { answer(number, EINPROGRESS); });
    if (!is_new) {
        return;
    }
    deadline->second.set(EventLoop::now() + max_time_to_answer);
    requests_.take(*request, [this, number = *sequence](int error) { answer(number, error); });
}

void KernelConnection::answer(std::uint64_t sequence, int error) {
    if (unanswered_.erase(sequence) == 0) {
        return;
    }
    // Who has written reads what has become of it.
    tell_changes();
    write(kernel::answer_record(sequence, error));
}

bool KernelConnection::write(const kernel::Record& record) {
    if (!device_.is_open()) {
        return false;
    }
    ssize_t written = 0;
    do {
        written = ::write(device_.number(), record.data(), record.size());
    } while (written < 0 && errno == EINTR);
    // A process may end at any time.
    if (written < 0 && errno != ESRCH) {
        const std::string problem = surroundings_.device + ": " + std::generic_category().message(errno);
        if (problem != std::exchange(problem_, problem)) {
            clusterdisc::log_line(clusterdisc::LogLevel::warning,
                                  "the kernel does not take what omd tells: " + problem);
        }
    }
    return written == static_cast<ssize_t>(record.size());
}

void KernelConnection::write(const std::vector<kernel::Record>& records) {
    for (const kernel::Record& record : records) {
        write(record);
    }
}

void KernelConnection::tell_changes() {
    if (!device_.is_open()) {
        return;
    }
    kernel::ShownState wanted;
    for (std::size_t file = 0; file < kernel::admin_files; ++file) {
        const auto which = static_cast<AdminFile>(file);
        if (which != AdminFile::overheads && which != AdminFile::mfscosts) {
            wanted.admin.emplace(which, value_of(which));
        }
    }
    wanted.nodes = nodes();
    wanted.processes = processes();
    wanted.guests = guests();
    write(told_.change_to(std::move(wanted)));
}

void KernelConnection::tell_process(pid_t pid) {
    const auto process = device_.is_open() ? find_process(pid) : std::nullopt;
    if (!process) {
        return;
    }
    reasons_.erase(*process);
    const std::string name = std::to_string(pid) + ".json";
    const auto is_guest = [&] { return ::access((surroundings_.run_folder + "/guests/" + name).c_str(), F_OK) == 0; };
    kernel::ProcessState state;
    if (const auto known = read_process_state(surroundings_.run_folder + "/processes/" + name)) {
        state = state_of(*known);
    }
    if (state.where == 0 && !is_guest()) {
        state.reasons = reasons_of(pid);
        if (!state.reasons.empty()) {
            reasons_.emplace(*process, state.reasons);
        }
    }
    write(told_.change_to(*process, state));
}

bool KernelConnection::count_time(const ProcessorTimeRequest& request) {
    const kernel::Process process{.pid = request.pid, .start_time = request.start_time};
    return write(kernel::processor_time_record(process, request.user, request.system));
}

std::int64_t KernelConnection::value_of(AdminFile file) const {
    const auto is_on = [this](NodeSwitch which) { return surroundings_.steering.is_on(which) ? 1 : 0; };
    switch (file) {
        case AdminFile::mospe:
            return surroundings_.membership.node() ? std::int64_t{*surroundings_.membership.node()} : -1;
        case AdminFile::block:
            return is_on(NodeSwitch::block);
        case AdminFile::stay:
            return is_on(NodeSwitch::stay);
        case AdminFile::lstay:
            return is_on(NodeSwitch::lstay);
        case AdminFile::quiet:
            return is_on(NodeSwitch::quiet);
        case AdminFile::nomfs:
            // There is no file system of other nodes.
            return 1;
        case AdminFile::speed:
            return surroundings_.automatic.speed();
        case AdminFile::decay_interval:
            return usual_decay_interval;
        case AdminFile::slow_decay:
            return usual_slow_decay;
        case AdminFile::fast_decay:
            return usual_fast_decay;
        default:
            return 0;
    }
}

std::map<NodeId, kernel::NodeValues> KernelConnection::nodes() const {
    const auto known = surroundings_.automatic.known_nodes();
    std::map<NodeId, kernel::NodeValues> nodes;
    for (const NodeRange& range : nodes_of(surroundings_.membership.entries())) {
        for (std::uint32_t number = range.first; number <= range.last; ++number) {
            const auto node = static_cast<NodeId>(number);
            const auto found = known.find(node);
            nodes.emplace(node, found == known.end() ? kernel::NodeValues() : to_values(found->second));
        }
    }
    return nodes;
}

kernel::ProcessState KernelConnection::state_of(const nlohmann::json& state) const {
    const auto node = static_cast<NodeId>(number_in(state, "node", clusterdisc::last_node_id));
    const auto moves = number_in(state, "moves", std::numeric_limits<std::uint32_t>::max());
    return {.where = node == surroundings_.membership.node() ? NodeId{0} : node,
            .moves = static_cast<std::uint32_t>(moves),
            .reasons = {}};
}

std::map<kernel::Process, kernel::ProcessState> KernelConnection::processes() {
    std::map<kernel::Process, kernel::ProcessState> processes;
    std::erase_if(reasons_, [](const auto& each) { return find_process(each.first.pid) != each.first; });
    for (const auto& [process, reasons] : reasons_) {
        processes[process].reasons = reasons;
    }
    for (const nlohmann::json& state : read_process_list(surroundings_.run_folder + "/processes", false)) {
        if (const auto process = find_process(state["pid"].get<pid_t>())) {
            processes[*process] = state_of(state);
        }
    }
    return processes;
}

std::map<kernel::Process, kernel::Guest> KernelConnection::guests() const {
    std::map<kernel::Process, kernel::Guest> guests;
    for (const nlohmann::json& state : read_process_list(surroundings_.run_folder + "/guests", false)) {
        const auto process = find_process(state["pid"].get<pid_t>());
        const auto home = static_cast<NodeId>(number_in(state, "home", clusterdisc::last_node_id));
        if (process && home != 0) {
            const auto pid = static_cast<pid_t>(number_in(state, "home_pid", std::numeric_limits<pid_t>::max()));
            guests.emplace(
                *process,
                kernel::Guest{.home = home, .pid_at_home = pid, .identity = "name=" + text_in(state, "name")});
        }
    }
    return guests;
}

}  // namespace openmosix
