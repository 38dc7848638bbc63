// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/page_sink.h"

#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace openmosix {

namespace {

constexpr std::uint64_t max_window = max_pages_of_request;
/// How many pages fetch() asks for before it waits.
constexpr std::uint64_t pages_of_fetch = std::uint64_t{64} * max_pages_of_request;

std::uint64_t address_of(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

}  // namespace

std::uint64_t page_hash(std::span<const std::uint8_t> page) {
    // Multiply and rotate over words: no bit of a changed page goes unnoticed in one word, and two words that cancel
    // each other out do not happen by chance.
    std::uint64_t hash = 0x9e3779b97f4a7c15;
    for (std::size_t i = 0; i + 8 <= page.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, page.data() + i, sizeof word);
        hash = (hash ^ word) * 0xff51afd7ed558ccd;
        hash ^= hash >> 32U;
    }
    return hash;
}

PageSink::PageSink(clusterdisc::FileDescriptor faults, const MemoryFile* memory, int socket, PageReader& reader)
    : faults_(std::move(faults)), memory_(memory), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), socket_(socket),
      reader_(reader) {
    if (!wake_.is_open()) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
}

PageSink::PageSink(clusterdisc::FileDescriptor faults, int socket, PageReader& reader)
    : PageSink(std::move(faults), nullptr, socket, reader) {}

PageSink::PageSink(const MemoryFile& memory, int socket, PageReader& reader)
    : PageSink(clusterdisc::FileDescriptor(), &memory, socket, reader) {}

void PageSink::start_watching(const PageRange& range) {
    uffdio_register registration{};
    registration.range = {range.start, range.end - range.start};
    registration.mode = UFFDIO_REGISTER_MODE_MISSING;
    if (::ioctl(faults_.number(), UFFDIO_REGISTER, &registration) == -1) {
        throw std::system_error(errno, std::generic_category(), "userfaultfd: cannot watch a range");
    }
    watched_.add(range.start, range.end);
}

void PageSink::watch(const PageRange& range, const PageRanges& missing) {
    const std::lock_guard lock(mutex_);
    if (memory_ == nullptr) {
        start_watching(range);
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

void PageSink::copy(std::uint64_t start, std::span<const std::uint8_t> pages) {
    if (memory_ != nullptr) {
        if (!memory_->write(start, pages)) {
            throw std::runtime_error("cannot write a page to the process's memory");
        }
        return;
    }
    std::size_t done = 0;
    std::size_t step = pages.size();
    while (done < pages.size()) {
        uffdio_copy request{};
        request.dst = start + done;
        request.src = address_of(pages.data() + done);
        request.len = std::min(step, pages.size() - done);
        if (::ioctl(faults_.number(), UFFDIO_COPY, &request) == 0) {
            done += static_cast<std::size_t>(request.len);
            continue;
        }
        if (request.copy > 0) {
            done += static_cast<std::size_t>(request.copy);
        } else if (errno == EAGAIN) {
            continue;
        } else if (step > page_size) {
            // Over several mappings, or a page is there already: one by one.
            step = page_size;
        } else if (errno != EEXIST && errno != ENOENT && errno != ESRCH && errno != ENOSPC) {
            throw std::system_error(errno, std::generic_category(), "userfaultfd: cannot place a page");
        } else {
            // It is there; the mapping is gone; the process is.
            uffdio_range range{start + done, page_size};
            ::ioctl(faults_.number(), UFFDIO_WAKE, &range);
            done += page_size;
        }
    }
}

void PageSink::zero(std::uint64_t start, std::uint64_t end) {
    for (std::uint64_t page = start; page < end; page += page_size) {
        uffdio_zeropage request{};
        request.range = {page, page_size};
        while (::ioctl(faults_.number(), UFFDIO_ZEROPAGE, &request) == -1 && errno == EAGAIN) {
        }
        uffdio_range range{page, page_size};
        ::ioctl(faults_.number(), UFFDIO_WAKE, &range);
    }
}

void PageSink::say(PageHeader::Kind kind, std::uint64_t start, std::uint64_t end) {
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
        zero(address, address + page_size);
        return;
    }
    waiting_.insert(address);
    // The more faults follow one another, the further we look ahead.
    window_ = address == expected_fault_ ? std::min(window_ * 2, max_window) : 4;
    std::uint64_t end = address;
    while (end < address + window_ * page_size && missing_.contains(end) && !asked_.contains(end)) {
        end += page_size;
    }
    if (end > address) {
        expected_fault_ = end;
        ask(address, end);
    }
}

void PageSink::read_faults() {
    std::array<uffd_msg, 16> messages{};
    for (;;) {
        const ssize_t size = ::read(faults_.number(), messages.data(), sizeof messages);
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

void PageSink::place(const PageHeader& header, std::span<const std::uint8_t> pages) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t end = header.address + std::uint64_t{header.pages} * page_size;
    if (header.kind == PageHeader::Kind::done) {
        peer_is_done_ = true;
    } else if (header.kind == PageHeader::Kind::data) {
        for (const PageRange& part : missing_.within(header.address, end)) {
            const auto bytes = pages.subspan(static_cast<std::size_t>(part.start - header.address),
                                             static_cast<std::size_t>(part.end - part.start));
            for (std::uint64_t page = part.start; page < part.end; page += page_size) {
                if (hashed_.contains(page)) {
                    hashes_[page] = page_hash(bytes.subspan(static_cast<std::size_t>(page - part.start), page_size));
                }
            }
            copy(part.start, bytes);
        }
    }
    if (header.kind == PageHeader::Kind::data || header.kind == PageHeader::Kind::zero) {
        missing_.remove(header.address, end);
        asked_.remove(header.address, end);
        for (auto fault = waiting_.lower_bound(header.address); fault != waiting_.end() && *fault < end;) {
            if (header.kind == PageHeader::Kind::zero) {
                zero(*fault, *fault + page_size);
            }
            fault = waiting_.erase(fault);
        }
    }
    changed_.notify_all();
}

bool PageSink::flush() {
    while (!output_.empty()) {
        const ssize_t part = ::send(socket_, output_.data(), output_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (part < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        }
        output_.erase(output_.begin(), output_.begin() + part);
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

void PageSink::stop_watching(std::uint64_t start, std::uint64_t end) {
    if (start < end) {
        uffdio_range range{start, end - start};
        // It fails where something was unmapped or is mapped anew; what stays watched is still answered.
        ::ioctl(faults_.number(), UFFDIO_UNREGISTER, &range);
    }
}

void PageSink::finish(const std::function<void()>& complete) {
    {
        const std::lock_guard lock(mutex_);
        if (is_complete_ || !peer_is_done_ || lacks_more_than_files()) {
            return;
        }
        is_complete_ = true;
        // From here on the kernel itself gives zeros for what was never touched.
        for (const PageRange& range : kept_.all()) {
            watched_.remove(range.start, range.end);
        }
        for (const PageRange& range : watched_.all()) {
            stop_watching(range.start, range.end);
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
        std::array<pollfd, 4> waits{pollfd{faults_.number(), POLLIN, 0},
                                    pollfd{socket_, static_cast<short>(POLLIN | (wants_to_send ? POLLOUT : 0)), 0},
                                    pollfd{wake_.number(), POLLIN, 0}, pollfd{stop, POLLIN, 0}};
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
        if (waits[3].revents != 0) {
            return true;
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
        for (std::uint64_t start = from; start < end; start += max_pages_of_request * page_size) {
            ask(start, std::min(end, start + max_pages_of_request * page_size));
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
    return known != hashes_.end() && known->second == page_hash(page);
}

}  // namespace openmosix
