// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/unconfirmed_messages.h"

namespace openmosix {

void UnconfirmedMessages::add(const PageHeader& header) {
    const std::uint64_t work = work_of(header);
    const std::uint64_t bytes = sizeof header + size_of_payload(header);
    last_ = {.work = last_.work + work, .bytes = last_.bytes + bytes, .work_of_peer = work - bytes};
    messages_.push_back(last_);
    work_of_peer_ += last_.work_of_peer;
}

std::uint64_t UnconfirmedMessages::confirm(std::uint64_t work) {
    std::uint64_t bytes = 0;
    while (!messages_.empty() && messages_.front().work <= work) {
        bytes = messages_.front().bytes;
        done_ = messages_.front().work;
        work_of_peer_ -= messages_.front().work_of_peer;
        messages_.pop_front();
    }
    return bytes;
}

}  // namespace openmosix
