// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/event_loop.h"
#include "common/file_descriptor.h"
#include "control/requester.h"

namespace openmosix {

/// RUN/omd.sock, where the tools of all users ask: takes one line of each connection, and gives one in return. Who asks
/// is what the kernel says.
class ControlServer {
public:
    using Reply = std::function<void(const std::string& line)>;
    /// Answers a request by calling `reply` once, at once or later. `reply` may be called when the client is gone.
    /// `file` is what came with the request (SCM_RIGHTS); closed when nothing did.
    using Handler = std::function<void(std::string_view line, const Requester& requester,
                                       clusterdisc::FileDescriptor file, const Reply& reply)>;

    /// Throws std::system_error that names the socket; std::runtime_error when another omd listens there.
    ControlServer(sd_event* event, std::string path, Handler handler);
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;
    ControlServer(ControlServer&&) = delete;
    ControlServer& operator=(ControlServer&&) = delete;
    /// Removes the socket.
    ~ControlServer();

private:
    using Number = std::uint64_t;
    struct Client {
        clusterdisc::FileDescriptor socket;
        Requester requester;
        std::string input;
        clusterdisc::FileDescriptor file;
        std::string output;
        clusterdisc::EventSource ready;
        std::optional<clusterdisc::Timer> deadline;
    };
    void accept();
    void read(Number number);
    void answer(Number number, const std::string& line);
    void write(Number number);

    sd_event* event_;
    std::string path_;
    Handler handler_;
    clusterdisc::FileDescriptor socket_;
    clusterdisc::EventSource acceptable_;
    Number last_number_ = 0;
    std::map<Number, Client> clients_;
};

}  // namespace openmosix
