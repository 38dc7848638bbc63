// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/request_builder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "calls/buffer_place.h"
#include "calls/request_check.h"

namespace openmosix {

namespace {

/// What a call has besides its greatest buffer: at most a path, an address and
/// some structures.
constexpr std::uint64_t place_for_others = 8192;

/// Where no process has anything (vm.mmap_min_addr), and what is no null pointer.
constexpr std::uint64_t nowhere = page_size / 2;

}  // namespace

RequestBuilder::RequestBuilder(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments,
                               ProcessMemory& memory, std::uint32_t max_area)
    : abi_(abi), memory_(memory), max_area_(max_area) {
    request_.number = number;
    request_.arguments = arguments;
}

std::size_t RequestBuilder::start_of_rooms() const {
    // Their places in a page are as in the process.
    return align_up(request_.input.size(), room_ == 0 ? block_alignment : page_size);
}

std::uint64_t RequestBuilder::room_left() const {
    const std::uint64_t used = start_of_rooms() + room_ + place_for_others;
    return max_area_ > used ? max_area_ - used : 0;
}

void RequestBuilder::check_room() const {
    if (start_of_rooms() + room_ > max_area_) {
        throw NeedsHome{};
    }
}

std::optional<std::vector<std::uint8_t>> RequestBuilder::read(std::uint64_t address, std::uint64_t size) {
    if (size > max_area_) {
        throw NeedsHome{};
    }
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    if (size != 0 && !memory_.read(address, bytes)) {
        return std::nullopt;
    }
    return bytes;
}

std::vector<std::uint8_t> RequestBuilder::read_prefix(std::uint64_t address, std::uint64_t size) {
    if (size > max_area_) {
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

std::optional<std::uint64_t> RequestBuilder::read_word(std::uint64_t address) {
    std::uint64_t word = 0;
    const auto bytes = read(address, word_size(abi_));
    if (!bytes) {
        return std::nullopt;
    }
    std::memcpy(&word, bytes->data(), bytes->size());
    return word;
}

std::optional<std::uint32_t> RequestBuilder::read_32(std::uint64_t address) {
    std::uint32_t number = 0;
    const auto bytes = read(address, sizeof number);
    if (!bytes) {
        return std::nullopt;
    }
    std::memcpy(&number, bytes->data(), bytes->size());
    return number;
}

RequestBuilder::Block RequestBuilder::begin_input(std::size_t offset) {
    request_.input.resize(offset);
    parts_.push_back({true, offset});
    return parts_.size() - 1;
}

RequestBuilder::Block RequestBuilder::add_input(std::span<const std::uint8_t> bytes) {
    const Block block = begin_input(align_up(request_.input.size(), block_alignment));
    request_.input.insert(request_.input.end(), bytes.begin(), bytes.end());
    check_room();
    return block;
}

std::optional<RequestBuilder::Block> RequestBuilder::add_input_from(std::uint64_t address, std::uint64_t size) {
    const std::size_t before = request_.input.size();
    const auto [block, readable] = add_readable_input(address, size);
    if (readable == size) {
        return block;
    }
    parts_.pop_back();
    request_.input.resize(before);
    return std::nullopt;
}

std::pair<RequestBuilder::Block, std::uint64_t> RequestBuilder::add_readable_input(std::uint64_t address,
                                                                                   std::uint64_t size) {
    if (size > max_area_) {
        throw NeedsHome{};
    }
    const Block block = begin_input(place_of_buffer(request_.input.size(), address, size));
    return {block, append(address, static_cast<std::size_t>(size))};
}

bool RequestBuilder::continues_input(std::uint64_t address, std::uint64_t size) const {
    return can_lie_at(request_.input.size(), address, size);
}

std::uint64_t RequestBuilder::extend_input(std::uint64_t address, std::uint64_t size) {
    if (size > max_area_) {
        throw NeedsHome{};
    }
    return append(address, static_cast<std::size_t>(size));
}

std::size_t RequestBuilder::append(std::uint64_t address, std::size_t size) {
    const std::size_t start = request_.input.size();
    if (start + size > max_area_) {
        throw NeedsHome{};
    }
    request_.input.resize(start + size);
    const auto bytes = std::span(request_.input).subspan(start);
    if (size != 0 && !memory_.read(address, bytes)) {
        const auto readable = read_prefix(address, size);
        std::ranges::copy(readable, bytes.begin());
        request_.input.resize(start + readable.size());
    }
    check_room();
    return request_.input.size() - start;
}

RequestBuilder::Block RequestBuilder::add_room(std::uint64_t address, std::uint64_t size) {
    if (size > max_area_) {
        throw NeedsHome{};
    }
    const std::size_t place = place_of_buffer(room_, address, size);
    parts_.push_back({false, place});
    room_ = place + static_cast<std::size_t>(size);
    check_room();
    return parts_.size() - 1;
}

bool RequestBuilder::continues_room(std::uint64_t address, std::uint64_t size) const {
    return can_lie_at(room_, address, size);
}

void RequestBuilder::extend_room(std::uint64_t size) {
    if (size > max_area_) {
        throw NeedsHome{};
    }
    room_ += static_cast<std::size_t>(size);
    check_room();
}

void RequestBuilder::point_argument(std::size_t index, Block block) {
    pointers_.push_back({std::nullopt, index, block, 0});
}

void RequestBuilder::point_word(Block block, std::size_t offset, Block target, std::size_t target_offset) {
    pointers_.push_back({block, offset, target, target_offset});
}

void RequestBuilder::point_argument_nowhere(std::size_t index) {
    set_argument(index, nowhere);
}

void RequestBuilder::point_word_nowhere(Block block, std::size_t offset) {
    std::memcpy(std::span(request_.input).subspan(parts_.at(block).offset + offset, word_size(abi_)).data(), &nowhere,
                word_size(abi_));
}

std::uint32_t RequestBuilder::add_output(Block block, std::size_t size, Length length, std::uint32_t unit,
                                         std::uint32_t before) {
    outputs_.push_back({block, {0, static_cast<std::uint32_t>(size), length, unit, before}});
    return static_cast<std::uint32_t>(outputs_.size() - 1);
}

void RequestBuilder::in(std::size_t index, std::uint64_t size) {
    if (argument(index) == 0) {
        return;
    }
    if (const auto block = add_input_from(argument(index), size)) {
        point_argument(index, *block);
    } else {
        point_argument_nowhere(index);
    }
}

void RequestBuilder::out(std::size_t index, std::uint64_t size, std::uint32_t unit) {
    if (argument(index) != 0) {
        const Block block = add_room(argument(index), size);
        point_argument(index, block);
        const std::uint32_t output = add_output(block, static_cast<std::size_t>(size), Length::result, unit);
        write_back({output, 0, argument(index), static_cast<std::uint32_t>(size)});
    }
}

void RequestBuilder::inout(std::size_t index, std::uint64_t size, Length length, WriteBack::Rule rule) {
    const std::uint64_t address = argument(index);
    if (address == 0) {
        return;
    }
    if (const auto block = add_input_from(address, size)) {
        point_argument(index, *block);
        const std::uint32_t output = add_output(*block, static_cast<std::size_t>(size), length);
        write_back({output, 0, address, static_cast<std::uint32_t>(size), rule});
    } else {
        point_argument_nowhere(index);
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
        if (!part) {
            point_argument_nowhere(index);
            return;
        }
        const auto end = std::ranges::find(*part, std::uint8_t{0});
        text.insert(text.end(), part->begin(), end);
        if (end != part->end()) {
            text.push_back(0);
            break;
        }
    }
    point_argument(index, add_input(text));
}

std::size_t RequestBuilder::offset_of(Block block) const {
    const Part& part = parts_.at(block);
    return part.is_input ? part.offset : start_of_rooms() + part.offset;
}

CallRequest RequestBuilder::finish() {
    if (pointers_.size() > max_relocations || outputs_.size() > max_outputs) {
        throw NeedsHome{};
    }
    request_.area = static_cast<std::uint32_t>(start_of_rooms() + room_);
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
