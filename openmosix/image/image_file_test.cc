// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/image_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "image/encoding.h"
#include "image/image_text.h"
#include "image/reads_bytes_for_tests.h"
#include "image/sample_state_for_tests.h"

namespace openmosix {
namespace {

using testing::HasSubstr;

/// What is wrong with a file; empty: nothing.
std::string problem_of(std::span<const std::uint8_t> file) {
    try {
        ImageReader reader(reads_bytes(file));
        while (reader.next()) {
        }
    } catch (const ImageError& error) {
        return error.what();
    }
    return {};
}

std::string problem_of(const CheckpointState& state) {
    return problem_of(sample_file(state));
}

TEST(ImageFile, IsReadAsItWasWritten) {
    const CheckpointState state = sample_state();
    const Bytes file = sample_file(state);
    ImageReader reader(reads_bytes(file));
    EXPECT_EQ(encode(reader.state()), encode(state));
    const auto run = reader.next();
    ASSERT_TRUE(run);
    EXPECT_EQ(run->address, 0x501000U);
    EXPECT_EQ(Bytes(run->pages.begin(), run->pages.end()), Bytes(page_size, 7));
    EXPECT_FALSE(reader.next());
}

TEST(ImageFile, BeginsAsDocumented) {
    const Bytes file = sample_file(sample_state());
    const Bytes head(file.begin(), file.begin() + 12);
    EXPECT_EQ(head, (Bytes{0x89, 'O', 'M', 'I', 'M', 'A', 'G', 'E', 2, 0, 0, 0}));
}

TEST(ImageFile, ChangesOnlyWithItsVersion) {
    // When this fails, a field has come, gone or moved: image_version must change, and docs/image-format.md with it.
    ImageChecksum checksum;
    checksum.add(encode(sample_state()));
    const auto sum = checksum.end();
    EXPECT_EQ(image_version, 2U);
    EXPECT_EQ(Bytes(sum.begin(), sum.begin() + 4), (Bytes{0xef, 0x61, 0xf5, 0x53}));
}

TEST(ImageFile, EveryPartOfOneIsAnError) {
    const Bytes file = sample_file(sample_state());
    for (std::size_t size = 0; size < file.size(); ++size) {
        EXPECT_NE(problem_of(std::span(file).first(size)), "") << size;
    }
}

TEST(ImageFile, EveryDamagedByteIsFound) {
    Bytes file = sample_file(sample_state());
    for (std::uint8_t& byte : file) {
        byte ^= 0x10U;
        EXPECT_NE(problem_of(file), "");
        byte ^= 0x10U;
    }
    file.push_back(0);
    EXPECT_THAT(problem_of(file), HasSubstr("after its end"));
}

TEST(ImageFile, SaysWhatItIsNot) {
    EXPECT_THAT(problem_of(Bytes(100)), HasSubstr("no image"));
    Bytes file = sample_file(sample_state());
    file[8] = 9;
    EXPECT_THAT(problem_of(file), HasSubstr("version 9"));
    file[8] = image_version;
    std::fill_n(file.begin() + 12, 4, std::uint8_t{0xff});
    EXPECT_THAT(problem_of(file), HasSubstr("longer"));
}

TEST(ImageFile, PagesMustBeMapped) {
    for (const std::uint64_t address : {std::uint64_t{0x503000}, std::uint64_t{0x600000}, ~std::uint64_t{4095}}) {
        Bytes file;
        ImageWriter writer(
            [&](std::span<const std::uint8_t> bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); },
            sample_state());
        writer.add_run(address, Bytes(2 * page_size, 1));
        writer.finish();
        EXPECT_THAT(problem_of(file), HasSubstr("nothing is mapped"));
    }
}

TEST(CheckpointState, ThatMakesNoSenseIsRefused) {
    using Change = void (*)(CheckpointState&);
    const Change changes[] = {
        [](CheckpointState& state) { state.process.ranges[0].end = 0x501000; },
        [](CheckpointState& state) { state.process.ranges[0].start += 1; },
        [](CheckpointState& state) { state.process.ranges[1].end = 0x500000; },
        [](CheckpointState& state) { state.process.ranges[0].path = "/bin/other"; },
        [](CheckpointState& state) { state.process.ranges[1].protection = 8; },
        [](CheckpointState& state) { state.process.agent_address = 0x400000; },
        [](CheckpointState& state) { state.process.layout.vdso_start = 0; },
        [](CheckpointState& state) { state.process.name = std::string(16, 'x'); },
        [](CheckpointState& state) { state.process.thread.registers.abi = static_cast<Abi>(7); },
        [](CheckpointState& state) { state.process.signals.actions[0].action.pop_back(); },
        [](CheckpointState& state) { state.process.signals.actions[0].signal = 65; },
        [](CheckpointState& state) { state.process.signals.pending[0].pop_back(); },
        [](CheckpointState& state) { state.process.thread.cpu_timers[1].clear(); },
        [](CheckpointState& state) { state.process.thread.segments.resize(1); },
        [](CheckpointState& state) { state.process.thread.extended_state.legacy.clear(); },
        [](CheckpointState& state) { state.open_files[2].same_as = 7; },
        [](CheckpointState& state) { state.open_files[2].descriptor = 1; },
        [](CheckpointState& state) { state.open_files[1].path = "output"; },
        [](CheckpointState& state) { state.open_files[1].path += '\0'; },
        [](CheckpointState& state) { state.open_files[1].offset = ~std::uint64_t{0}; },
        [](CheckpointState& state) { state.mapped_files.push_back(state.mapped_files[0]); },
        [](CheckpointState& state) { state.folder = "srv"; },
        [](CheckpointState& state) { state.program = "program"; },
        [](CheckpointState& state) { state.umask = 01000; },
    };
    EXPECT_EQ(problem_of(sample_state()), "");
    for (const Change change : changes) {
        CheckpointState state = sample_state();
        change(state);
        EXPECT_THAT(problem_of(state), HasSubstr("its state is invalid: ")) << (&change - &changes[0]);
    }
}

TEST(CheckpointState, IsShownWhole) {
    CheckpointState state = sample_state();
    state.process.thread.registers.instruction_pointer() = 0x401234;
    state.open_files[1].path = "/srv/\x1b[2J";
    const std::string text = to_text(state);
    for (const char* part : {"4711 program", "0x401234", "/bin/program from 0x0", "SIGINT", "same as 1", "at 12 of 12",
                             "SIGUSR1", "2026-11-18 11:06:40.123456789 UTC", "\\x1b[2J"}) {
        EXPECT_THAT(text, HasSubstr(part));
    }
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace openmosix
