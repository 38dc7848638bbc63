// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "common/event_loop.h"
#include "common/file_descriptor.h"
#include "control/request.h"
#include "kernel_interface/records.h"
#include "kernel_interface/told_state.h"
#include "omd/kernel_requests.h"

namespace openmosix {

inline constexpr const char* kernel_device = "/dev/openmosix";

/// omd's end of our kernel's openMosix interface (docs/openmosix-interface.md): tells the kernel what the files in
/// /proc/hpc and /proc/PID say, and answers what people write there. On a kernel without the interface it does nothing.
/// One thread.
class KernelConnection {
public:
    /// What it needs of omd; all must live longer.
    struct Surroundings {
        sd_event* event = nullptr;
        /// The device, which need not be there.
        std::string device;
        std::string run_folder;
        const Membership& membership;
        Mover& mover;
        Steering& steering;
        const HintStore& hints;
        AutomaticBalancing& automatic;
    };

    explicit KernelConnection(Surroundings surroundings);

    /// Tells what has changed, at once; it also does so by itself each second.
    void tell_changes();
    /// The same for one process: a move of it has ended, in whatever way.
    void tell_process(pid_t pid);
    /// True if the kernel counts the time that a process has used elsewhere.
    bool count_time(const ProcessorTimeRequest& request);

private:
    void tick();
    void open();
    void close();
    void read_requests();
    void take(std::span<const std::uint8_t> bytes);
    void answer(std::uint64_t sequence, int error);
    /// True if the kernel has taken it.
    bool write(const kernel::Record& record);
    void write(const std::vector<kernel::Record>& records);
    [[nodiscard]] std::int64_t value_of(kernel::AdminFile file) const;
    [[nodiscard]] std::map<clusterdisc::NodeId, kernel::NodeValues> nodes() const;
    [[nodiscard]] kernel::ProcessState state_of(const nlohmann::json& state) const;
    std::map<kernel::Process, kernel::ProcessState> processes();
    [[nodiscard]] std::map<kernel::Process, kernel::Guest> guests() const;

    Surroundings surroundings_;
    KernelRequests requests_;
    clusterdisc::FileDescriptor device_;
    clusterdisc::EventSource readable_;
    kernel::ToldState told_;
    /// Why processes stay that are at home, of those that somebody tried to move.
    std::map<kernel::Process, std::string> reasons_;
    /// Requests whose answer has not come, with the time at which nobody waits for it any more.
    std::map<std::uint64_t, clusterdisc::Timer> unanswered_;
    clusterdisc::Timer timer_;
    /// What the log says of the device once.
    std::string problem_;
};

}  // namespace openmosix
