// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/page_source.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string>
#include <system_error>

#include "clocks/read_clock.h"

namespace openmosix {

namespace {

constexpr std::uint64_t pages_of_push = max_pages_of_data;
/// A header's field has 32 bits.
constexpr std::uint64_t max_zero_bytes = (std::uint64_t{1} << 31U) * page_size;
/// While more requests wait than this, no further ones are read: a peer that sends nothing else waits for its answers.
constexpr std::size_t max_requests = 1024;

}  // namespace

PageSource::PageSource(pid_t pid, int socket, PageReader& reader, Plan plan)
    : memory_(pid), present_(pid), socket_(socket), reader_(reader), unsent_(plan.all), unpushed_(std::move(plan.all)),
      of_files_(std::move(plan.of_files)) {
    for (const PageRange& range : plan.first) {
        requests_.push_back(range);
    }
}

void PageSource::add_of_file(const PageRange& range) {
    const std::lock_guard lock(mutex_);
    late_.push_back(range);
}

void PageSource::add_late_ranges() {
    const std::lock_guard lock(mutex_);
    for (const PageRange& range : late_) {
        unsent_.add(range.start, range.end);
        of_files_.add(range.start, range.end);
    }
    late_.clear();
}

void PageSource::put(PageHeader::Kind kind, std::uint64_t start, std::uint64_t end) {
    PageHeader header;
    header.kind = kind;
    header.address = start;
    header.pages = static_cast<std::uint32_t>((end - start) / page_size);
    const std::size_t place = output_.size();
    const std::size_t payload = kind == PageHeader::Kind::data ? static_cast<std::size_t>(end - start) : 0;
    output_.resize(place + sizeof header + payload);
    std::memcpy(output_.data() + place, &header, sizeof header);
    if (payload != 0) {
        const auto bytes = std::span(output_).subspan(place + sizeof header);
        std::size_t done = memory_.read_some(start, bytes);
        if (done < payload) {
            // Of a process that has ended, what cannot be read are no zeros.
            static_cast<void>(present_.within(start, start + page_size));
        }
        while (done < payload) {
            // Beyond the end of a file, or a page that was never there: zeros.
            const std::size_t hole = std::min(payload, static_cast<std::size_t>((done / page_size + 1) * page_size));
            std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(done),
                      bytes.begin() + static_cast<std::ptrdiff_t>(hole), std::uint8_t{0});
            done = hole;
            done += memory_.read_some(start + done, bytes.subspan(done));
        }
    }
    unsent_.remove(start, end);
    unpushed_.remove(start, end);
}

void PageSource::send_range(std::uint64_t start, std::uint64_t end, bool on_request) {
    for (const PageRange& part : unsent_.within(start, end)) {
        const auto there = present_.within(part.start, part.end);
        std::uint64_t from = part.start;
        while (from < part.end) {
            const bool is_file = of_files_.contains(from);
            const bool first = there.at(static_cast<std::size_t>((from - part.start) / page_size));
            std::uint64_t to = from;
            while (to < part.end && there.at(static_cast<std::size_t>((to - part.start) / page_size)) == first &&
                   of_files_.contains(to) == is_file && to - from < pages_of_push * page_size) {
                to += page_size;
            }
            if (first || (is_file && on_request)) {
                put(PageHeader::Kind::data, from, to);
            } else if (is_file) {
                unpushed_.remove(from, to);
            } else {
                put(PageHeader::Kind::zero, from, to);
            }
            from = to;
        }
    }
}

bool PageSource::fill_with_request() {
    if (requests_.empty()) {
        return false;
    }
    const PageRange range = requests_.front();
    requests_.pop_front();
    send_range(range.start, range.end, true);
    return true;
}

bool PageSource::fill_with_push() {
    auto range = unpushed_.first_from(next_);
    if (!range) {
        next_ = 0;
        range = unpushed_.first_from(0);
    }
    if (!range) {
        if (!has_said_done_) {
            has_said_done_ = true;
            put(PageHeader::Kind::done, 0, 0);
            return true;
        }
        return false;
    }
    const std::uint64_t start = std::max(range->start, next_);
    std::uint64_t end = present_.first_from(start, range->end);
    if (end == start) {
        end = std::min(range->end, start + pages_of_push * page_size);
        send_range(start, end, false);
    } else {
        // Absent: in one piece, however long.
        for (const PageRange& part : unpushed_.within(start, end)) {
            for (const PageRange& file : of_files_.within(part.start, part.end)) {
                unpushed_.remove(file.start, file.end);
            }
        }
        for (const PageRange& part : unpushed_.within(start, end)) {
            for (std::uint64_t from = part.start; from < part.end; from += max_zero_bytes) {
                put(PageHeader::Kind::zero, from, std::min(part.end, from + max_zero_bytes));
            }
        }
    }
    next_ = end;
    return true;
}

void PageSource::fill_output() {
    output_.clear();
    sent_ = 0;
    add_late_ranges();
    while (output_.empty()) {
        if (!fill_with_request() && !fill_with_push()) {
            return;
        }
    }
}

bool PageSource::flush() {
    while (sent_ < output_.size()) {
        const ssize_t part =
            ::send(socket_, output_.data() + sent_, output_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (part < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        }
        sent_ += static_cast<std::size_t>(part);
        const std::lock_guard lock(mutex_);
        traffic_.bytes += static_cast<std::size_t>(part);
    }
    return true;
}

void PageSource::take(const PageHeader& header) {
    // What else comes was on its way when the roles changed.
    if (header.kind == PageHeader::Kind::begin) {
        has_begun_ = true;
        const std::lock_guard lock(mutex_);
        traffic_.begin = read_clock(CLOCK_MONOTONIC);
    } else if (header.kind == PageHeader::Kind::request) {
        requests_.push_back({header.address, header.address + header.pages * page_size});
    }
}

bool PageSource::run(int stop) {
    for (;;) {
        if (has_begun_ && sent_ == output_.size()) {
            fill_output();
        }
        const bool wants_to_send = sent_ < output_.size();
        const bool wants_more = requests_.size() < max_requests;
        std::array<pollfd, 2> waits{
            pollfd{socket_, static_cast<short>((wants_more ? POLLIN : 0) | (wants_to_send ? POLLOUT : 0)), 0},
            pollfd{stop, POLLIN, 0}};
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
        if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
            !reader_.read(socket_, [this](const PageHeader& header, auto) { take(header); })) {
            return false;
        }
        if ((waits[0].revents & POLLOUT) != 0 && !flush()) {
            return false;
        }
        // Only between two messages.
        if (waits[1].revents != 0 && (sent_ == output_.size() || sent_ == 0)) {
            return true;
        }
    }
}

}  // namespace openmosix
