// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "common/file_descriptor.h"

namespace openmosix {

/// A thread that serves a page connection until it is told to stop. Its end wakes `finished()`.
class PageThread {
public:
    /// `serve` gets an eventfd that is readable when it shall return; false means that the connection ended. Once
    /// has_failed() says so, `on_failure` is called in the thread: whoever waits for a page now waits in vain.
    explicit PageThread(
        std::function<bool(int stop)> serve, std::function<void()> on_failure = [] {});
    PageThread(const PageThread&) = delete;
    PageThread& operator=(const PageThread&) = delete;
    PageThread(PageThread&&) = delete;
    PageThread& operator=(PageThread&&) = delete;
    ~PageThread() { stop(); }

    /// Tells it to return and waits for that.
    void stop();
    /// Readable when the connection has ended or failed by itself.
    [[nodiscard]] int finished() const { return finished_.number(); }
    [[nodiscard]] bool has_failed() const { return has_failed_; }
    /// Why; empty when the peer ended it.
    [[nodiscard]] std::string error() const { return has_failed_ ? error_ : std::string(); }

private:
    clusterdisc::FileDescriptor stop_;
    clusterdisc::FileDescriptor finished_;
    std::string error_;
    std::atomic<bool> has_failed_ = false;
    std::thread thread_;
};

/// An eventfd. Throws std::system_error.
clusterdisc::FileDescriptor make_event();
void raise_event(const clusterdisc::FileDescriptor& event);
/// Whether it was raised since the last time.
bool take_event(const clusterdisc::FileDescriptor& event);

}  // namespace openmosix
