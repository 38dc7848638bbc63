// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "abi.h"
#include "image/process_image.h"

/// What an image file (docs/image-format.md) says of a process, but for the content of its memory.
namespace openmosix {

/// An image has no more signals that wait.
inline constexpr std::size_t max_pending_of_image = 4096;

/// An open file.
struct ImageOpenFile {
    std::uint32_t descriptor = 0;
    /// The descriptor before this one that leads to the same open file, with the same offset; its own number: none.
    std::uint32_t same_as = 0;
    bool closes_on_exec = false;
    /// O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, ... (open(2)), as the kernel of the image has them.
    std::uint32_t flags = 0;
    std::uint64_t offset = 0;
    /// When the image was written.
    std::uint64_t size = 0;
    std::string path;

    static void fields(auto& self, auto&& visit) {
        visit("descriptor", self.descriptor);
        visit("same_as", self.same_as);
        visit("closes_on_exec", self.closes_on_exec);
        visit("flags", self.flags);
        visit("offset", self.offset);
        visit("size", self.size);
        visit("path", self.path);
    }
    bool operator==(const ImageOpenFile&) const = default;
};

/// A file of which ranges are mapped: untouched pages of these are not in the image, so it must still be the same.
struct ImageMappedFile {
    std::string path;
    std::uint64_t size = 0;
    /// Nanoseconds since 1970.
    std::int64_t modified = 0;

    static void fields(auto& self, auto&& visit) {
        visit("path", self.path);
        visit("size", self.size);
        visit("modified", self.modified);
    }
    bool operator==(const ImageMappedFile&) const = default;
};

struct CheckpointState {
    /// The kernel's own ABI: i386's numbers segments otherwise than amd64's does for i386 programs.
    Abi kernel = Abi::amd64;
    /// Vdso::hash().
    std::uint64_t vdso_hash = 0;
    /// What the processor had, of which the program may use anything (cpu/instruction_sets.h).
    std::vector<std::string> cpu_features;
    /// The clocks when the process was frozen, in nanoseconds.
    std::int64_t realtime = 0;
    std::int64_t monotonic = 0;
    std::int64_t boottime = 0;
    std::uint32_t gid = 0;
    std::uint32_t umask = 0;
    /// The file that it was started from (/proc/PID/exe); empty: it has no name any more.
    std::string program;
    /// Its current folder.
    std::string folder;
    /// struct itimerval of ITIMER_REAL, in the process's ABI, with what is left of it.
    Bytes real_timer;
    /// By descriptor.
    std::vector<ImageOpenFile> open_files;
    std::vector<ImageMappedFile> mapped_files;
    ProcessImage process;

    static void fields(auto& self, auto&& visit) {
        visit("kernel", self.kernel);
        visit("vdso_hash", self.vdso_hash);
        visit("cpu_features", self.cpu_features);
        visit("realtime", self.realtime);
        visit("monotonic", self.monotonic);
        visit("boottime", self.boottime);
        visit("gid", self.gid);
        visit("umask", self.umask);
        visit("program", self.program);
        visit("folder", self.folder);
        visit("real_timer", self.real_timer);
        visit("open_files", self.open_files);
        visit("mapped_files", self.mapped_files);
        visit("process", self.process);
    }
};

/// Whether it makes sense in itself: empty, or what does not. Everything that uses a state from a file relies on it.
std::string objection_to(const CheckpointState& state);

}  // namespace openmosix
