// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
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
    /// Where another output says how many bytes of this one there are: a number
    /// of `size` bytes, at `from` in it.
    struct Length {
        std::uint32_t output = 0;
        std::uint32_t from = 0;
        std::uint32_t size = 0;
    };
    /// What becomes of bytes that the call left as they were, and of memory that
    /// cannot be written.
    enum class Rule : std::uint8_t {
        /// All is written; the call fails with EFAULT.
        all,
        /// From the first byte that has changed to the last; the call fails with
        /// EFAULT.
        changes,
        /// The same; the call does not fail.
        changes_if_possible,
    };
    /// Which of the request's outputs, and from which byte of it on.
    std::uint32_t output = 0;
    std::uint32_t from = 0;
    std::uint64_t address = 0;
    std::uint32_t size = 0;
    Rule rule = Rule::all;
    std::optional<Length> length = std::nullopt;
    /// Not written when the call gave less.
    std::int64_t least_value = 0;
};

/// Puts a request together: what the process points to is copied into the
/// request's input, and room made for what the call writes. Throws Errno and
/// NeedsHome.
class RequestBuilder {
public:
    /// A block of the area.
    using Block = std::size_t;
    using Length = CallRequest::Output::Length;

    RequestBuilder(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments, ProcessMemory& memory,
                   std::uint32_t largest_area);

    [[nodiscard]] Abi abi() const { return abi_; }
    [[nodiscard]] std::uint64_t argument(std::size_t index) const { return request_.arguments.at(index); }
    void set_argument(std::size_t index, std::uint64_t value) { request_.arguments.at(index) = value; }

    /// Bytes that a buffer may have so that the rest of the call has its place,
    /// too.
    [[nodiscard]] std::uint64_t room_left() const;
    /// Less is done than the process asked for.
    void mark_clamped() { was_clamped_ = true; }
    [[nodiscard]] bool was_clamped() const { return was_clamped_; }
    /// Bytes that the call moves at most.
    void set_transfer_size(std::uint64_t size) { transfer_size_ = size; }
    [[nodiscard]] std::uint64_t transfer_size() const { return transfer_size_; }

    /// Reads from the process. Throws Errno(EFAULT), NeedsHome when it is too
    /// much.
    [[nodiscard]] std::vector<std::uint8_t> read(std::uint64_t address, std::uint64_t size);
    /// As much of it as there is up to memory that cannot be read.
    [[nodiscard]] std::vector<std::uint8_t> read_prefix(std::uint64_t address, std::uint64_t size);
    [[nodiscard]] std::uint64_t read_word(std::uint64_t address);
    [[nodiscard]] std::uint32_t read_32(std::uint64_t address);

    Block add_input(const std::vector<std::uint8_t>& bytes);
    /// Throws NeedsHome when it does not fit.
    Block add_room(std::uint64_t size);
    /// An argument, or a word in an input block, points to a block.
    void point_argument(std::size_t index, Block block);
    void point_word(Block block, std::size_t offset, Block target, std::size_t target_offset = 0);
    /// What is in a block afterwards goes back; returns its number.
    std::uint32_t add_output(Block block, std::size_t size, Length length, std::uint32_t unit = 1);
    void write_back(const WriteBack& back) { backs_.push_back(back); }

    /// An argument that points to so many bytes, read or written or both. A null
    /// pointer stays one.
    void in(std::size_t index, std::uint64_t size);
    /// Written as far as the result says, in units.
    void out(std::size_t index, std::uint64_t size, std::uint32_t unit);
    void inout(std::size_t index, std::uint64_t size, Length length, WriteBack::Rule rule = WriteBack::Rule::all);
    /// A string, up to its zero byte or its greatest length.
    void path(std::size_t index, std::uint64_t longest);

    [[nodiscard]] CallRequest finish();
    [[nodiscard]] std::vector<WriteBack> take_backs() { return std::move(backs_); }

private:
    struct Part {
        bool is_input = true;
        std::size_t offset = 0;
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
    bool was_clamped_ = false;
    std::uint64_t transfer_size_ = 0;
    CallRequest request_;
    std::vector<Part> parts_;
    std::size_t room_ = 0;
    std::vector<Pointer> pointers_;
    std::vector<PendingOutput> outputs_;
    std::vector<WriteBack> backs_;
};

}  // namespace openmosix
