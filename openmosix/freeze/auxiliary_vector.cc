// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/auxiliary_vector.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "common/file_descriptor.h"
#include "procfs/process_file.h"

namespace openmosix {

namespace {

constexpr std::size_t max_vector_size = std::size_t{64} << 10U;

bool is_32_bit(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/exe";
    const clusterdisc::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, EI_NIDENT> identity{};
    return file.is_open() && ::read(file.number(), identity.data(), identity.size()) == EI_NIDENT &&
           identity.at(EI_CLASS) == ELFCLASS32;
}

}  // namespace

std::uint64_t auxiliary_value(pid_t pid, std::uint64_t type) {
    const std::string vector = read_process_file(pid, "auxv", max_vector_size);
    const std::size_t word = is_32_bit(pid) ? 4 : 8;
    for (std::size_t place = 0; place + 2 * word <= vector.size(); place += 2 * word) {
        std::uint64_t key = 0;
        std::uint64_t value = 0;
        std::memcpy(&key, vector.data() + place, word);
        std::memcpy(&value, vector.data() + place + word, word);
        if (key == type) {
            return value;
        }
    }
    return 0;
}

}  // namespace openmosix
