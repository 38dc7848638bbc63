// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/page_thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <system_error>

namespace openmosix {

clusterdisc::FileDescriptor make_event() {
    clusterdisc::FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!event.is_open()) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    return event;
}

void raise_event(const clusterdisc::FileDescriptor& event) {
    const std::uint64_t one = 1;
    // Fails only when the count is full, and then it is raised already (eventfd(2)).
    [[maybe_unused]] const ssize_t written = ::write(event.number(), &one, sizeof one);
}

bool take_event(const clusterdisc::FileDescriptor& event) {
    std::uint64_t count = 0;
    return ::read(event.number(), &count, sizeof count) == sizeof count;
}

PageThread::PageThread(std::function<bool(int)> serve, std::function<void()> on_failure)
    : stop_(make_event()), finished_(make_event()) {
    // Signals belong to the thread that traces.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        thread_ = std::thread([this, work = std::move(serve), give_up = std::move(on_failure)] {
            try {
                if (work(stop_.number())) {
                    return;
                }
                error_ = "the peer has closed the page connection";
            } catch (const std::exception& error) {
                error_ = error.what();
            }
            has_failed_ = true;
            give_up();
            raise_event(finished_);
        });
    } catch (const std::system_error& error) {
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw std::system_error(error.code(), "cannot start a thread for pages");
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void PageThread::stop() {
    if (thread_.joinable()) {
        raise_event(stop_);
        thread_.join();
    }
}

}  // namespace openmosix
