// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/partial_transfer.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "calls/system_call_table.h"

namespace openmosix {

namespace {

/// MAX_RW_COUNT: no call moves more.
constexpr std::uint64_t max_transfer = 0x7ffff000;

/// The rest of one call, taken off the request step by step.
class Rest {
public:
    Rest(Abi abi, CallRequest request, std::uint64_t done) : abi_(abi), request_(std::move(request)), done_(done) {}

    /// A buffer, and how many bytes it has.
    bool skip_buffer(std::size_t buffer, std::size_t count) {
        const auto pointer = find_pointer(true, static_cast<std::uint32_t>(buffer));
        if (!skip_count(count)) {
            return false;
        }
        if (pointer == request_.relocations.end()) {
            request_.arguments.at(buffer) += done_;
            return true;
        }
        pointer->target += static_cast<std::uint32_t>(done_);
        return pointer->target <= request_.area;
    }
    bool skip_count(std::size_t count) {
        std::uint64_t& size = request_.arguments.at(count);
        size = std::min(size, max_transfer);
        if (size <= done_) {
            return false;
        }
        size -= done_;
        return true;
    }
    /// A list of buffers (struct iovec) that an argument points to, or a word of what another points to.
    bool skip_list_of_argument(std::size_t list, std::size_t count) {
        const auto pointer = find_pointer(true, static_cast<std::uint32_t>(list));
        return pointer != request_.relocations.end() && skip_list(pointer->target, request_.arguments.at(count));
    }
    /// True if the message that is argument 1 has room for what comes beside the bytes.
    [[nodiscard]] bool has_control() {
        const auto header = find_pointer(true, 1);
        return header == request_.relocations.end() || get(header->target + 5 * word()).value_or(1) != 0;
    }
    bool skip_list_of_message(std::size_t message) {
        const auto header = find_pointer(true, static_cast<std::uint32_t>(message));
        if (header == request_.relocations.end()) {
            return false;
        }
        // struct msghdr: name, its length, buffers, their count.
        const std::uint32_t start = header->target;
        // What is sent beside the bytes (descriptors) has been sent with the first of them.
        const auto control = find_pointer(false, start + 4 * word());
        if (control != request_.relocations.end()) {
            request_.relocations.erase(control);
        }
        if (start + 7 * word() > request_.input.size()) {
            return false;
        }
        const auto fields = std::span(request_.input).subspan(start);
        std::ranges::fill(fields.subspan(std::size_t{4} * word(), std::size_t{2} * word()), std::uint8_t{0});
        const auto list = find_pointer(false, start + 2 * word());
        const auto count = get(start + 3 * word());
        return list != request_.relocations.end() && count && skip_list(list->target, *count);
    }
    /// A position in a file by value: in two registers on i386; -1 for the file's own.
    void skip_position(std::size_t index) {
        std::uint64_t& low = request_.arguments.at(index);
        if (abi_ == Abi::amd64) {
            low += low == UINT64_MAX ? 0 : done_;
            return;
        }
        std::uint64_t& high = request_.arguments.at(index + 1);
        const std::uint64_t position = high << 32U | static_cast<std::uint32_t>(low);
        if (position != UINT64_MAX) {
            low = static_cast<std::uint32_t>(position + done_);
            high = (position + done_) >> 32U;
        }
    }
    /// A position in a file that an argument points to, which the kernel has moved on.
    bool skip_position_at(std::size_t index, std::size_t size) {
        const auto pointer = find_pointer(true, static_cast<std::uint32_t>(index));
        if (pointer == request_.relocations.end()) {
            return true;
        }
        if (pointer->target + size > request_.input.size()) {
            return false;
        }
        std::uint64_t position = 0;
        std::memcpy(&position, request_.input.data() + pointer->target, size);
        position += done_;
        std::memcpy(request_.input.data() + pointer->target, &position, size);
        return true;
    }
    [[nodiscard]] std::uint32_t word() const { return static_cast<std::uint32_t>(word_size(abi_)); }
    [[nodiscard]] CallRequest take() { return std::move(request_); }

private:
    using Pointer = std::vector<CallRequest::Relocation>::iterator;

    Pointer find_pointer(bool is_argument, std::uint32_t place) {
        return std::ranges::find_if(request_.relocations, [=](const CallRequest::Relocation& relocation) {
            return relocation.is_argument == is_argument && relocation.place == place;
        });
    }
    [[nodiscard]] std::optional<std::uint64_t> get(std::uint32_t place) const {
        if (std::uint64_t{place} + word() > request_.input.size()) {
            return std::nullopt;
        }
        std::uint64_t value = 0;
        std::memcpy(&value, request_.input.data() + place, word());
        return value;
    }
    bool skip_list(std::uint32_t list, std::uint64_t count) {
        constexpr std::uint64_t max_buffers = 1024;
        std::uint64_t left = done_;
        std::uint64_t rest = 0;
        for (std::uint32_t i = 0; i < std::min(count, max_buffers); ++i) {
            const std::uint32_t entry = list + 2 * word() * i;
            const auto size = get(entry + word());
            if (!size) {
                return false;
            }
            const std::uint64_t step = std::min(*size, left);
            const std::uint64_t new_size = *size - step;
            std::memcpy(request_.input.data() + entry + word(), &new_size, word());
            left -= step;
            rest += new_size;
            const auto pointer = find_pointer(false, entry);
            if (pointer == request_.relocations.end()) {
                const std::uint64_t address = get(entry).value_or(0) + step;
                std::memcpy(request_.input.data() + entry, &address, word());
            } else {
                pointer->target += static_cast<std::uint32_t>(step);
                if (pointer->target > request_.area) {
                    return false;
                }
            }
        }
        return rest != 0 && left == 0;
    }

    Abi abi_;
    CallRequest request_;
    std::uint64_t done_;
};

/// True of flags of a receiving call that does not end before its buffers are full.
bool wants_all(std::uint64_t flags) {
    return (flags & MSG_WAITALL) != 0 && (flags & MSG_PEEK) == 0;
}

bool skip(Rest& rest, std::string_view name, const CallRequest& request) {
    if (name == "write" || name == "read") {
        return rest.skip_buffer(1, 2);
    }
    if (name == "pwrite64" || name == "pread64") {
        rest.skip_position(3);
        return rest.skip_buffer(1, 2);
    }
    if (name == "writev" || name == "readv") {
        return rest.skip_list_of_argument(1, 2);
    }
    if (name.starts_with("pwritev") || name.starts_with("preadv")) {
        rest.skip_position(3);
        return rest.skip_list_of_argument(1, 2);
    }
    if (name == "getrandom") {
        return rest.skip_buffer(0, 1);
    }
    if (name == "sendto") {
        return rest.skip_buffer(1, 2);
    }
    if (name == "sendmsg") {
        return rest.skip_list_of_message(1);
    }
    if (name == "recvfrom") {
        return wants_all(request.arguments[3]) && rest.skip_buffer(1, 2);
    }
    if (name == "recvmsg") {
        // What came beside the first bytes would be lost with another call.
        return wants_all(request.arguments[2]) && !rest.has_control() && rest.skip_list_of_message(1);
    }
    if (name == "sendfile" || name == "sendfile64") {
        return rest.skip_position_at(2, name == "sendfile" ? rest.word() : 8) && rest.skip_count(3);
    }
    if (name == "copy_file_range") {
        return rest.skip_position_at(1, 8) && rest.skip_position_at(3, 8) && rest.skip_count(4);
    }
    return false;
}

}  // namespace

std::optional<CallRequest> rest_of_transfer(Abi abi, const CallRequest& request, std::uint64_t done) {
    const SystemCall* call = find_system_call(abi, request.number);
    if (call == nullptr || done == 0 || done >= max_transfer) {
        return std::nullopt;
    }
    Rest rest(abi, request, done);
    if (!skip(rest, call->name, request)) {
        return std::nullopt;
    }
    return rest.take();
}

}  // namespace openmosix
