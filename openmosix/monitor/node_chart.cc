// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/node_chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "monitor/figures_text.h"

namespace openmosix::monitor {

namespace {

using Figure = ChartSettings::Figure;
using Spacing = ChartSettings::Spacing;
using Condition = NodeFacts::Condition;
using clusterdisc::NodeId;

/// The scale and the axis are left of the bars.
constexpr std::size_t scale_width = 6;
constexpr std::size_t min_chart_rows = 2;

/// How much room a bar has, and how much of it is the bar.
struct Pitch {
    std::size_t bar = 0;
    std::size_t gap = 0;
    bool is_number_across = false;

    [[nodiscard]] std::size_t width() const { return bar + gap; }
};

/// The length of a bar, and of the part of it that is used; both on the scale of the chart.
struct Bar {
    double all = 0;
    double used = 0;
};

std::size_t number_width(const ClusterModel& cluster) {
    return cluster.nodes().empty() ? 1 : std::to_string(cluster.nodes().rbegin()->first).size();
}

std::size_t count_that_fits(const Pitch& pitch, std::size_t columns) {
    const std::size_t room = columns - std::min(columns, scale_width);
    // The last one needs no gap behind it.
    return (room + pitch.gap) / pitch.width();
}

Pitch pitch_of(const ClusterModel& cluster, const ChartSettings& settings, std::size_t columns) {
    constexpr std::size_t usual_bar = 3;
    const Pitch wide{.bar = std::max(usual_bar, number_width(cluster)), .gap = 2, .is_number_across = true};
    const Pitch vertical{.bar = 1, .gap = 1, .is_number_across = false};
    const Pitch tight{.bar = 1, .gap = 0, .is_number_across = false};
    switch (settings.spacing) {
        case Spacing::wide:
            return wide;
        case Spacing::vertical:
            return vertical;
        case Spacing::tight:
            return tight;
        case Spacing::automatic:
            break;
    }
    const std::size_t count = charted_nodes(cluster, settings).size();
    if (count <= count_that_fits(wide, columns)) {
        return wide;
    }
    return count <= count_that_fits(vertical, columns) ? vertical : tight;
}

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

Bar bar_of(const NodeFacts& facts, Figure figure) {
    constexpr double everything = 100;
    switch (figure) {
        case Figure::load:
            return {.all = number(facts.load), .used = number(facts.load)};
        case Figure::log_load: {
            const double logarithm = std::log10(1 + number(facts.load));
            return {.all = logarithm, .used = logarithm};
        }
        case Figure::speed:
            return {.all = number(facts.speed), .used = number(facts.speed)};
        case Figure::memory:
        case Figure::raw_memory:
            return {.all = number(facts.total_memory_kb), .used = number(facts.total_memory_kb - facts.free_memory_kb)};
        case Figure::utilizability:
            break;
    }
    // Nothing keeps a node from using all of its time.
    return {.all = everything, .used = everything};
}

/// The end of the scale: 1, 2 or 5 with zeros behind, so that it seldom changes.
double scale_end(double highest, Figure figure) {
    constexpr double min_load_scale = 250;
    constexpr double everything = 100;
    if (figure == Figure::log_load) {
        return std::max(std::ceil(highest), 3.0);
    }
    if (figure == Figure::memory || figure == Figure::raw_memory) {
        return std::exp2(std::ceil(std::log2(std::max(highest, 1024.0))));
    }
    if (figure == Figure::utilizability) {
        return everything;
    }
    highest = std::max(highest, figure == Figure::load ? min_load_scale : 1);
    const double decade = std::pow(10, std::floor(std::log10(highest)));
    for (const double step : {1.0, 2.0, 2.5, 5.0}) {
        if (highest <= step * decade) {
            return step * decade;
        }
    }
    return 10 * decade;
}

std::string scale_text(double value, Figure figure) {
    const auto whole = static_cast<std::uint64_t>(std::llround(value));
    switch (figure) {
        case Figure::memory:
        case Figure::raw_memory:
            return to_memory_text(whole);
        case Figure::log_load:
            return to_short_number(static_cast<std::uint64_t>(std::llround(std::pow(10, value))));
        case Figure::utilizability:
            return std::to_string(whole) + '%';
        case Figure::load:
        case Figure::speed:
            break;
    }
    return to_short_number(whole);
}

/// Draws one chart.
class ChartDrawing {
public:
    ChartDrawing(const ClusterModel& cluster, const ChartSettings& settings, Canvas& canvas, std::size_t top,
                 std::size_t bottom)
        : cluster_(cluster), settings_(settings), canvas_(canvas), top_(top), bottom_(bottom) {
        double highest = 0;
        for (const auto& [node, facts] : cluster.nodes()) {
            if (facts.condition == Condition::up) {
                highest = std::max(highest, bar_of(facts, settings.figure).all);
            }
        }
        end_ = scale_end(highest, settings.figure);
    }

    void draw_scale() const {
        for (std::size_t row = top_; row < bottom_; ++row) {
            canvas_.put({.row = row, .column = scale_width - 1}, "|");
        }
        put_scale(top_, end_);
        // A logarithmic scale has no middle that would say much.
        if (rows() >= 2 * min_chart_rows + 1 && settings_.figure != Figure::log_load) {
            put_scale(top_ + rows() / 2, end_ * number(rows() - rows() / 2) / number(rows()));
        }
    }

    void draw_node(NodeId node, const Pitch& pitch, std::size_t column) const {
        const NodeFacts& facts = cluster_.nodes().at(node);
        const std::string label = std::to_string(node);
        const Style label_style = node == cluster_.own() ? Style::heading : Style::plain;
        if (pitch.is_number_across) {
            canvas_.put({.row = bottom_, .column = column + (pitch.bar - std::min(label.size(), pitch.bar)) / 2}, label,
                        label_style);
        } else {
            canvas_.put_down({.row = bottom_, .column = column}, label, label_style);
        }
        if (facts.condition == Condition::up) {
            draw_bar(facts, pitch, column);
        } else {
            draw_word(facts.condition == Condition::dead ? "DEAD" : "?", column + pitch.bar / 2);
        }
    }

private:
    [[nodiscard]] std::size_t rows() const { return bottom_ - top_; }

    void put_scale(std::size_t row, double value) const {
        const std::string text = scale_text(value, settings_.figure);
        canvas_.put({.row = row, .column = scale_width - 1 - std::min(text.size(), scale_width - 1)}, text);
    }

    [[nodiscard]] std::size_t rows_of(double value) const {
        const double share = std::clamp(value / end_, 0.0, 1.0);
        const auto count = static_cast<std::size_t>(std::llround(share * number(rows())));
        // What there is of is seen.
        return value > 0 ? std::max<std::size_t>(count, 1) : 0;
    }

    void draw_bar(const NodeFacts& facts, const Pitch& pitch, std::size_t column) const {
        const Bar bar = bar_of(facts, settings_.figure);
        const std::size_t all = rows_of(bar.all);
        const std::size_t used = std::min(rows_of(bar.used), all);
        for (std::size_t height = 0; height < all; ++height) {
            const bool is_used = height < used;
            canvas_.put({.row = bottom_ - 1 - height, .column = column}, std::string(pitch.bar, is_used ? '#' : '+'),
                        is_used ? Style::used : Style::free);
        }
        if (settings_.figure == Figure::speed && facts.processors > 1) {
            draw_processors(facts.processors, pitch, std::max(bottom_ - all, top_ + 1) - 1, column);
        }
    }

    void draw_processors(std::uint64_t processors, const Pitch& pitch, std::size_t row, std::size_t column) const {
        const std::string text = (pitch.is_number_across ? "x" : "") + std::to_string(processors);
        canvas_.put({.row = row, .column = column}, text.size() <= pitch.bar ? text : "*");
    }

    /// Downwards, and as much of it as has room.
    void draw_word(std::string_view word, std::size_t column) const {
        word = word.substr(0, rows());
        canvas_.put_down({.row = bottom_ - word.size(), .column = column}, word, Style::warning);
    }

    const ClusterModel& cluster_;
    const ChartSettings& settings_;
    Canvas& canvas_;
    std::size_t top_;
    std::size_t bottom_;
    double end_ = 1;
};

}  // namespace

const char* name_of(Figure figure) {
    static constexpr std::array<const char*, 6> names = {
        "load", "load (logarithmic)", "speed", "memory", "raw memory", "utilizability",
    };
    return names.at(static_cast<std::size_t>(figure));
}

std::vector<NodeId> charted_nodes(const ClusterModel& cluster, const ChartSettings& settings) {
    std::vector<NodeId> nodes;
    for (const auto& [node, facts] : cluster.nodes()) {
        if (node >= settings.first && (settings.shows_dead || facts.condition != Condition::dead)) {
            nodes.push_back(node);
        }
    }
    return nodes;
}

std::size_t bars_that_fit(const ClusterModel& cluster, const ChartSettings& settings, std::size_t columns) {
    return count_that_fits(pitch_of(cluster, settings, columns), columns);
}

void draw_chart(const ClusterModel& cluster, const ChartSettings& settings, std::size_t top, std::size_t end,
                Canvas& canvas) {
    const Pitch pitch = pitch_of(cluster, settings, canvas.size().columns);
    const std::size_t label_rows = pitch.is_number_across ? 1 : number_width(cluster);
    if (end < top + min_chart_rows + label_rows) {
        return;
    }
    const ChartDrawing drawing(cluster, settings, canvas, top, end - label_rows);
    drawing.draw_scale();
    std::size_t left = bars_that_fit(cluster, settings, canvas.size().columns);
    std::size_t column = scale_width;
    for (const NodeId node : charted_nodes(cluster, settings)) {
        if (left-- == 0) {
            break;
        }
        drawing.draw_node(node, pitch, column);
        column += pitch.width();
    }
}

std::string totals_text(const ClusterTotals& totals) {
    return std::to_string(totals.nodes_up) + " of " + std::to_string(totals.nodes) + " nodes up, " +
           to_short_number(totals.processors) + " processors, load " + to_short_number(totals.load) + ", " +
           to_memory_text(totals.free_memory_kb) + " of " + to_memory_text(totals.total_memory_kb) + " free, " +
           to_short_number(totals.guests) + " guests";
}

std::string remarks_text(const ClusterModel& cluster) {
    std::string text;
    for (const auto& [node, facts] : cluster.nodes()) {
        if (!facts.remarks.empty()) {
            text += (text.empty() ? "" : "  ") + std::to_string(node) + ": " + facts.remarks;
        }
    }
    return text;
}

}  // namespace openmosix::monitor
