// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "common/event_loop.h"
#include "common/file_descriptor.h"

namespace openmosix {

/// What a process has just done.
struct ProcessEvent {
    enum class Kind : std::uint8_t {
        /// execve(2) was successful.
        executed,
        /// Its main thread has ended by itself, or by a signal.
        exited,
        killed,
    };
    Kind kind = Kind::executed;
    pid_t pid = 0;

    bool operator==(const ProcessEvent&) const = default;
};

/// From a message of the kernel's process events connector; none when it is anything else.
std::optional<ProcessEvent> parse_process_event(std::span<const std::uint8_t> message);

/// Hears from the kernel which processes of this machine execute programs and end (process events connector,
/// linux/cn_proc.h). A filter lets the kernel drop all other events without waking us. Some may be lost when there are
/// many at once. One thread.
class ProcessEvents {
public:
    /// Throws std::system_error when the kernel does not have them or does not let us hear them, for which
    /// CAP_NET_ADMIN is needed. `network`: the file of the initial network namespace, the only one in which there are
    /// such events; empty: omd is in it.
    ProcessEvents(sd_event* event, const std::string& network, std::function<void(const ProcessEvent&)> on_event);
    ProcessEvents(const ProcessEvents&) = delete;
    ProcessEvents& operator=(const ProcessEvents&) = delete;
    ProcessEvents(ProcessEvents&&) = delete;
    ProcessEvents& operator=(ProcessEvents&&) = delete;
    ~ProcessEvents();

private:
    void receive();

    std::function<void(const ProcessEvent&)> on_event_;
    clusterdisc::FileDescriptor socket_;
    clusterdisc::EventSource readable_;
};

}  // namespace openmosix
