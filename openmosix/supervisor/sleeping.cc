// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "calls/sleep_call.h"
#include "clocks/read_clock.h"
#include "freeze/gathering.h"
#include "supervisor/home_supervisor.h"
#include "tracee/kernel_result.h"

namespace openmosix {

namespace {

constexpr std::int64_t second = 1'000'000'000;

std::optional<SleepCall> find_sleep(Abi abi, const CallRequest& request) {
    return find_sleep_call(abi, request.number, request.arguments[1]);
}

}  // namespace

bool HomeSupervisor::can_sleep_on() const {
    return is_restarted_call_ || find_sleep(agent_->abi(), request_).has_value();
}

bool HomeSupervisor::is_writable_here(std::uint64_t address, std::size_t size) const {
    return std::ranges::any_of(gather_ranges(options_.pid, forwarding_.address(), sent_attributes_),
                               [&](const ImageRange& range) {
                                   return range.start <= address && address < range.end &&
                                          size <= range.end - address && (range.protection & PROT_WRITE) != 0;
                               });
}

void HomeSupervisor::take_sleep_rest() {
    sleep_rest_.reset();
    sleep_rest_address_ = 0;
    const auto sleep = find_sleep(agent_->abi(), request_);
    if (!sleep || sleep->is_until) {
        return;
    }
    // The kernel writes what is left of it whenever it is interrupted, later perhaps, when the process is home and the
    // area is gone. So it gets the program's own place if there is one at home; we know how long it has slept.
    const auto place_of = [&](std::size_t argument) {
        return std::ranges::find_if(request_.relocations, [argument](const CallRequest::Relocation& relocation) {
            return relocation.is_argument && relocation.place == argument;
        });
    };
    const std::size_t word = sleep->word;
    const auto length = place_of(sleep->length_argument);
    const auto rest = place_of(sleep->rest_argument);
    if (length == request_.relocations.end() || rest == request_.relocations.end() ||
        length->target + 2 * word > request_.input.size() || rest->target + 2 * word > request_.area) {
        return;
    }
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::memcpy(&seconds, request_.input.data() + length->target, word);
    std::memcpy(&nanoseconds, request_.input.data() + length->target + word, word);
    constexpr std::int64_t longest = std::int64_t{1} << 33U;
    sleep_length_ =
        std::clamp<std::int64_t>(seconds, 0, longest) * second + std::clamp<std::int64_t>(nanoseconds, 0, second - 1);
    sleep_rest_ = rest->target;
    sleep_begin_ = read_clock(CLOCK_MONOTONIC);
    std::uint64_t& place = request_.arguments.at(sleep->rest_argument);
    sleep_rest_address_ = place;
    place = is_writable_here(place, 2 * word) ? place : 0;
    request_.relocations.erase(rest);
}

void HomeSupervisor::keep_what_is_left(std::int64_t value) {
    call_writes_.clear();
    if (is_restarted_call_) {
        // The kernel wrote to the program's own memory at home, which is not where the program is.
        call_writes_ = written_outputs();
        return;
    }
    const auto sleep = find_sleep(agent_->abi(), request_);
    if (value == 0 || !sleep || !sleep_rest_) {
        return;
    }
    const std::int64_t left = std::max<std::int64_t>(0, sleep_length_ - (read_clock(CLOCK_MONOTONIC) - sleep_begin_));
    const std::size_t word = sleep->word;
    const std::int64_t seconds = left / second;
    const std::int64_t nanoseconds = left % second;
    Bytes rest(2 * word);
    std::memcpy(rest.data(), &seconds, word);
    std::memcpy(rest.data() + word, &nanoseconds, word);
    std::ranges::copy(rest, forwarding_.forwarding_area().subspan(*sleep_rest_).begin());
    if (sleep_rest_address_ != 0) {
        call_writes_.push_back({sleep_rest_address_, std::move(rest)});
    }
}

void HomeSupervisor::write_what_is_left() {
    for (const MemoryWrite& write : call_writes_) {
        const std::uint64_t page = write.address & ~(page_size - 1);
        const std::uint64_t end = (write.address + write.content.size() + page_size - 1) & ~(page_size - 1);
        // Nothing can be written to a page that is still on its way.
        if (!sink_->fetch({page, end})) {
            throw PeerError("the page connection was closed");
        }
        // Where nothing is, the kernel could not have written either.
        static_cast<void>(memory_->write(write.address, write.content));
    }
    call_writes_.clear();
}

}  // namespace openmosix
