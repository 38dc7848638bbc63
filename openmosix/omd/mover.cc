// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/mover.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "common/file.h"
#include "common/node_settings.h"
#include "common/printable_text.h"
#include "control/authority.h"
#include "control/descriptor_passing.h"
#include "control/node_list.h"
#include "control/process_list.h"
#include "tracee/process_end.h"

namespace openmosix {

namespace {

using clusterdisc::NodeId;

constexpr clusterdisc::Instant max_move = std::chrono::seconds(60);
constexpr clusterdisc::Instant max_write = std::chrono::minutes(10);
/// Until a supervisor that has just been started is looked for again, or one that ends has ended.
constexpr clusterdisc::Instant retry_pause = std::chrono::milliseconds(5);
constexpr std::size_t max_supervisor_answer = std::size_t{64} << 10U;

bool runs(pid_t pid, const std::string& program) {
    struct stat its {};
    struct stat wanted {};
    return ::stat(("/proc/" + std::to_string(pid) + "/exe").c_str(), &its) == 0 &&
           ::stat(program.c_str(), &wanted) == 0 && its.st_dev == wanted.st_dev && its.st_ino == wanted.st_ino;
}

nlohmann::json read_json(const std::string& path) {
    constexpr std::size_t longest = 65536;
    const auto text = clusterdisc::read_file(path, longest);
    return text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
}

/// A command to a supervisor.
std::string to_line(nlohmann::json json, const Requester& requester) {
    add_requester(json, requester);
    return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + '\n';
}

/// In kB; 0 when it is not known.
std::uint64_t resident_memory(pid_t pid) {
    constexpr std::size_t longest = 65536;
    const auto status = clusterdisc::read_file("/proc/" + std::to_string(pid) + "/statm", longest).value_or("");
    const std::size_t blank = status.find(' ');
    const auto pages = blank == std::string::npos ? 0 : std::strtoull(status.c_str() + blank, nullptr, 10);
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

/// Closed, and errno set, when nobody listens there.
clusterdisc::FileDescriptor connect_to_supervisor(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return clusterdisc::FileDescriptor();
    }
    std::memcpy(&address.sun_path, path.c_str(), path.size() + 1);
    clusterdisc::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (socket.is_open() && ::connect(socket.number(), generic, sizeof address) != 0) {
        const int error = errno;
        socket = clusterdisc::FileDescriptor();
        errno = error;
    }
    return socket;
}

}  // namespace

void Mover::move(const MoveRequest& request, const Requester& requester, clusterdisc::FileDescriptor file,
                 Reply reply) {
    const Number number = ++last_number_;
    Job& job = jobs_[number];
    job.request = request;
    job.requester = requester;
    job.file = std::move(file);
    job.reply = std::move(reply);
    job.deadline.emplace(surroundings_.event, [this, number] {
        finish(number, pending_line(subject(number) + "its supervisor has not answered in time; where it is: mps"));
    });
    job.deadline->set(clusterdisc::EventLoop::now() + (request.to == "file" ? max_write : max_move));
    try {
        const std::string reason = objection(request, requester);
        if (reason.empty()) {
            aim(number);
        } else {
            refuse(number, reason);
        }
    } catch (const std::exception& error) {
        refuse(number, error.what());
    }
}

std::string Mover::objection(const MoveRequest& request, const Requester& requester) const {
    const pid_t pid = request.pid;
    const auto status = find_process_status(pid);
    if (!status) {
        return "there is no such process";
    }
    std::string reason = objection_to(requester, *status, is_closed_to_owner(pid, status->users[1]));
    if (!reason.empty()) {
        return reason;
    }
    if (pid == ::getpid() || runs(pid, surroundings_.launcher.settings().program)) {
        return "it is a part of omd, which does not move";
    }
    const auto guest = guest_state(pid);
    if (guest.is_object()) {
        const bool may_go_home = request.to == "home" && requester.user == 0;
        return may_go_home
                   ? ""
                   : "it is a guest from node " + std::to_string(number_in(guest, "home", clusterdisc::last_node_id)) +
                         ", where it is process " +
                         std::to_string(number_in(guest, "home_pid", std::numeric_limits<pid_t>::max())) +
                         ": move it there; root may send it home";
    }
    if (!surroundings_.membership.node()) {
        return surroundings_.membership.problem();
    }
    if (surroundings_.configuration.cluster.nomigrate && request.to != "home" && request.to != "file") {
        return "processes of this node stay here: nomigrate is set, in its configuration or at the boot prompt";
    }
    return {};
}

nlohmann::json Mover::guest_state(pid_t pid) const {
    return read_json(surroundings_.run_folder + "/guests/" + std::to_string(pid) + ".json");
}

void Mover::aim(Number number) {
    Job& job = jobs_.at(number);
    const std::string& to = job.request.to;
    job.is_guest = guest_state(job.request.pid).is_object();
    if (job.is_guest) {
        job.command = to_line({{"command", "home"}}, job.requester);
        pass_on(number);
        return;
    }
    if (to == "home") {
        aim_at(number, *surroundings_.membership.node());
        return;
    }
    if (to == "balance") {
        balance(number);
        return;
    }
    if (to == "file") {
        if (!job.file.is_open()) {
            refuse(number, "the request came without the open file that the image is written to");
            return;
        }
        job.command = to_line({{"command", "file"}, {"path", job.request.file}}, job.requester);
        pass_on(number);
        return;
    }
    const auto node = clusterdisc::parse_node_id(to);
    if (!node) {
        refuse(number, clusterdisc::shown(to) + " is no place to move to: that is a node id, home, balance or file");
        return;
    }
    aim_at(number, *node);
}

void Mover::aim_at(Number number, NodeId node) {
    Job& job = jobs_.at(number);
    const auto& entries = surroundings_.membership.entries();
    if (node == surroundings_.membership.node()) {
        job.is_home = true;
        job.command = to_line({{"command", "home"}}, job.requester);
        pass_on(number);
        return;
    }
    if (!may_run_on(job.request.pid, node)) {
        refuse(number, "it may not run on node " + std::to_string(node) + ": others are set for it (mosrun -m)");
        return;
    }
    const auto address = clusterdisc::address_in_map(entries, node);
    if (!address) {
        refuse(number,
               "node " + std::to_string(node) + " is not in the node map: known are " + to_text(nodes_of(entries)));
        return;
    }
    if (!clusterdisc::parse_ip_address(*address)) {
        refuse(number, "node " + std::to_string(node) + " has a name in the node map, " + *address +
                           ", where omd needs an address");
        return;
    }
    job.command = to_line({{"command", "migrate"},
                           {"node", node},
                           {"address", *address},
                           {"port", surroundings_.configuration.port},
                           {"at", job.request.at_exec ? "exec" : "now"}},
                          job.requester);
    pass_on(number);
}

void Mover::balance(Number number) {
    Job& job = jobs_.at(number);
    const auto& membership = surroundings_.membership;
    const auto wanted =
        job.request.among.empty() ? std::optional(nodes_of(membership.entries())) : parse_node_list(job.request.among);
    if (!wanted) {
        refuse(number, node_list_problem(job.request.among));
        return;
    }
    Balancer::Question question;
    question.own_node = *membership.node();
    question.own_speed = surroundings_.own_speed();
    question.place = place_of(job.request.pid);
    question.may_be_home = contains(*wanted, question.own_node);
    question.memory_kb = resident_memory(job.request.pid);
    const bool may_ask = !surroundings_.steering.is_on(NodeSwitch::quiet);
    if (const auto node = may_ask ? surroundings_.best_place(job.request.pid, question.place, *wanted) : std::nullopt) {
        aim_at(number, *node);
        return;
    }
    for (const auto& [node, address] : addresses_among(membership.entries(), *wanted)) {
        if (may_ask && node != question.own_node && may_run_on(job.request.pid, node)) {
            question.candidates.push_back({node, to_text(address), surroundings_.configuration.port});
        }
    }
    surroundings_.balancer.ask(question, surroundings_.keys, [this, number](const Balancer::Answer& answer) {
        if (!jobs_.contains(number)) {
            return;
        }
        const auto* const node = std::get_if<NodeId>(&answer);
        if (node != nullptr) {
            aim_at(number, *node);
        } else {
            refuse(number, std::get<std::string>(answer));
        }
    });
}

bool Mover::may_run_on(pid_t pid, NodeId node) const {
    const auto nodes = surroundings_.hints.hints_of(pid).nodes.value_or(std::vector<NodeRange>());
    return nodes.empty() || contains(nodes, node);
}

NodeId Mover::place_of(pid_t pid) const {
    const auto state = read_json(surroundings_.run_folder + "/processes/" + std::to_string(pid) + ".json");
    const auto node = static_cast<NodeId>(number_in(state, "node", clusterdisc::last_node_id));
    return node != 0 ? node : surroundings_.membership.node().value_or(0);
}

void Mover::pass_on(Number number) {
    Job& job = jobs_.at(number);
    const pid_t pid = job.request.pid;
    const std::string name = (job.is_guest ? "guest-" : "") + std::to_string(pid);
    const std::string path = surroundings_.run_folder + "/supervisors/" + name + ".sock";
    job.is_waiting = false;
    if (job.retry) {
        // It may be the end of a supervisor that brought us here, not the time.
        job.retry->stop();
    }
    job.socket = connect_to_supervisor(path);
    if (job.socket.is_open()) {
        job.is_old_supervisor = true;
        wait_for_answer(number);
        return;
    }
    const bool is_nobody_there = errno == ENOENT || errno == ECONNREFUSED;
    if (!is_nobody_there || (!job.is_guest && surroundings_.launcher.watches(pid))) {
        // It is about to listen, about to end, or has much to do.
        job.is_waiting = true;
        if (!job.retry) {
            job.retry.emplace(surroundings_.event, [this, number] { pass_on(number); });
        }
        job.retry->set(clusterdisc::EventLoop::now() + retry_pause);
        return;
    }
    // A killed one leaves its socket.
    ::unlink(path.c_str());
    if (job.is_guest) {
        if (has_ended(pid) && !guest_state(pid).is_object()) {
            finish(number, success_line());
        } else {
            // One that ends by itself takes its state file with it.
            refuse(number, "its supervisor cannot be asked; the log of omd says why (journalctl -u omd)");
        }
        return;
    }
    if (job.is_home) {
        // It may have been away until now, and have ended with its supervisor.
        if (has_ended(pid)) {
            refuse(number, ProcessEnded().what());
        } else {
            finish(number, success_line());
        }
        return;
    }
    start_supervisor(number);
}

void Mover::start_supervisor(Number number) {
    Job& job = jobs_.at(number);
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        refuse(number, "no connection to a supervisor: " + std::generic_category().message(errno));
        return;
    }
    job.socket = clusterdisc::FileDescriptor(ends[0]);
    const clusterdisc::FileDescriptor theirs(ends[1]);
    job.is_old_supervisor = false;
    try {
        surroundings_.launcher.start_home(job.request.pid, *surroundings_.membership.node(), theirs);
    } catch (const std::system_error& error) {
        refuse(number, error.what());
        return;
    }
    wait_for_answer(number);
}

void Mover::wait_for_answer(Number number) {
    Job& job = jobs_.at(number);
    job.answer.clear();
    // Fits into the buffer of a connection over which nothing has gone yet; when the supervisor is gone, the answer
    // will not come, either.
    const ssize_t sent = send_with_descriptor(job.socket.number(), job.command, job.file.number());
    static_cast<void>(sent);
    job.readable = clusterdisc::add_io(surroundings_.event, job.socket.number(), EPOLLIN,
                                       [this, number](std::uint32_t) { take_answer(number); });
}

void Mover::take_answer(Number number) {
    Job& job = jobs_.at(number);
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(job.socket.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (size > 0) {
        job.answer.append(buffer.data(), static_cast<std::size_t>(size));
        if (!job.answer.ends_with('\n') && job.answer.size() < max_supervisor_answer) {
            return;
        }
    }
    job.readable = clusterdisc::EventSource();
    const auto answer = nlohmann::json::parse(job.answer, nullptr, false);
    if (answer.is_object() && answer.value("ok", false)) {
        finish(number, success_line());
    } else if (answer.is_object() && answer.contains("reason") && answer["reason"].is_string()) {
        refuse(number, answer["reason"].get<std::string>());
    } else if (job.is_old_supervisor) {
        // It was ending, as its process is at home for good, when it got our command.
        pass_on(number);
    } else {
        refuse(number, "its supervisor has ended without an answer; the log of omd says why (journalctl -u omd)");
    }
}

void Mover::supervisor_ended(pid_t pid) {
    std::vector<Number> waiting;
    for (const auto& [number, job] : jobs_) {
        if (job.is_waiting && job.request.pid == pid) {
            waiting.push_back(number);
        }
    }
    for (const Number number : waiting) {
        pass_on(number);
    }
}

void Mover::refuse(Number number, const std::string& reason) {
    finish(number, refusal_line(subject(number) + reason));
}

std::string Mover::subject(Number number) const {
    return "process " + std::to_string(jobs_.at(number).request.pid) + ": ";
}

void Mover::finish(Number number, const std::string& line) {
    // Event sources may end inside the functions that they call.
    const auto job = jobs_.extract(number);
    surroundings_.move_ended(job.mapped().request.pid);
    job.mapped().reply(line);
}

}  // namespace openmosix
