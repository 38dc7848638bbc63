// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace openmosix::balance {

/// What a program will need, for the decision where to start it.
struct ProgramNeeds {
    /// Standard processor seconds.
    double work = 0;
    /// Per standard processor second.
    double calls_per_work = 0;
    double call_bytes_per_work = 0;
    std::uint32_t pages = 0;
    /// The share of its time in which it runs or waits for a processor.
    double demand = 1;
};

/// What programs needed that have ended, by their names: means in which the last ones count most. Bounded; the name
/// that was not used for longest is forgotten first. One thread.
class CommandHistory {
public:
    void ended(const std::string& command, const ProgramNeeds& needs);
    /// Means of what its former runs needed; none of a command that is not known.
    [[nodiscard]] std::optional<ProgramNeeds> find(const std::string& command) const;
    /// Of a command that is not known: tuning::unknown_work and nothing else.
    [[nodiscard]] ProgramNeeds expected(const std::string& command) const;
    [[nodiscard]] std::size_t size() const { return known_.size(); }

private:
    struct Known {
        ProgramNeeds mean;
        std::uint64_t last_use = 0;
    };
    std::map<std::string, Known> known_;
    std::uint64_t uses_ = 0;
};

}  // namespace openmosix::balance
