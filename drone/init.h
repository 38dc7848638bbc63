// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "service.h"

namespace clusterdisc {

/// How the PC ends.
enum class Ending : unsigned char { power_off, restart };

/// Something else that is waited for: HANDLE is called when the file can be read.
struct WatchedFile {
    FileDescriptor file;
    std::function<void(int)> handle;
};

/// The first process: keeps services running, reaps every process that has ended, whosever child it was, and
/// at the end stops the services one by one, the last first.
class Init {
public:
    explicit Init(std::vector<ServiceOptions> services);

    /// The handler is forgotten, and the file closed, when it throws.
    void watch(WatchedFile file);

    /// From now on services are stopped; a second call does not wait any longer for what is going on.
    void end(Ending ending);

    /// Runs until all services have been stopped.
    Ending run();

private:
    enum class StopStep : unsigned char { preparing, terminating, killing };

    void wait_for_something();
    [[nodiscard]] std::optional<Clock::time_point> next_time() const;
    void start_what_is_due();
    void read_signals();
    void reap();
    std::vector<Service*> all();
    [[nodiscard]] bool is_prepared() const noexcept;
    void begin_to_stop();
    void stop_further(bool is_impatient);
    void send_next_signal();

    std::vector<Service> services_;
    std::vector<WatchedFile> watched_;
    FileDescriptor signals_;
    std::optional<Ending> ending_;
    /// While ending: services before this index are still to be stopped, the one before it is being stopped.
    std::size_t left_ = 0;
    StopStep step_ = StopStep::preparing;
    Clock::time_point step_ends_{};
    /// What runs before the service is asked to end.
    std::optional<Service> preparation_;
};

}  // namespace clusterdisc
