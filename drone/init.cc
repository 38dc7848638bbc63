// SPDX-License-Identifier: GPL-2.0-or-later
#include "init.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <csignal>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <system_error>

#include "kernel_log.h"

namespace clusterdisc {

using std::chrono::milliseconds;

Init::Init(std::vector<ServiceOptions> services) {
    sigset_t signals;
    ::sigemptyset(&signals);
    // SIGINT is the kernel's word for Ctrl-Alt-Del.
    for (const int signal : {SIGCHLD, SIGINT, SIGTERM}) {
        ::sigaddset(&signals, signal);
    }
    signals_ = FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.is_open() || ::sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) {
        throw std::system_error(errno, std::generic_category(), "signalfd");
    }
    for (ServiceOptions& options : services) {
        services_.emplace_back(std::move(options));
    }
}

void Init::watch(WatchedFile file) {
    watched_.push_back(std::move(file));
}

Ending Init::run() {
    while (!ending_ || left_ > 0) {
        start_what_is_due();
        wait_for_something();
        if (ending_) {
            stop_further(false);
        }
    }
    return *ending_;
}

std::optional<Clock::time_point> Init::next_time() const {
    std::optional<Clock::time_point> next;
    const auto take = [&next](Clock::time_point time) { next = next ? std::min(*next, time) : time; };
    for (const Service& service : services_) {
        if (const auto time = service.start_time()) {
            take(*time);
        }
    }
    if (ending_) {
        take(step_ends_);
    }
    return next;
}

void Init::start_what_is_due() {
    const auto now = Clock::now();
    for (Service& service : services_) {
        if (const auto time = service.start_time(); time && *time <= now) {
            service.start(now);
        }
    }
}

void Init::wait_for_something() {
    std::vector<pollfd> files{{signals_.number(), POLLIN, 0}};
    const std::vector<Service*> services = all();
    for (const Service* service : services) {
        // poll(2) passes over a negative number.
        files.push_back({service->output(), POLLIN, 0});
    }
    for (const WatchedFile& file : watched_) {
        files.push_back({file.file.number(), POLLIN, 0});
    }
    int timeout = -1;
    if (const auto time = next_time()) {
        const auto left = std::chrono::ceil<milliseconds>(*time - Clock::now()).count();
        timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
    }
    if (::poll(files.data(), files.size(), timeout) <= 0) {
        return;
    }
    const auto is_ready = [&files](std::size_t index) { return files[index].revents != 0; };
    for (std::size_t index = 0; index < services.size(); ++index) {
        if (is_ready(1 + index)) {
            services[index]->read_output();
        }
    }
    // A handler may add files to watch, which moves the others.
    const std::size_t count = watched_.size();
    for (std::size_t index = 0; index < count; ++index) {
        if (!is_ready(1 + services.size() + index)) {
            continue;
        }
        try {
            const auto handle = watched_[index].handle;
            handle(watched_[index].file.number());
        } catch (const std::exception& error) {
            write_kernel_log(Priority::warning, "drone", error.what());
            watched_[index].file = FileDescriptor();
        }
    }
    std::erase_if(watched_, [](const WatchedFile& file) { return !file.file.is_open(); });
    if (is_ready(0)) {
        read_signals();
    }
}

void Init::read_signals() {
    signalfd_siginfo signal{};
    while (::read(signals_.number(), &signal, sizeof(signal)) == static_cast<ssize_t>(sizeof(signal))) {
        if (signal.ssi_signo == SIGCHLD) {
            // Several children that end at the same time make one signal.
            reap();
        } else {
            end(signal.ssi_signo == SIGINT ? Ending::restart : Ending::power_off);
        }
    }
}

void Init::reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        for (Service* const service : all()) {
            if (service->pid() == pid) {
                service->note_end(status, Clock::now());
            }
        }
    }
}

void Init::end(Ending ending) {
    if (ending_) {
        stop_further(true);
        return;
    }
    ending_ = ending;
    for (Service& service : services_) {
        service.forbid_restart();
    }
    left_ = services_.size();
    begin_to_stop();
}

void Init::begin_to_stop() {
    if (left_ == 0) {
        return;
    }
    const ServiceOptions& options = services_[left_ - 1].options();
    step_ = StopStep::preparing;
    step_ends_ = Clock::now();
    preparation_.reset();
    if (!options.before_stop.empty() && services_[left_ - 1].is_running()) {
        preparation_.emplace(ServiceOptions{.name = options.name, .child = {.command = options.before_stop}});
        preparation_->forbid_restart();
        preparation_->start(step_ends_);
        step_ends_ += options.max_before_stop;
    }
}

std::vector<Service*> Init::all() {
    std::vector<Service*> result;
    for (Service& service : services_) {
        result.push_back(&service);
    }
    if (preparation_) {
        result.push_back(&*preparation_);
    }
    return result;
}

bool Init::is_prepared() const noexcept {
    return step_ == StopStep::preparing && (!preparation_ || !preparation_->is_running());
}

void Init::stop_further(bool is_impatient) {
    while (left_ > 0) {
        if (step_ != StopStep::preparing && !services_[left_ - 1].is_running()) {
            --left_;
            begin_to_stop();
            continue;
        }
        if (!is_prepared() && !is_impatient && Clock::now() < step_ends_) {
            return;
        }
        // Impatience is for one step.
        is_impatient = false;
        send_next_signal();
    }
}

void Init::send_next_signal() {
    const Service& service = services_[left_ - 1];
    if (step_ == StopStep::preparing) {
        if (preparation_) {
            preparation_->send_signal(SIGKILL);
        }
        step_ = StopStep::terminating;
        step_ends_ = Clock::now() + service.options().max_stop;
        service.send_signal(SIGTERM);
        return;
    }
    if (step_ == StopStep::killing) {
        // Only what hangs in the kernel survives that, and no signal will help.
        --left_;
        begin_to_stop();
        return;
    }
    write_kernel_log(Priority::warning, service.options().name, "does not end and is killed");
    step_ = StopStep::killing;
    step_ends_ = Clock::now() + milliseconds(2000);
    service.send_signal(SIGKILL);
}

}  // namespace clusterdisc
