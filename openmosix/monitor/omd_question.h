// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "common/event_loop.h"
#include "common/file_descriptor.h"

namespace openmosix::monitor {

/// One question to the omd of this node, which does not keep the asker waiting. One thread.
class OmdQuestion {
public:
    /// What omd says, which has "ok"; or why nothing came.
    using Answer = std::variant<nlohmann::json, std::string>;
    using OnAnswer = std::function<void(const Answer&)>;

    /// `on_answer` is called once, later, and may destroy this object; not when it is destroyed before. Throws
    /// std::system_error.
    OmdQuestion(sd_event* event, const std::string& run_folder, const std::string& line, clusterdisc::Instant max_wait,
                OnAnswer on_answer);
    OmdQuestion(const OmdQuestion&) = delete;
    OmdQuestion& operator=(const OmdQuestion&) = delete;
    OmdQuestion(OmdQuestion&&) = delete;
    OmdQuestion& operator=(OmdQuestion&&) = delete;
    ~OmdQuestion() = default;

private:
    /// Throws std::runtime_error that says why omd does not take it.
    void send(const std::string& run_folder, const std::string& line);
    void receive();
    void end(const Answer& answer);

    OnAnswer on_answer_;
    clusterdisc::FileDescriptor socket_;
    clusterdisc::EventSource readable_;
    clusterdisc::Timer deadline_;
    std::string received_;
};

}  // namespace openmosix::monitor
