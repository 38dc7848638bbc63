// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/process_identity.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "common/file.h"
#include "common/file_descriptor.h"

namespace openmosix {

namespace {

constexpr std::size_t longest_file = std::size_t{64} << 10U;

std::string content(pid_t pid, const char* name) {
    const auto text = clusterdisc::read_file("/proc/" + std::to_string(pid) + "/" + name, longest_file);
    if (!text) {
        throw std::runtime_error("process " + std::to_string(pid) + " does not exist");
    }
    return *text;
}

bool is_32_bit(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/exe";
    const clusterdisc::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, EI_NIDENT> identity{};
    return file.is_open() && ::read(file.number(), identity.data(), identity.size()) == EI_NIDENT &&
           identity.at(EI_CLASS) == ELFCLASS32;
}

}  // namespace

std::string command_name(pid_t pid) {
    std::string name = content(pid, "comm");
    // Its own end of a line; a name may contain others.
    if (name.ends_with('\n')) {
        name.pop_back();
    }
    return name;
}

ProcessIdentity gather_identity(pid_t pid) {
    ProcessIdentity identity;
    identity.name = command_name(pid);
    std::istringstream status(content(pid, "status"));
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("Uid:\t")) {
            identity.uid = static_cast<std::uint32_t>(std::stoul(line.substr(5)));
        }
    }
    return identity;
}

std::uint64_t auxiliary_value(pid_t pid, std::uint64_t type) {
    const std::string vector = content(pid, "auxv");
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
