// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_log.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/file_descriptor.h"
#include "common/printable_text.h"

namespace clusterdisc {
namespace {

bool write_to(const char* path, const std::string& text) {
    const FileDescriptor file(::open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    return file.is_open() && ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

void write_kernel_log(Priority priority, const std::string& program, const std::string& text) {
    const std::string prefix{'<', static_cast<char>('0' + static_cast<int>(priority)), '>'};
    const std::string line = program + ": " + made_printable(text) + "\n";
    // The log of the machine belongs to its first process; a test of this one writes to its own error output.
    if (::getpid() != 1 || !write_to("/dev/kmsg", prefix + line)) {
        // Where even this fails, nobody can be told.
        static_cast<void>(::write(STDERR_FILENO, line.data(), line.size()) < 0);
    }
}

void tell_person(const std::string& text) {
    write_kernel_log(Priority::notice, "drone", text);
    if (::getpid() == 1) {
        for (const char* console : {"/dev/console", "/dev/tty1"}) {
            write_to(console, "\r\n" + text + "\r\n");
        }
    }
}

}  // namespace clusterdisc
