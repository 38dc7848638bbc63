// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/page_sink.h"

#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace openmosix {

namespace {

constexpr int milliseconds_to_finish = 10'000;
constexpr std::uint64_t first_pages_ahead = 4;
constexpr std::uint64_t max_pages_ahead = max_pages_of_message;
/// Bytes that wait for the peer to read them; one that reads never lets so many come together.
constexpr std::size_t max_output = std::size_t{4} << 20U;
/// How many pages fetch() asks for before it waits.
constexpr std::uint64_t pages_of_fetch = std::uint64_t{64} * max_pages_of_message;

}  // namespace

PageSink::PageSink(WatchedMemory memory, int socket, PageReader& reader)
    : memory_(std::move(memory)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), socket_(socket), reader_(reader) {
    if (!wake_.is_open()) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
}

void PageSink::watch(const PageRange& range, const PageRanges& missing) {
    const std::lock_guard lock(mutex_);
    if (memory_.waits()) {
        memory_.watch(range);
        watched_.add(range.start, range.end);
    }
    for (const PageRange& part : missing.within(range.start, range.end)) {
        missing_.add(part.start, part.end);
    }
    is_complete_ = false;
}

void PageSink::watch_for_changes(const PageRange& range) {
    const std::lock_guard lock(mutex_);
    hashed_.add(range.start, range.end);
    kept_.add(range.start, range.end);
}

void PageSink::keep_watching(const PageRange& range) {
    const std::lock_guard lock(mutex_);
    kept_.add(range.start, range.end);
}

void PageSink::say(PageHeader::Kind kind, std::uint64_t start, std::uint64_t end) {
    if (output_.size() > max_output) {
        throw std::runtime_error("page connection: the peer does not read what it is asked for");
    }
    PageHeader header;
    header.kind = kind;
    header.address = start;
    header.pages = static_cast<std::uint32_t>((end - start) / page_size);
    const std::size_t place = output_.size();
    output_.resize(place + sizeof header);
    std::memcpy(output_.data() + place, &header, sizeof header);
}

void PageSink::ask(std::uint64_t start, std::uint64_t end) {
    say(PageHeader::Kind::request, start, end);
    asked_.add(start, end);
}

void PageSink::fault(std::uint64_t address) {
    const std::lock_guard lock(mutex_);
    if (!missing_.contains(address)) {
        memory_.zero(address, address + page_size);
        return;
    }
    waiting_.insert(address);
    // The more faults follow one another, the further we look ahead; for any other program it would be in the way.
    const bool is_in_order = address == expected_fault_ || asked_.contains(address);
    pages_ahead_ = is_in_order ? std::clamp(pages_ahead_ * 2, first_pages_ahead, max_pages_ahead) : 0;
    ask(address, address + page_size);
    expected_fault_ = address + page_size;
    ask_ahead(expected_fault_);
}

void PageSink::ask_ahead(std::uint64_t start) {
    const std::uint64_t limit = start + pages_ahead_ * page_size;
    while (start < limit && asked_.contains(start)) {
        start += page_size;
    }
    std::uint64_t end = start;
    while (end < limit && missing_.contains(end) && !asked_.contains(end)) {
        end += page_size;
    }
    if (end > start) {
        say(PageHeader::Kind::read_ahead, start, end);
        asked_.add(start, end);
        expected_fault_ = end;
    }
}

void PageSink::confirm() {
    if (received_ != confirmed_) {
        confirmed_ = received_;
        say(PageHeader::Kind::received, received_, received_);
    }
}

void PageSink::read_faults() {
    std::array<uffd_msg, 16> messages{};
    for (;;) {
        const ssize_t size = ::read(memory_.faults(), messages.data(), sizeof messages);
        if (size <= 0) {
            return;
        }
        for (std::size_t i = 0; i < static_cast<std::size_t>(size) / sizeof(uffd_msg); ++i) {
            if (messages.at(i).event == UFFD_EVENT_PAGEFAULT) {
                fault(messages.at(i).arg.pagefault.address & ~(page_size - 1));
            }
        }
    }
}

void PageSink::copy_in(const PageRange& range, std::span<const std::uint8_t> pages) {
    for (const PageRange& part : missing_.within(range.start, range.end)) {
        const auto bytes = pages.subspan(static_cast<std::size_t>(part.start - range.start),
                                         static_cast<std::size_t>(part.end - part.start));
        for (std::uint64_t page = part.start; page < part.end; page += page_size) {
            const auto content = bytes.subspan(static_cast<std::size_t>(page - part.start), page_size);
            if (hashed_.contains(page)) {
                hashes_[page] = file_hasher_(content);
            } else if (remembers_) {
                known_.add(page, content);
            }
        }
        memory_.copy(part.start, bytes);
    }
}

PageRanges PageSink::copy_held(const PageRange& range, std::span<const std::uint8_t> hashes) {
    std::uint64_t seed = 0;
    std::memcpy(&seed, hashes.data(), sizeof seed);
    if (!hasher_ || hasher_->seed() != seed) {
        hasher_.emplace(seed);
    }
    if (!bounce_) {
        bounce_.emplace(static_cast<std::size_t>(max_pages_of_message) * page_size);
    }
    PageRanges there;
    for (std::uint64_t page = range.start; page < range.end; page += page_size) {
        const auto number = static_cast<std::size_t>((page - range.start) / page_size);
        const auto held = bounce_->writable().subspan(number * page_size, page_size);
        PageHash wanted;
        std::memcpy(&wanted, hashes.data() + sizeof seed + number * sizeof wanted, sizeof wanted);
        if (held_ && held_->read(page, held) && (*hasher_)(held) == wanted) {
            there.add(page, page + page_size);
        }
    }
    for (const PageRange& part : there.all()) {
        copy_in(part, bounce_->bytes().subspan(static_cast<std::size_t>(part.start - range.start),
                                               static_cast<std::size_t>(part.end - part.start)));
    }
    return there;
}

void PageSink::ask_again(const PageRange& range) {
    say(PageHeader::Kind::lacking, range.start, range.end);
    // What somebody waits for, by a fault or in fetch(), goes before the rest.
    for (std::uint64_t page = range.start; page < range.end; page += page_size) {
        if (waiting_.contains(page) || asked_.contains(page)) {
            say(PageHeader::Kind::request, page, page + page_size);
        }
    }
}

void PageSink::arrive_at(const PageRange& range, bool are_zeros) {
    missing_.remove(range.start, range.end);
    asked_.remove(range.start, range.end);
    for (auto fault = waiting_.lower_bound(range.start); fault != waiting_.end() && *fault < range.end;) {
        if (are_zeros) {
            memory_.zero(*fault, *fault + page_size);
        }
        fault = waiting_.erase(fault);
    }
}

void PageSink::place(const PageHeader& header, std::span<const std::uint8_t> payload) {
    const std::lock_guard lock(mutex_);
    const PageRange range{header.address, header.address + std::uint64_t{header.pages} * page_size};
    switch (header.kind) {
        case PageHeader::Kind::done:
            peer_is_done_ = true;
            break;
        case PageHeader::Kind::zero:
            arrive_at(range, true);
            break;
        case PageHeader::Kind::data:
            copy_in(range, payload);
            arrive_at(range, false);
            break;
        case PageHeader::Kind::same: {
            PageRanges lacking;
            lacking.add(range.start, range.end);
            for (const PageRange& part : copy_held(range, payload).all()) {
                arrive_at(part, false);
                lacking.remove(part.start, part.end);
            }
            for (const PageRange& part : lacking.all()) {
                ask_again(part);
            }
            break;
        }
        default:
            // What else comes was on its way when the roles changed.
            return;
    }
    if (header.kind != PageHeader::Kind::zero && held_) {
        for (std::uint64_t page = range.start; page < range.end; page += page_size) {
            held_->drop(page);
        }
    }
    received_ += work_of(header);
    changed_.notify_all();
}

void PageSink::hold(std::shared_ptr<PageStore> held) {
    const std::lock_guard lock(mutex_);
    held_ = std::move(held);
}

bool PageSink::flush() {
    std::size_t done = 0;
    bool goes_on = true;
    while (done < output_.size()) {
        const ssize_t part = ::send(socket_, output_.data() + done, output_.size() - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (part < 0) {
            goes_on = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
            break;
        }
        done += static_cast<std::size_t>(part);
    }
    output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(done));
    said_ += done;
    return goes_on;
}

bool PageSink::finish_message() {
    // All that is said here has the size of a header.
    const auto begun = static_cast<std::size_t>(said_ % sizeof(PageHeader));
    output_.resize(begun == 0 ? 0 : std::min(output_.size(), sizeof(PageHeader) - begun));
    while (!output_.empty()) {
        pollfd wait{socket_, POLLOUT, 0};
        if (::poll(&wait, 1, milliseconds_to_finish) <= 0 || !flush()) {
            return false;
        }
    }
    return true;
}

bool PageSink::lacks_more_than_files() const {
    return std::ranges::any_of(missing_.all(), [this](const PageRange& range) {
        std::uint64_t files = 0;
        for (const PageRange& file : hashed_.within(range.start, range.end)) {
            files += file.end - file.start;
        }
        return files != range.end - range.start;
    });
}

void PageSink::finish(const std::function<void()>& complete) {
    {
        const std::lock_guard lock(mutex_);
        if (is_complete_ || !peer_is_done_ || lacks_more_than_files()) {
            return;
        }
        is_complete_ = true;
        held_.reset();
        // From here on the kernel itself gives zeros for what was never touched.
        for (const PageRange& range : kept_.all()) {
            watched_.remove(range.start, range.end);
        }
        for (const PageRange& range : watched_.all()) {
            memory_.stop_watching(range);
        }
        watched_.clear();
    }
    complete();
}

bool PageSink::run(int stop, const std::function<void()>& complete) {
    bool goes_on = true;
    {
        const std::lock_guard lock(mutex_);
        say(PageHeader::Kind::begin, 0, 0);
        goes_on = flush();
    }
    while (goes_on) {
        finish(complete);
        bool wants_to_send = false;
        {
            const std::lock_guard lock(mutex_);
            wants_to_send = !output_.empty();
        }
        std::array<pollfd, 4> waits{pollfd{memory_.faults(), POLLIN, 0},
                                    pollfd{socket_, static_cast<short>(POLLIN | (wants_to_send ? POLLOUT : 0)), 0},
                                    pollfd{wake_.number(), POLLIN, 0}, pollfd{stop, POLLIN, 0}};
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
        if (waits[3].revents != 0) {
            const std::lock_guard lock(mutex_);
            return finish_message();
        }
        if (waits[0].revents != 0) {
            read_faults();
        }
        if (waits[2].revents != 0) {
            std::uint64_t count = 0;
            goes_on = ::read(wake_.number(), &count, sizeof count) >= 0 || errno == EAGAIN;
        }
        if (waits[1].revents != 0) {
            goes_on = reader_.read(socket_, [this](const PageHeader& header, auto pages) { place(header, pages); });
        }
        const std::lock_guard lock(mutex_);
        confirm();
        goes_on = goes_on && flush();
    }
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    changed_.notify_all();
    return false;
}

void PageSink::forget(const PageRange& range) {
    const std::lock_guard lock(mutex_);
    missing_.remove(range.start, range.end);
    hashed_.remove(range.start, range.end);
    asked_.remove(range.start, range.end);
}

bool PageSink::fetch(const PageRange& range) {
    std::unique_lock lock(mutex_);
    // A part at a time, so that what is to be sent does not grow with what the program says.
    while (const auto next = missing_.first_from(range.start)) {
        const std::uint64_t from = std::max(next->start, range.start);
        const std::uint64_t end = std::min({next->end, range.end, from + pages_of_fetch * page_size});
        if (from >= end) {
            return true;
        }
        for (std::uint64_t start = from; start < end; start += max_pages_of_message * page_size) {
            ask(start, std::min(end, start + max_pages_of_message * page_size));
        }
        const std::uint64_t one = 1;
        if (::write(wake_.number(), &one, sizeof one) < 0 && errno != EAGAIN) {
            return false;
        }
        changed_.wait(lock, [&] { return has_ended_ || !missing_.overlaps(from, end); });
        if (missing_.overlaps(from, end)) {
            return false;
        }
    }
    return true;
}

PageRanges PageSink::missing() const {
    const std::lock_guard lock(mutex_);
    return missing_;
}

bool PageSink::is_unchanged(std::uint64_t address, std::span<const std::uint8_t> page) const {
    const std::lock_guard lock(mutex_);
    const auto known = hashes_.find(address);
    return known != hashes_.end() && known->second == file_hasher_(page);
}

}  // namespace openmosix
