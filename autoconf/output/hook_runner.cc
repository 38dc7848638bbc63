// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/hook_runner.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/log.h"

namespace clusterdisc {
namespace {

constexpr std::size_t max_waiting = 1024;
constexpr Instant max_run = std::chrono::seconds(30);

bool is_hook_name(const std::string& name) {
    return !name.empty() && std::ranges::all_of(name, [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
               (character >= '0' && character <= '9') || character == '_' || character == '-';
    });
}

/// What posix_spawn(3) is told: a process group of its own, no blocked signals, and nothing to read.
class SpawnSettings {
public:
    SpawnSettings() {
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawn_file_actions_init(&actions_);
        sigset_t none{};
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    SpawnSettings(SpawnSettings&&) = delete;
    SpawnSettings& operator=(SpawnSettings&&) = delete;
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }
    [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }

private:
    posix_spawnattr_t attributes_{};
    posix_spawn_file_actions_t actions_{};
};

/// As exec(3) takes them; they point into `texts`.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

int spawn(pid_t& process, std::vector<std::string> arguments, std::vector<std::string> environment) {
    const SpawnSettings settings;
    return ::posix_spawn(&process, arguments.front().c_str(), settings.actions(), settings.attributes(),
                         pointers_to(arguments).data(), pointers_to(environment).data());
}

}  // namespace

std::vector<std::string> hook_programs(const std::string& folder, std::vector<std::string>& problems) {
    std::vector<std::string> programs;
    std::error_code error;
    // No such folder is the same as an empty one.
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string path = entry->path().string();
        struct stat status {};
        if (!is_hook_name(entry->path().filename().string()) || ::stat(path.c_str(), &status) != 0 ||
            !S_ISREG(status.st_mode) || (status.st_mode & S_IXUSR) == 0) {
            continue;
        }
        const bool is_safe =
            (status.st_uid == 0 || status.st_uid == ::geteuid()) && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
        if (is_safe) {
            programs.push_back(path);
        } else {
            problems.push_back(path + " is not run: others can change it (chown root, chmod go-w)");
        }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        problems.push_back("cannot read " + folder + ": " + error.message());
    }
    std::ranges::sort(programs);
    return programs;
}

HookRunner::HookRunner(sd_event* event, std::string folder, std::string run_folder)
    : event_(event), folder_(std::move(folder)), run_folder_(std::move(run_folder)),
      deadline_(event, [this] { stop(); }) {
    // sd_event_add_child(3) needs it blocked, and it must be so before any thread starts.
    sigset_t child_signal{};
    ::sigemptyset(&child_signal);
    ::sigaddset(&child_signal, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child_signal, nullptr);
}

HookRunner::~HookRunner() {
    if (running_ != 0) {
        ::kill(-running_, SIGKILL);
        ::waitpid(running_, nullptr, 0);
    }
}

void HookRunner::run(const MembershipEvent& event) {
    if (events_.size() == max_waiting) {
        events_.pop_front();
        if (lost_++ == 0) {
            log_line(LogLevel::warning, "the hooks in " + folder_ + " are too slow: events are lost");
        }
    }
    events_.push_back(event);
    start_next();
}

void HookRunner::expand_next_event() {
    const MembershipEvent event = std::move(events_.front());
    events_.pop_front();
    if (events_.empty() && lost_ > 0) {
        log_line(LogLevel::warning, std::to_string(std::exchange(lost_, 0)) + " events were lost for the hooks");
    }
    std::vector<std::string> problems;
    for (std::string& program : hook_programs(folder_, problems)) {
        waiting_.push_back({.program = std::move(program), .event = event});
    }
    for (const std::string& problem : problems) {
        if (reported_.insert(problem).second) {
            log_line(LogLevel::warning, problem);
        }
    }
}

void HookRunner::start_next() {
    while (running_ == 0 && !(waiting_.empty() && events_.empty())) {
        if (waiting_.empty()) {
            expand_next_event();
            continue;
        }
        const Job job = std::move(waiting_.front());
        waiting_.pop_front();
        start(job);
    }
}

void HookRunner::start(const Job& job) {
    const std::string kind = to_text(job.event.kind);
    const std::string id = std::to_string(job.event.id);
    const std::vector<std::string> arguments = {job.program, kind, id, job.event.address, job.event.name};
    const std::vector<std::string> environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                                  "OPENMOSIX_EVENT=" + kind,
                                                  "OPENMOSIX_NODE=" + id,
                                                  "OPENMOSIX_ADDRESS=" + job.event.address,
                                                  "OPENMOSIX_NAME=" + job.event.name,
                                                  "OPENMOSIX_RUN_DIR=" + run_folder_};
    const int error = spawn(running_, arguments, environment);
    if (error != 0) {
        running_ = 0;
        log_line(LogLevel::warning, "cannot run " + job.program + ": " + std::strerror(error));
        return;
    }
    program_ = job.program;
    sd_event_source* source = nullptr;
    const int result = ::sd_event_add_child(event_, &source, running_, WEXITED, &HookRunner::on_exit, this);
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), "cannot wait for " + job.program);
    }
    child_ = EventSource(source);
    deadline_.set(EventLoop::now() + max_run);
}

int HookRunner::on_exit(sd_event_source*, const siginfo_t* status, void* self) {
    static_cast<HookRunner*>(self)->end(*status);
    return 0;
}

void HookRunner::end(const siginfo_t& status) {
    deadline_.stop();
    running_ = 0;
    if (status.si_code != CLD_EXITED) {
        log_line(LogLevel::warning, program_ + " was ended by signal " + std::to_string(status.si_status));
    } else if (status.si_status != 0) {
        log_line(LogLevel::warning, program_ + " failed with status " + std::to_string(status.si_status));
    }
    // Not from within the callback of the source that is replaced by it.
    again_ = add_deferred(event_, [this] { start_next(); });
}

void HookRunner::stop() {
    if (running_ != 0) {
        log_line(LogLevel::warning, program_ + " takes longer than 30 seconds: ending it");
        ::kill(-running_, SIGKILL);
    }
}

}  // namespace clusterdisc
