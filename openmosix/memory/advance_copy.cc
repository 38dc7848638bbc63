// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/advance_copy.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "clocks/read_clock.h"
#include "memory/page_wire.h"

namespace openmosix {

namespace {

/// How many times during a copy some pages are looked at again, and how many of them.
constexpr std::uint64_t looks = 32;
constexpr unsigned pages_of_look = 24;
/// The part of the memory that may be sent in vain, as one in so many.
constexpr std::uint64_t share_in_vain = 8;
/// The peer confirms at once.
constexpr std::chrono::seconds max_silence(20);
constexpr int milliseconds_between_looks = 100;

}  // namespace

bool pays_to_copy_ahead(std::uint64_t pages, std::uint64_t sent, unsigned looked_at, unsigned changed) {
    return looked_at == 0 || sent * changed * share_in_vain < pages * looked_at;
}

AdvanceCopy::AdvanceCopy(pid_t pid, int socket, PageReader& reader, const PageRanges& memory, std::uint64_t max_pages)
    : memory_(pid), socket_(socket), reader_(reader), compressor_(rate_of_connection(socket)),
      random_(std::random_device{}()) {
    PresentPages present(pid);
    constexpr std::uint64_t step = std::uint64_t{1024} * page_size;
    for (const PageRange& range : memory.all()) {
        for (std::uint64_t start = present.first_from(range.start, range.end); start < range.end;) {
            const std::uint64_t end = std::min(range.end, start + step);
            const auto there = present.within(start, end);
            for (std::uint64_t page = start; page < end; page += page_size) {
                if (pages_ < max_pages && there.at(static_cast<std::size_t>((page - start) / page_size))) {
                    add(page);
                }
            }
            start = end < range.end ? present.first_from(end, range.end) : end;
        }
    }
    next_look_ = std::max<std::uint64_t>(pages_ / looks, 1);
}

void AdvanceCopy::add(std::uint64_t page) {
    if (present_.empty() || present_.back().end != page) {
        present_.push_back({page, page});
    }
    present_.back().end = page + page_size;
    ++pages_;
}

void AdvanceCopy::put(std::uint64_t address, std::span<const std::uint8_t> pages) {
    const auto count = static_cast<std::uint32_t>(pages.size() / page_size);
    const auto packed = compressor_.pack(pages);
    PageHeader header{.kind = PageHeader::Kind::data, .pages = count, .address = address};
    if (!packed.empty()) {
        header.kind = PageHeader::Kind::packed;
        header.pages = packed_pages(count, packed.size());
    }
    const auto payload = packed.empty() ? pages : packed;
    output_.resize(sizeof header + payload.size());
    std::memcpy(output_.data(), &header, sizeof header);
    std::ranges::copy(payload, output_.begin() + sizeof header);
    unconfirmed_.add(header);
}

bool AdvanceCopy::fill_output(std::uint64_t most) {
    output_.clear();
    sent_ = 0;
    while (range_ < present_.size()) {
        PageRange& range = present_[range_];
        if (range.start >= range.end) {
            ++range_;
            continue;
        }
        content_.resize(static_cast<std::size_t>(std::min((range.end - range.start) / page_size, most) * page_size));
        const auto read = static_cast<std::size_t>(memory_.read_some(range.start, content_) / page_size * page_size);
        if (read == 0) {
            // It is gone, or the kernel shows it to nobody.
            range.start += page_size;
            continue;
        }
        const auto content = std::span<const std::uint8_t>(content_).first(read);
        put(range.start, content);
        for (std::size_t place = 0; place < read; place += page_size) {
            known_.add(range.start + place, content.subspan(place, page_size));
            sent_pages_.push_back(range.start + place);
        }
        range.start += read;
        return true;
    }
    output_.clear();
    return false;
}

bool AdvanceCopy::changes_too_fast() {
    if (sent_pages_.size() < next_look_) {
        return false;
    }
    next_look_ = sent_pages_.size() + std::max<std::uint64_t>(pages_ / looks, 1);
    std::array<std::uint8_t, page_size> content{};
    unsigned changed = 0;
    for (unsigned i = 0; i < pages_of_look; ++i) {
        const std::uint64_t address = sent_pages_[random_() % sent_pages_.size()];
        changed += memory_.read(address, content) && known_.find(address, content) ? 0 : 1;
    }
    return !pays_to_copy_ahead(pages_, sent_pages_.size(), pages_of_look, changed);
}

void AdvanceCopy::take(const PageHeader& header) {
    if (header.kind == PageHeader::Kind::begin_ahead) {
        has_begun_ = true;
    } else if (header.kind == PageHeader::Kind::received && has_begun_) {
        pace_.confirmed(read_clock(CLOCK_MONOTONIC), unconfirmed_.confirm(header.address));
    }
}

void AdvanceCopy::flush() {
    while (sent_ < output_.size()) {
        const ssize_t part =
            ::send(socket_, output_.data() + sent_, output_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (part < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
                return;
            }
            throw std::system_error(errno, std::generic_category(), "page connection");
        }
        sent_ += static_cast<std::size_t>(part);
        pace_.sent(read_clock(CLOCK_MONOTONIC), static_cast<std::size_t>(part), LinkPace::Reason::unasked);
    }
}

bool AdvanceCopy::wait(std::span<const int> interrupts, int milliseconds) {
    std::vector<pollfd> waits{{socket_, static_cast<short>(POLLIN | (sent_ < output_.size() ? POLLOUT : 0)), 0}};
    for (const int descriptor : interrupts) {
        waits.push_back({descriptor, POLLIN, 0});
    }
    if (::poll(waits.data(), waits.size(), milliseconds) < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "poll");
    }
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
        !reader_.read(socket_, [this](const PageHeader& header, auto) { take(header); })) {
        throw std::runtime_error("the peer has closed the page connection");
    }
    return std::none_of(waits.begin() + 1, waits.end(), [](const pollfd& wait) { return wait.revents != 0; });
}

void AdvanceCopy::run(std::span<const int> interrupts, std::chrono::steady_clock::time_point until,
                      const std::function<void()>& tell) {
    bool is_over = false;
    auto told = std::chrono::steady_clock::now();
    auto heard = told;
    std::uint64_t confirmed = 0;
    while (!is_over || sent_ < output_.size() || pace_.under_way() > 0 || !has_begun_) {
        const auto now = std::chrono::steady_clock::now();
        if (std::exchange(confirmed, pace_.confirmed_bytes()) != pace_.confirmed_bytes() || pace_.under_way() == 0) {
            heard = has_begun_ ? now : heard;
        }
        if (now - heard >= max_silence || now >= until + max_silence) {
            throw std::runtime_error("the peer does not confirm the pages that it gets");
        }
        if (now - told >= std::chrono::seconds(1)) {
            told = now;
            tell();
        }
        is_over = is_over || now >= until;
        const std::uint64_t pages = has_begun_ ? pace_.pages_of_message(read_clock(CLOCK_MONOTONIC), true) : 0;
        if (!is_over && sent_ == output_.size() && pages > 0) {
            is_over = changes_too_fast() || !fill_output(pages);
        }
        flush();
        const bool may_go_on = !is_over && sent_ == output_.size() && has_begun_ &&
                               pace_.pages_of_message(read_clock(CLOCK_MONOTONIC), true) > 0;
        const bool is_interrupted =
            !wait(is_over ? std::span<const int>() : interrupts, may_go_on ? 0 : milliseconds_between_looks);
        if (is_interrupted) {
            until = now;
        }
    }
}

}  // namespace openmosix
