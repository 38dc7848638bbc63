// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls/buffer_lists.h"

#include <algorithm>
#include <cstring>

namespace openmosix {

namespace {

using Length = CallRequest::Output::Length;
using Rule = WriteBack::Rule;
using Block = RequestBuilder::Block;

/// Where a buffer lies in the area.
struct Place {
    std::size_t index = 0;
    Block block = 0;
    std::size_t offset = 0;
};

/// With such a size the kernel refuses the whole list (EINVAL).
bool is_negative(Abi abi, const Buffer& buffer) {
    return buffer.size > static_cast<std::uint64_t>(abi == Abi::i386 ? INT32_MAX : INT64_MAX);
}

Block add_list(RequestBuilder& builder, const std::vector<Buffer>& buffers, const std::vector<Place>& places) {
    const std::size_t word = word_size(builder.abi());
    std::vector<std::uint8_t> bytes(buffers.size() * 2 * word);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        std::memcpy(bytes.data() + 2 * word * i + word, &buffers[i].size, word);
    }
    const Block list = builder.add_input(bytes);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        if (buffers[i].size != 0) {
            builder.point_word_nowhere(list, 2 * word * i);
        }
    }
    for (const Place& place : places) {
        builder.point_word(list, 2 * word * place.index, place.block, place.offset);
    }
    return list;
}

bool has_negative(const RequestBuilder& builder, const std::vector<Buffer>& buffers) {
    return std::ranges::any_of(buffers, [&](const Buffer& buffer) { return is_negative(builder.abi(), buffer); });
}

}  // namespace

std::optional<std::vector<Buffer>> read_buffer_list(RequestBuilder& builder, std::uint64_t address,
                                                    std::uint64_t count) {
    const std::size_t word = word_size(builder.abi());
    const auto bytes = count > max_list_length ? std::nullopt : builder.read(address, count * 2 * word);
    if (!bytes) {
        return std::nullopt;
    }
    std::vector<Buffer> buffers(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        std::memcpy(&buffers[i].address, bytes->data() + 2 * word * i, word);
        std::memcpy(&buffers[i].size, bytes->data() + 2 * word * i + word, word);
    }
    return buffers;
}

Block add_input_buffers(RequestBuilder& builder, std::vector<Buffer> buffers, Unreadable rule) {
    std::vector<Place> places;
    if (has_negative(builder, buffers)) {
        return add_list(builder, buffers, places);
    }
    std::optional<Block> block;
    std::size_t size_of_block = 0;
    std::uint64_t done = 0;
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        Buffer& buffer = buffers[i];
        if (buffer.size == 0) {
            continue;
        }
        std::uint64_t readable = 0;
        if (block && builder.continues_input(buffer.address, buffer.size)) {
            readable = builder.extend_input(buffer.address, buffer.size);
        } else {
            const auto added = builder.add_readable_input(buffer.address, buffer.size);
            block = added.first;
            readable = added.second;
            size_of_block = 0;
        }
        if (readable == buffer.size || (rule == Unreadable::ends && done + readable != 0)) {
            places.push_back({i, *block, size_of_block});
        }
        size_of_block += static_cast<std::size_t>(readable);
        done += readable;
        if (readable != buffer.size && rule == Unreadable::ends) {
            buffer.size = done != 0 ? readable : buffer.size;
            for (std::size_t j = i + 1; j < buffers.size(); ++j) {
                buffers[j].size = 0;
            }
            break;
        }
    }
    return add_list(builder, buffers, places);
}

Block add_output_buffers(RequestBuilder& builder, const std::vector<Buffer>& buffers) {
    /// Buffers that lie one behind another.
    struct Run {
        Block block = 0;
        std::size_t size = 0;
        std::uint32_t before = 0;
        std::vector<Buffer> buffers;
    };
    std::vector<Place> places;
    std::vector<Run> runs;
    if (has_negative(builder, buffers)) {
        return add_list(builder, buffers, places);
    }
    std::uint32_t before = 0;
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        const Buffer& buffer = buffers[i];
        if (buffer.size == 0) {
            continue;
        }
        if (!runs.empty() && builder.continues_room(buffer.address, buffer.size)) {
            builder.extend_room(buffer.size);
        } else {
            runs.push_back({builder.add_room(buffer.address, buffer.size), 0, before, {}});
        }
        Run& run = runs.back();
        places.push_back({i, run.block, run.size});
        run.buffers.push_back(buffer);
        run.size += static_cast<std::size_t>(buffer.size);
        before += static_cast<std::uint32_t>(buffer.size);
    }
    for (const Run& run : runs) {
        const std::uint32_t output = builder.add_output(run.block, run.size, Length::result, 1, run.before);
        std::uint32_t from = 0;
        for (const Buffer& buffer : run.buffers) {
            const auto size = static_cast<std::uint32_t>(buffer.size);
            builder.write_back({output, from, buffer.address, size});
            from += size;
        }
    }
    return add_list(builder, buffers, places);
}

Block add_message_buffers(RequestBuilder& builder, const std::vector<Buffer>& buffers,
                          const std::optional<WriteBack::Length>& said, std::int64_t min_value) {
    std::vector<Place> places;
    if (has_negative(builder, buffers)) {
        return add_list(builder, buffers, places);
    }
    const Block block = builder.add_room(0, 0);
    std::size_t size_of_block = 0;
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        builder.extend_room(buffers[i].size);
        places.push_back({i, block, size_of_block});
        size_of_block += static_cast<std::size_t>(buffers[i].size);
    }
    const std::uint32_t output = builder.add_output(block, size_of_block, said ? Length::fixed : Length::result);
    std::uint32_t from = 0;
    for (const Buffer& buffer : buffers) {
        const auto size = static_cast<std::uint32_t>(buffer.size);
        builder.write_back({output, from, buffer.address, size, Rule::all, said, min_value});
        from += size;
    }
    return add_list(builder, buffers, places);
}

void add_vector_input(RequestBuilder& builder, std::size_t index, std::uint64_t count) {
    if (auto buffers = read_buffer_list(builder, builder.argument(index), count)) {
        builder.point_argument(index, add_input_buffers(builder, std::move(*buffers), Unreadable::ends));
    } else {
        builder.point_argument_nowhere(index);
    }
}

void add_vector_output(RequestBuilder& builder, std::size_t index, std::uint64_t count) {
    if (const auto buffers = read_buffer_list(builder, builder.argument(index), count)) {
        builder.point_argument(index, add_output_buffers(builder, *buffers));
    } else {
        builder.point_argument_nowhere(index);
    }
}

}  // namespace openmosix
