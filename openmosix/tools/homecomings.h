// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

namespace openmosix {

/// Has omd send all guests home, or bring all own processes home, several at a time, and says on standard error of each
/// how that ended. Once in a program, which must have blocked SIGINT and SIGTERM: they end the run.
class Homecomings {
public:
    enum class Whose : std::uint8_t { guests, own };
    enum class End : std::uint8_t { all_home, some_stay, interrupted };

    Homecomings(std::string run_folder, Whose whose);

    /// Returns when there is nothing left that could go home, or when `wait` is over. Requests may go on then, in
    /// threads that use this object: so the program has to end with _exit(2). Throws std::runtime_error when omd does
    /// not answer.
    End run(std::chrono::seconds wait);

    /// So many are on their way at a time: each takes memory at home, and they share the network.
    static constexpr std::size_t max_at_a_time = 8;

private:
    enum class Stage : std::uint8_t { waiting, asked, home, refused };
    struct Traveller {
        Stage stage = Stage::waiting;
        /// For people: its pid, its name, and where it comes from.
        std::string description;
    };

    /// Asks omd what there is. Throws std::runtime_error when it does not answer.
    void look();
    /// The same, and nothing when it does not answer now: it may be started again at this moment.
    void try_to_look();
    void start_requests();
    void take_answers();
    [[nodiscard]] std::size_t count(Stage stage) const;
    [[nodiscard]] std::string describe(const nlohmann::json& state) const;
    void say_what_is_left(const std::string& why) const;

    std::string run_folder_;
    Whose whose_;
    std::map<pid_t, Traveller> travellers_;
    /// Guests that omd counts and does not list yet.
    std::uint64_t arriving_ = 0;

    std::mutex mutex_;
    /// Of requests that have ended: what omd has answered.
    std::map<pid_t, nlohmann::json> answers_;
};

}  // namespace openmosix
