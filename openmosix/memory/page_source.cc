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
#include <utility>

#include "clocks/read_clock.h"

namespace openmosix {

namespace {

/// A header's field has 32 bits.
constexpr std::uint64_t max_zero_bytes = (std::uint64_t{1} << 31U) * page_size;
/// While more requests wait than this, no further ones are read: a peer that sends nothing else waits for its answers.
constexpr std::size_t max_requests = 1024;
/// Of several guesses what comes next the latest count.
constexpr std::size_t max_read_ahead = 16;
/// Bytes of pages that the peer copies or unpacks, until it says that it has done so.
constexpr std::uint64_t max_work_of_peer = std::uint64_t{512} << 10U;
constexpr std::int64_t nanoseconds_of_millisecond = 1'000'000;

}  // namespace

PageSource::PageSource(pid_t pid, int socket, PageReader& reader, Plan plan)
    : memory_(pid), present_(pid), socket_(socket), reader_(reader), unsent_(plan.all), unpushed_(std::move(plan.all)),
      of_files_(std::move(plan.of_files)),
      compressor_(plan.link_rate ? std::move(plan.link_rate) : rate_of_connection(socket)),
      known_(std::move(plan.known)) {
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

void PageSource::read_pages(std::uint64_t start, std::span<std::uint8_t> pages) {
    std::size_t done = memory_.read_some(start, pages);
    if (done < pages.size()) {
        // Of a process that has ended, what cannot be read are no zeros.
        static_cast<void>(present_.within(start, start + page_size));
    }
    while (done < pages.size()) {
        // Beyond the end of a file, or a page that was never there: zeros.
        const std::size_t hole = std::min(pages.size(), static_cast<std::size_t>((done / page_size + 1) * page_size));
        std::fill(pages.begin() + static_cast<std::ptrdiff_t>(done), pages.begin() + static_cast<std::ptrdiff_t>(hole),
                  std::uint8_t{0});
        done = hole;
        done += memory_.read_some(start + done, pages.subspan(done));
    }
}

void PageSource::put(PageHeader::Kind kind, std::uint64_t start, std::uint64_t end,
                     std::span<const std::uint8_t> payload) {
    PageHeader header;
    header.kind = kind;
    header.address = start;
    const auto pages = static_cast<std::uint32_t>((end - start) / page_size);
    header.pages = kind == PageHeader::Kind::packed ? packed_pages(pages, payload.size()) : pages;
    const std::size_t place = output_.size();
    output_.resize(place + sizeof header + payload.size());
    std::memcpy(output_.data() + place, &header, sizeof header);
    std::ranges::copy(payload, output_.begin() + static_cast<std::ptrdiff_t>(place + sizeof header));
    unconfirmed_.add(header);
    if (kind == PageHeader::Kind::packed) {
        const std::lock_guard lock(mutex_);
        traffic_.unpacked += work_of(header) - sizeof header - payload.size();
    }
    unsent_.remove(start, end);
    unpushed_.remove(start, end);
}

void PageSource::put_data(std::uint64_t start, std::span<const std::uint8_t> pages) {
    const auto packed = compressor_.pack(pages);
    put(packed.empty() ? PageHeader::Kind::data : PageHeader::Kind::packed, start, start + pages.size(),
        packed.empty() ? pages : packed);
}

void PageSource::put_present(std::uint64_t start, std::uint64_t end) {
    pages_.resize(static_cast<std::size_t>(end - start));
    read_pages(start, pages_);
    const auto page_at = [&](std::uint64_t address) {
        return std::span<const std::uint8_t>(pages_).subspan(static_cast<std::size_t>(address - start), page_size);
    };
    std::vector<std::uint8_t> hashes;
    for (std::uint64_t from = start; from < end;) {
        const std::uint64_t seed = known_.seed();
        hashes.assign(sizeof seed, 0);
        std::memcpy(hashes.data(), &seed, sizeof seed);
        std::uint64_t to = from;
        for (auto hash = known_.find(to, page_at(to)); hash;
             hash = to < end ? known_.find(to, page_at(to)) : std::nullopt) {
            hashes.resize(hashes.size() + sizeof *hash);
            std::memcpy(hashes.data() + hashes.size() - sizeof *hash, &*hash, sizeof *hash);
            to += page_size;
        }
        if (to > from) {
            put(PageHeader::Kind::same, from, to, hashes);
            same_.add(from, to);
        } else {
            do {
                to += page_size;
            } while (to < end && !known_.find(to, page_at(to)));
            put_data(from, std::span(pages_).subspan(static_cast<std::size_t>(from - start),
                                                     static_cast<std::size_t>(to - from)));
        }
        known_.forget({from, to});
        from = to;
    }
}

void PageSource::send_again(const PageRange& range) {
    for (const PageRange& part : same_.within(range.start, range.end)) {
        unsent_.add(part.start, part.end);
        unpushed_.add(part.start, part.end);
    }
    same_.remove(range.start, range.end);
}

bool PageSource::is_peer_busy() const {
    return unconfirmed_.work_of_peer() >= max_work_of_peer;
}

void PageSource::confirm(std::int64_t now, std::uint64_t work) {
    pace_.confirmed(now, unconfirmed_.confirm(work));
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
                   of_files_.contains(to) == is_file && to - from < max_pages_of_message * page_size) {
                to += page_size;
            }
            if (first || (is_file && on_request)) {
                put_present(from, to);
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
    // What follows it is likely to be wanted next.
    next_ = range.end;
    return true;
}

bool PageSource::fill_with_read_ahead(std::int64_t now) {
    const std::uint64_t pages = pace_.pages_of_message(now, true);
    if (read_ahead_.empty() || pages == 0) {
        return false;
    }
    PageRange& range = read_ahead_.front();
    const std::uint64_t start = range.start;
    const std::uint64_t end = std::min(range.end, start + pages * page_size);
    range.start = end;
    if (range.start == range.end) {
        read_ahead_.pop_front();
    }
    send_range(start, end, true);
    return true;
}

bool PageSource::fill_with_push(std::int64_t now) {
    const std::uint64_t pages = pace_.pages_of_message(now, false);
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
    if (pages == 0) {
        return false;
    }
    const std::uint64_t start = std::max(range->start, next_);
    std::uint64_t end = present_.first_from(start, range->end);
    if (end == start) {
        end = std::min(range->end, start + pages * page_size);
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
        if (fill_with_request()) {
            reason_ = LinkPace::Reason::somebody_waits;
            continue;
        }
        reason_ = LinkPace::Reason::unasked;
        const std::int64_t now = read_clock(CLOCK_MONOTONIC);
        if (is_peer_busy() || (!fill_with_read_ahead(now) && !fill_with_push(now))) {
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
        pace_.sent(read_clock(CLOCK_MONOTONIC), static_cast<std::size_t>(part), reason_);
        const std::lock_guard lock(mutex_);
        traffic_.bytes += static_cast<std::size_t>(part);
        traffic_.unpacked += static_cast<std::size_t>(part);
    }
    return true;
}

void PageSource::take(const PageHeader& header) {
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    // What else comes was on its way when the roles changed.
    if (header.kind == PageHeader::Kind::begin) {
        has_begun_ = true;
        const std::lock_guard lock(mutex_);
        traffic_.begin = now;
    } else if (header.kind == PageHeader::Kind::request) {
        requests_.push_back({header.address, header.address + header.pages * page_size});
        pace_.demanded(header.pages);
    } else if (header.kind == PageHeader::Kind::read_ahead) {
        read_ahead_.push_front({header.address, header.address + header.pages * page_size});
        if (read_ahead_.size() > max_read_ahead) {
            read_ahead_.pop_back();
        }
    } else if (header.kind == PageHeader::Kind::lacking) {
        send_again({header.address, header.address + header.pages * page_size});
    } else if (header.kind == PageHeader::Kind::received && has_begun_) {
        confirm(now, header.address);
    }
}

int PageSource::milliseconds_to_wait() const {
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    const std::int64_t next = has_begun_ ? pace_.next_chance(now) : 0;
    return next == 0 ? -1 : static_cast<int>((next - now) / nanoseconds_of_millisecond + 1);
}

bool PageSource::run(int stop) {
    // Only between two messages it returns.
    for (bool is_stopping = false; !is_stopping || (sent_ > 0 && sent_ < output_.size());) {
        if (has_begun_ && sent_ == output_.size() && !is_stopping) {
            fill_output();
        }
        const bool wants_to_send = sent_ < output_.size();
        const bool wants_more = requests_.size() < max_requests;
        std::array<pollfd, 2> waits{
            pollfd{socket_, static_cast<short>((wants_more ? POLLIN : 0) | (wants_to_send ? POLLOUT : 0)), 0},
            pollfd{is_stopping ? -1 : stop, POLLIN, 0}};
        if (::poll(waits.data(), waits.size(), milliseconds_to_wait()) < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
        if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
            !reader_.read(socket_, [this](const PageHeader& header, auto) { take(header); })) {
            return false;
        }
        if ((waits[0].revents & POLLOUT) != 0 && !flush()) {
            return false;
        }
        is_stopping = is_stopping || waits[1].revents != 0;
    }
    return true;
}

}  // namespace openmosix
