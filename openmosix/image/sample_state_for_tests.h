// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "image/image_file.h"
#include "image/mapping_attributes.h"

namespace openmosix {

/// A small state that makes sense.
inline CheckpointState sample_state() {
    CheckpointState state;
    state.cpu_features = {"sse", "sse2"};
    state.realtime = 1'795'000'000'123'456'789;
    state.monotonic = 5'000'000'000;
    state.gid = 100;
    state.umask = 022;
    state.program = "/bin/program";
    state.folder = "/srv";
    state.real_timer = Bytes(32);
    state.open_files = {{0, 0, false, 0, 0, 0, "/dev/null"},
                        {1, 1, false, 1, 12, 12, "/srv/output"},
                        {2, 1, true, 1, 12, 12, "/srv/output"}};
    state.mapped_files = {{"/bin/program", 8192, 1'700'000'000'000'000'000}};
    ProcessImage& process = state.process;
    process.pid = 4711;
    process.uid = 1000;
    process.name = "program";
    process.agent_address = 0x10000;
    process.thread.extended_state.legacy = Bytes(512);
    process.thread.cpu_timers = {Bytes(32), Bytes(32)};
    process.signals.alternative_stack = Bytes(24);
    process.signals.actions = {{2, Bytes(32)}};
    process.signals.pending = {Bytes(128)};
    process.signals.pending[0][0] = 10;
    process.layout.vdso_start = 0x7ffff7fc0000;
    process.layout.vdso_end = 0x7ffff7fc2000;
    process.ranges = {{0x400000, 0x402000, 5, 0, ImageRange::Content::file, "/bin/program", 0},
                      {0x500000, 0x504000, 3, mapping_attribute::wipe_on_fork, ImageRange::Content::anonymous, "", 0}};
    return state;
}

/// Its file, with one page.
inline Bytes sample_file(const CheckpointState& state) {
    Bytes file;
    ImageWriter writer(
        [&](std::span<const std::uint8_t> bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, state);
    writer.add_run(0x501000, Bytes(page_size, 7));
    writer.finish();
    return file;
}

}  // namespace openmosix
