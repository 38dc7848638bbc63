// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any bytes as the image of a process; and, as a checksum is not to be guessed, as the state of one.
// A state that is taken is written and read again, and must be the same; its text must be fit for a terminal.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/fuzz/require.h"
#include "image/decoding.h"
#include "image/encoding.h"
#include "image/image_file.h"
#include "image/image_text.h"
#include "image/reads_bytes_for_tests.h"

namespace {

using namespace openmosix;

void take_file(std::span<const std::uint8_t> bytes) {
    try {
        ImageReader reader(reads_bytes(bytes));
        while (const auto run = reader.next()) {
            require(run->pages.size() % page_size == 0 && !run->pages.empty());
        }
    } catch (const ImageError& error) {
        require(std::string(error.what()).find('\n') == std::string::npos);
    }
}

void take_state(std::span<const std::uint8_t> bytes) {
    const auto state = decode<CheckpointState>(bytes);
    if (!state || !objection_to(*state).empty()) {
        return;
    }
    const std::string text = to_text(*state);
    require(std::ranges::all_of(text, [](char each) { return each == '\n' || (each >= ' ' && each <= '~'); }));
    Bytes file;
    ImageWriter writer([&](std::span<const std::uint8_t> part) { file.insert(file.end(), part.begin(), part.end()); },
                       *state);
    writer.finish();
    ImageReader reader(reads_bytes(file));
    require(!reader.next() && encode(reader.state()) == encode(*state));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    take_file({data, size});
    take_state({data, size});
    return 0;
}
