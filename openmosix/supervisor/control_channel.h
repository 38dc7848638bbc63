// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/file_descriptor.h"
#include "control/requester.h"

namespace openmosix {

/// What omd tells a supervisor to do: one JSON object in a line, which also says who asks (add_requester()),
///
///     {"command":"migrate","node":2,"address":"10.77.0.2","port":723,"at":"now",...}         ("at": "now" or "exec")
///     {"command":"home",...}
///     {"command":"file","path":"/...",...}            (with the open file, by SCM_RIGHTS in unix(7))
struct Command {
    enum class Kind : std::uint8_t { migrate, home, file };
    Kind kind = Kind::home;
    std::uint32_t node = 0;
    std::string address;
    std::uint16_t port = 0;
    bool at_exec = false;
    /// What the file will be called.
    std::string path;
    std::shared_ptr<clusterdisc::FileDescriptor> file;
    /// Who wants it: omd has looked whether they may, and once the process is frozen it is looked at again.
    Requester requester;
    /// To whom the answer goes.
    std::shared_ptr<clusterdisc::FileDescriptor> client;
};

/// None when it is no such command; `problem` says why.
std::optional<Command> parse_command(const std::string& line, std::string& problem);

/// Of the supervisor of a guest whose body has this pid: the name of its channel. It takes "home" only, and answers
/// when the guest is home or has ended.
inline std::string guest_channel_name(pid_t body) {
    return "guest-" + std::to_string(body);
}

/// Where omd reaches a supervisor: RUN/supervisors/NAME.sock, for root alone, and a connection that it was born with.
class ControlChannel {
public:
    /// `first` may be -1.
    ControlChannel(const std::string& run_folder, const std::string& name, int first);
    ControlChannel(const ControlChannel&) = delete;
    ControlChannel& operator=(const ControlChannel&) = delete;
    ControlChannel(ControlChannel&&) = delete;
    ControlChannel& operator=(ControlChannel&&) = delete;
    ~ControlChannel();

    /// What to wait for.
    [[nodiscard]] std::vector<int> descriptors() const;
    /// Reads what is there.
    std::vector<Command> receive();
    /// {"ok":true}, or {"ok":false,"reason":...} when there is a reason; the connection ends with it.
    static void answer(const Command& command, const std::string& reason);

private:
    struct Client {
        std::shared_ptr<clusterdisc::FileDescriptor> socket;
        std::string input;
        clusterdisc::FileDescriptor file{};
    };
    void accept();

    std::string path_;
    clusterdisc::FileDescriptor listener_;
    std::vector<Client> clients_;
};

}  // namespace openmosix
