// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/child_report.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <system_error>

namespace openmosix {

namespace {

/// Before the numbers of a guest: no reason begins so.
constexpr std::string_view arrival_mark{"\0guest ", 7};

void report(std::string_view text) {
    // If omd has ended meanwhile, nobody wants to know.
    static_cast<void>(::write(STDOUT_FILENO, text.data(), text.size()) == 0);
}

/// Takes a number and what follows it off the text; none when it does not begin so.
template <class Number>
std::optional<Number> take_number(std::string_view& text, char end) {
    Number number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto size = static_cast<std::size_t>(rest - text.data());
    if (error != std::errc() || number <= 0 || size >= text.size() || *rest != end) {
        return std::nullopt;
    }
    text.remove_prefix(size + 1);
    return number;
}

}  // namespace

void report_refusal(std::string_view reason) {
    report(reason.substr(0, max_report));
}

void report_arrival(const ArrivedGuest& guest) {
    report(std::string(arrival_mark) + std::to_string(guest.home) + ' ' + std::to_string(guest.pid) + '\n');
}

void report_nothing_more() {
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0) {
        ::dup2(nothing, STDOUT_FILENO);
        ::close(nothing);
    }
}

std::optional<ArrivedGuest> parse_arrival(std::string_view report) {
    if (!report.starts_with(arrival_mark)) {
        return std::nullopt;
    }
    report.remove_prefix(arrival_mark.size());
    const auto home = take_number<clusterdisc::NodeId>(report, ' ');
    const auto pid = take_number<pid_t>(report, '\n');
    return home && pid && report.empty() ? std::optional(ArrivedGuest{*home, *pid}) : std::nullopt;
}

}  // namespace openmosix
