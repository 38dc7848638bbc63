// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/image_file.h"

#include <algorithm>
#include <string>

#include "image/decoding.h"
#include "image/encoding.h"

namespace openmosix {

ImageChecksum::ImageChecksum() {
    crypto_generichash_init(&state_, nullptr, 0, image_checksum_size);
}

void ImageChecksum::add(std::span<const std::uint8_t> bytes) {
    crypto_generichash_update(&state_, bytes.data(), bytes.size());
}

std::array<std::uint8_t, image_checksum_size> ImageChecksum::end() {
    std::array<std::uint8_t, image_checksum_size> result{};
    crypto_generichash_final(&state_, result.data(), result.size());
    return result;
}

ImageWriter::ImageWriter(Write write, const CheckpointState& state) : write_(std::move(write)) {
    const Bytes encoded = encode(state);
    if (encoded.size() > max_state) {
        throw std::runtime_error("it has too many mappings and open files for an image");
    }
    Bytes head(image_magic.begin(), image_magic.end());
    Encoder encoder(head);
    encoder.put(image_version);
    encoder.put(static_cast<std::uint32_t>(encoded.size()));
    put(head);
    put(encoded);
}

void ImageWriter::put(std::span<const std::uint8_t> bytes) {
    checksum_.add(bytes);
    write_(bytes);
}

void ImageWriter::add_run(std::uint64_t address, std::span<const std::uint8_t> pages) {
    Bytes head;
    Encoder encoder(head);
    encoder.put(address);
    encoder.put(static_cast<std::uint32_t>(pages.size() / page_size));
    encoder.put(std::uint32_t{0});
    put(head);
    put(pages);
}

void ImageWriter::finish() {
    put(Bytes(image_run_size));
    const auto sum = checksum_.end();
    write_(sum);
}

ImageReader::ImageReader(Read read) : read_(std::move(read)) {
    std::array<std::uint8_t, image_header_size> head{};
    if (read_(head) != head.size() || !std::equal(image_magic.begin(), image_magic.end(), head.begin())) {
        throw ImageError("it is no image of a process");
    }
    checksum_.add(head);
    std::uint32_t version = 0;
    std::uint32_t size = 0;
    Decoder decoder{std::span<const std::uint8_t>(head).subspan(image_magic.size())};
    decoder.get(version);
    decoder.get(size);
    if (version != image_version) {
        throw ImageError("it has version " + std::to_string(version) + " of the format; this omd knows version " +
                         std::to_string(image_version));
    }
    if (size > max_state) {
        throw ImageError("its state is longer than an image can have it");
    }
    Bytes encoded;
    // In parts, so that a short file which promises much takes no memory.
    constexpr std::size_t part = std::size_t{1} << 20U;
    while (encoded.size() < size) {
        const std::size_t done = encoded.size();
        encoded.resize(std::min<std::size_t>(size, done + part));
        take(std::span(encoded).subspan(done), "in its state");
    }
    auto state = decode<CheckpointState>(encoded);
    if (!state) {
        throw ImageError("its state is malformed: it is damaged");
    }
    state_ = std::move(*state);
    if (const std::string objection = objection_to(state_); !objection.empty()) {
        throw ImageError("its state is invalid: " + objection);
    }
    for (const ImageRange& range : state_.process.ranges) {
        mapped_.add(range.start, range.end);
    }
}

void ImageReader::take(std::span<std::uint8_t> bytes, const char* what) {
    if (read_(bytes) != bytes.size()) {
        throw ImageError(std::string("it ends too early, ") + what + ": only a part of it is there");
    }
    checksum_.add(bytes);
}

std::optional<ImageReader::Run> ImageReader::next() {
    std::array<std::uint8_t, image_run_size> head{};
    take(head, "among its pages");
    std::uint64_t address = 0;
    std::uint32_t pages = 0;
    std::uint32_t zero = 0;
    Decoder decoder(head);
    decoder.get(address);
    decoder.get(pages);
    decoder.get(zero);
    if (address == 0 && pages == 0 && zero == 0) {
        check_end();
        return std::nullopt;
    }
    const bool is_run = pages >= 1 && pages <= max_pages_of_run && zero == 0 && address % page_size == 0 &&
                        address >= end_ && address <= ~std::uint64_t{0} - pages * page_size;
    const std::uint64_t end = address + pages * page_size;
    if (!is_run || mapped_.within(address, end) != std::vector<PageRange>{{address, end}}) {
        throw ImageError("its pages are not in order, or where nothing is mapped: it is damaged");
    }
    end_ = end;
    pages_.resize(static_cast<std::size_t>(pages * page_size));
    take(pages_, "among its pages");
    return Run{address, pages_};
}

void ImageReader::check_end() {
    const auto wanted = checksum_.end();
    std::array<std::uint8_t, image_checksum_size> found{};
    if (read_(found) != found.size()) {
        throw ImageError("it ends too early, in its checksum: only a part of it is there");
    }
    if (found != wanted) {
        throw ImageError("its checksum is wrong: it is damaged");
    }
    std::array<std::uint8_t, 1> more{};
    if (read_(more) != 0) {
        throw ImageError("something comes after its end");
    }
}

}  // namespace openmosix
