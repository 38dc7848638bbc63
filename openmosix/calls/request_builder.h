// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
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
    std::int64_t min_value = 0;
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
                   std::uint32_t max_area);

    [[nodiscard]] Abi abi() const { return abi_; }
    [[nodiscard]] std::uint64_t argument(std::size_t index) const { return request_.arguments.at(index); }
    void set_argument(std::size_t index, std::uint64_t value) { request_.arguments.at(index) = value; }

    /// Bytes that a buffer may have so that the rest of the call has its place,
    /// too.
    [[nodiscard]] std::uint64_t room_left() const;

    /// Reads from the process; none when a part of it cannot be read. Throws NeedsHome when it is too much.
    [[nodiscard]] std::optional<std::vector<std::uint8_t>> read(std::uint64_t address, std::uint64_t size);
    /// As much of it as there is up to memory that cannot be read.
    [[nodiscard]] std::vector<std::uint8_t> read_prefix(std::uint64_t address, std::uint64_t size);
    [[nodiscard]] std::optional<std::uint64_t> read_word(std::uint64_t address);
    [[nodiscard]] std::optional<std::uint32_t> read_32(std::uint64_t address);

    Block add_input(std::span<const std::uint8_t> bytes);
    /// A buffer of the process (place_of_buffer()); none when a part of it cannot be read.
    std::optional<Block> add_input_from(std::uint64_t address, std::uint64_t size);
    /// Only as much as can be read; how much.
    std::pair<Block, std::uint64_t> add_readable_input(std::uint64_t address, std::uint64_t size);
    /// Right behind the last input block, and as a part of it: whether a buffer may lie there, and how much of it could
    /// be read.
    [[nodiscard]] bool continues_input(std::uint64_t address, std::uint64_t size) const;
    std::uint64_t extend_input(std::uint64_t address, std::uint64_t size);
    /// For a buffer of the process. Throws NeedsHome when it does not fit.
    Block add_room(std::uint64_t address, std::uint64_t size);
    /// Right behind the last room, and as a part of it.
    [[nodiscard]] bool continues_room(std::uint64_t address, std::uint64_t size) const;
    void extend_room(std::uint64_t size);
    /// An argument, or a word in an input block, points to a block.
    void point_argument(std::size_t index, Block block);
    void point_word(Block block, std::size_t offset, Block target, std::size_t target_offset = 0);
    /// The same, but to what no process has: the process's own pointer, which leads nowhere, may lead somewhere at
    /// home.
    void point_argument_nowhere(std::size_t index);
    void point_word_nowhere(Block block, std::size_t offset);
    /// What is in a block afterwards goes back; returns its number.
    std::uint32_t add_output(Block block, std::size_t size, Length length, std::uint32_t unit = 1,
                             std::uint32_t before = 0);
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
    /// Where what the call only writes begins.
    [[nodiscard]] std::size_t start_of_rooms() const;
    void check_room() const;
    Block begin_input(std::size_t offset);
    /// Copies from the process to the end of the input; how many bytes.
    std::size_t append(std::uint64_t address, std::size_t size);

    Abi abi_;
    ProcessMemory& memory_;
    std::uint32_t max_area_;
    CallRequest request_;
    std::vector<Part> parts_;
    std::size_t room_ = 0;
    std::vector<Pointer> pointers_;
    std::vector<PendingOutput> outputs_;
    std::vector<WriteBack> backs_;
};

}  // namespace openmosix
