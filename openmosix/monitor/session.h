// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "monitor/canvas.h"
#include "monitor/cluster_model.h"
#include "monitor/key.h"
#include "monitor/line_input.h"
#include "monitor/nodes_page.h"
#include "monitor/processes_page.h"

namespace openmosix::monitor {

/// What somebody sees and does at the terminal: keys and answers go in, pictures and orders come out. Knows neither
/// terminal nor socket.
class Session {
public:
    enum class Page : std::uint8_t { nodes, processes };
    struct Quit {};
    /// The terminal does not show any more what it was sent.
    struct Repaint {};
    struct Move {
        ProcessKey process;
        /// A node id, `home` or `balance`.
        std::string to;

        bool operator==(const Move&) const = default;
    };
    /// Whether a process may leave by itself changes to the opposite.
    struct ToggleLock {
        ProcessKey process;

        bool operator==(const ToggleLock&) const = default;
    };
    /// What is to be done because of a key; nothing but drawing otherwise.
    using Action = std::variant<std::monostate, Quit, Repaint, Move, ToggleLock>;

    Session(const ChartSettings& settings, Page first, bool only_moved);

    Action press(Key key);
    void resize(ScreenSize size);

    void take_cluster(const nlohmann::json& answer) { cluster_.take(answer); }
    void take_processes(const ProcessModel& model);
    void set_reason(const ProcessKey& process, const std::string& reason) { processes_.set_reason(process, reason); }
    void set_lock(const ProcessKey& process, bool is_locked) { processes_.set_lock(process, is_locked); }
    /// What omd says of a process.
    void set_why(const ProcessKey& process, const std::string& why);
    /// Shown until the next key.
    void say(const std::string& message) { message_ = message; }
    /// Why nothing is known; empty: something is.
    void set_problem(const std::string& problem) { problem_ = problem; }

    [[nodiscard]] Page page() const { return page_; }
    [[nodiscard]] std::optional<TableRow> selected() const { return processes_.selected(); }
    /// Whether what omd says of it is wanted.
    [[nodiscard]] bool shows_details() const { return shows_details_; }
    [[nodiscard]] std::span<const ProcessFacts> visible_processes() const { return processes_.visible(); }
    [[nodiscard]] std::optional<clusterdisc::NodeId> own_node() const { return cluster_.own(); }

    [[nodiscard]] Canvas draw() const;

    /// On a smaller screen there is only a line that says so.
    static constexpr ScreenSize min_size{.rows = 8, .columns = 30};

private:
    /// What is asked for.
    enum class Wanted : std::uint8_t { first_node, place, process };

    void ask_for(Wanted wanted, const std::string& question);
    Action take_input(const std::string& typed);
    Action press_in_input(Key key);
    Action press_in_processes(Key key);
    Action press_in_text(Key key);
    [[nodiscard]] bool shows_text() const { return shows_help_ || shows_details_; }
    [[nodiscard]] std::string text_page() const;
    void draw_text(Canvas& canvas) const;
    void draw_problem(Canvas& canvas) const;
    void draw_message(Canvas& canvas) const;
    void draw_last_row(Canvas& canvas) const;
    [[nodiscard]] std::string legend() const;

    ScreenSize size_;
    ClusterModel cluster_;
    NodesPage nodes_;
    ProcessesPage processes_;
    Page page_;
    bool shows_help_ = false;
    bool shows_details_ = false;
    /// The first line of a text that is shown.
    std::size_t text_top_ = 0;
    std::optional<ProcessKey> why_of_;
    std::string why_;
    std::optional<LineInput> input_;
    Wanted wanted_ = Wanted::first_node;
    /// For Wanted::place.
    ProcessKey to_move_;
    std::string message_;
    std::string problem_;
};

}  // namespace openmosix::monitor
