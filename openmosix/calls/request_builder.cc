// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/request_builder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "calls/request_check.h"

namespace openmosix {

namespace {

constexpr std::size_t alignment = 16;
/// What a call has besides its greatest buffer: at most a path, an address and
/// some structures.
constexpr std::uint64_t place_for_others = 8192;

constexpr std::size_t aligned(std::size_t size) {
    return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

RequestBuilder::RequestBuilder(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments,
                               ProcessMemory& memory, std::uint32_t largest_area)
    : abi_(abi), memory_(memory), largest_area_(largest_area) {
    request_.number = number;
    request_.arguments = arguments;
}

std::uint64_t RequestBuilder::room_left() const {
    const std::uint64_t used = aligned(request_.input.size()) + room_ + place_for_others;
    return largest_area_ > used ? largest_area_ - used : 0;
}

void RequestBuilder::check_room() const {
    if (aligned(request_.input.size()) + room_ > largest_area_) {
        throw NeedsHome{};
    }
}

std::vector<std::uint8_t> RequestBuilder::read(std::uint64_t address, std::uint64_t size) {
    if (size > largest_area_) {
        throw NeedsHome{};
    }
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    if (size != 0 && !memory_.read(address, bytes)) {
        throw Errno{EFAULT};
    }
    return bytes;
}

std::vector<std::uint8_t> RequestBuilder::read_prefix(std::uint64_t address, std::uint64_t size) {
    if (size > largest_area_) {
        throw NeedsHome{};
    }
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    if (size == 0 || memory_.read(address, bytes)) {
        return bytes;
    }
    std::size_t known = 0;
    while (known < size) {
        const std::uint64_t from = address + known;
        const auto step = static_cast<std::size_t>(std::min(size - known, page_size - from % page_size));
        if (!memory_.read(from, std::span(bytes).subspan(known, step))) {
            break;
        }
        known += step;
    }
    bytes.resize(known);
    return bytes;
}

std::uint64_t RequestBuilder::read_word(std::uint64_t address) {
    std::uint64_t word = 0;
    const auto bytes = read(address, word_size(abi_));
    std::memcpy(&word, bytes.data(), bytes.size());
    return word;
}

std::uint32_t RequestBuilder::read_32(std::uint64_t address) {
    std::uint32_t number = 0;
    const auto bytes = read(address, sizeof number);
    std::memcpy(&number, bytes.data(), bytes.size());
    return number;
}

RequestBuilder::Block RequestBuilder::add_input(const std::vector<std::uint8_t>& bytes) {
    const std::size_t offset = aligned(request_.input.size());
    request_.input.resize(offset);
    request_.input.insert(request_.input.end(), bytes.begin(), bytes.end());
    parts_.push_back({true, offset});
    check_room();
    return parts_.size() - 1;
}

RequestBuilder::Block RequestBuilder::add_room(std::uint64_t size) {
    if (size > largest_area_) {
        throw NeedsHome{};
    }
    parts_.push_back({false, room_});
    room_ += aligned(static_cast<std::size_t>(size));
    check_room();
    return parts_.size() - 1;
}

void RequestBuilder::point_argument(std::size_t index, Block block) {
    pointers_.push_back({std::nullopt, index, block, 0});
}

void RequestBuilder::point_word(Block block, std::size_t offset, Block target, std::size_t target_offset) {
    pointers_.push_back({block, offset, target, target_offset});
}

std::uint32_t RequestBuilder::add_output(Block block, std::size_t size, Length length, std::uint32_t unit) {
    outputs_.push_back({block, {0, static_cast<std::uint32_t>(size), length, unit}});
    return static_cast<std::uint32_t>(outputs_.size() - 1);
}

void RequestBuilder::in(std::size_t index, std::uint64_t size) {
    if (argument(index) != 0) {
        point_argument(index, add_input(read(argument(index), size)));
    }
}

void RequestBuilder::out(std::size_t index, std::uint64_t size, std::uint32_t unit) {
    if (argument(index) != 0) {
        const Block block = add_room(size);
        point_argument(index, block);
        const std::uint32_t output = add_output(block, static_cast<std::size_t>(size), Length::result, unit);
        write_back({output, 0, argument(index), static_cast<std::uint32_t>(size)});
    }
}

void RequestBuilder::inout(std::size_t index, std::uint64_t size, Length length, WriteBack::Rule rule) {
    if (argument(index) != 0) {
        const Block block = add_input(read(argument(index), size));
        point_argument(index, block);
        const std::uint32_t output = add_output(block, static_cast<std::size_t>(size), length);
        write_back({output, 0, argument(index), static_cast<std::uint32_t>(size), rule});
    }
}

void RequestBuilder::path(std::size_t index, std::uint64_t longest) {
    const std::uint64_t address = argument(index);
    if (address == 0) {
        return;
    }
    std::vector<std::uint8_t> text;
    while (text.size() < longest) {
        // Never across the border of a page that may not be there.
        const std::uint64_t from = address + text.size();
        const auto part = read(from, std::min(longest - text.size(), page_size - from % page_size));
        const auto end = std::ranges::find(part, std::uint8_t{0});
        text.insert(text.end(), part.begin(), end);
        if (end != part.end()) {
            text.push_back(0);
            break;
        }
    }
    point_argument(index, add_input(text));
}

std::size_t RequestBuilder::offset_of(Block block) const {
    const Part& part = parts_.at(block);
    return part.is_input ? part.offset : aligned(request_.input.size()) + part.offset;
}

CallRequest RequestBuilder::finish() {
    if (pointers_.size() > most_relocations || outputs_.size() > most_outputs) {
        throw NeedsHome{};
    }
    request_.area = static_cast<std::uint32_t>(aligned(request_.input.size()) + room_);
    for (const Pointer& pointer : pointers_) {
        CallRequest::Relocation relocation;
        relocation.is_argument = !pointer.in_block.has_value();
        relocation.place =
            static_cast<std::uint32_t>(pointer.place + (pointer.in_block ? offset_of(*pointer.in_block) : 0));
        relocation.target = static_cast<std::uint32_t>(offset_of(pointer.target) + pointer.target_offset);
        request_.relocations.push_back(relocation);
    }
    for (PendingOutput& pending : outputs_) {
        pending.output.offset = static_cast<std::uint32_t>(offset_of(pending.block));
        request_.outputs.push_back(pending.output);
    }
    return std::move(request_);
}

}  // namespace openmosix
