// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "abi.h"
#include "calls/call_request.h"
#include "calls/process_memory.h"

namespace openmosix {

/// Only home can do this call.
struct NeedsHome {};

/// The call fails without being made.
struct Errno {
    int number = 0;
};

/// Where an output goes in the body.
struct WriteBack {
    /// Which of the request's outputs, and from which byte of it on.
    std::uint32_t output = 0;
    std::uint32_t from = 0;
    std::uint64_t address = 0;
    std::uint32_t size = 0;
    /// The output that says (as four bytes) how much of this one there is; -1: none.
    std::int32_t length_output = -1;
};

/// Puts a request together: what the process points to is copied into the request's input, and room made for what the
/// call writes. Throws Errno and NeedsHome.
class RequestBuilder {
public:
    RequestBuilder(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments, ProcessMemory& memory,
                   std::uint32_t largest_area);

    [[nodiscard]] Abi abi() const { return abi_; }
    [[nodiscard]] std::uint64_t argument(std::size_t index) const { return request_.arguments.at(index); }
    void set_argument(std::size_t index, std::uint64_t value) { request_.arguments.at(index) = value; }
    [[nodiscard]] std::uint32_t largest_area() const { return largest_area_; }
    ProcessMemory& memory() { return memory_; }

    /// Reads from the process. Throws Errno(EFAULT).
    std::vector<std::uint8_t> read(std::uint64_t address, std::size_t size);
    std::uint64_t read_word(std::uint64_t address);
    std::uint32_t read_32(std::uint64_t address);

    /// A block of the area.
    using Block = std::size_t;
    Block add_input(std::vector<std::uint8_t> bytes);
    Block add_room(std::size_t size);
    /// An argument, or a word in an input block, points to a block.
    void point_argument(std::size_t index, Block block, std::size_t offset = 0);
    void point_word(Block block, std::size_t offset, Block target, std::size_t target_offset = 0);
    /// What is in a block afterwards goes back; returns its number.
    std::uint32_t add_output(Block block, std::size_t size, CallRequest::Output::Length length, std::uint32_t unit = 1);
    void write_back(const WriteBack& back) { backs_.push_back(back); }

    /// An argument that points to so many bytes, read or written or both. A null pointer stays one.
    void in(std::size_t index, std::size_t size);
    void out(std::size_t index, std::size_t size, CallRequest::Output::Length length, std::uint32_t unit = 1);
    void inout(std::size_t index, std::size_t size, CallRequest::Output::Length length);
    /// A string, up to its zero byte.
    void path(std::size_t index);

    [[nodiscard]] CallRequest finish();
    [[nodiscard]] std::vector<WriteBack> take_backs() { return std::move(backs_); }

private:
    struct Part {
        bool is_input = true;
        std::size_t offset = 0;
        std::size_t size = 0;
    };
    struct Pointer {
        std::optional<Block> in_block;
        std::size_t place = 0;
        Block target = 0;
        std::size_t target_offset = 0;
    };
    struct PendingOutput {
        Block block = 0;
        CallRequest::Output output;
    };
    [[nodiscard]] std::size_t offset_of(Block block) const;
    void check_room() const;

    Abi abi_;
    ProcessMemory& memory_;
    std::uint32_t largest_area_;
    CallRequest request_;
    std::vector<Part> parts_;
    std::size_t room_ = 0;
    std::vector<Pointer> pointers_;
    std::vector<PendingOutput> outputs_;
    std::vector<WriteBack> backs_;
};

}  // namespace openmosix
