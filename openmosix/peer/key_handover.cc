// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/key_handover.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <stdexcept>
#include <system_error>
#include <type_traits>

namespace openmosix {

using clusterdisc::DerivedKeys;
using clusterdisc::KeyRing;

// As they lie in memory: both programs are of one package.
static_assert(std::has_unique_object_representations_v<DerivedKeys>);

clusterdisc::FileDescriptor hand_over(const KeyRing& keys) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "a pipe for the cluster's keys");
    }
    clusterdisc::FileDescriptor reader(ends[0]);
    const clusterdisc::FileDescriptor writer(ends[1]);
    const auto all = keys.keys();
    // Never more than an empty pipe takes (PIPE_BUF, pipe(7)).
    if (::write(writer.number(), all.data(), all.size_bytes()) != static_cast<ssize_t>(all.size_bytes())) {
        throw std::system_error(errno, std::generic_category(), "a pipe for the cluster's keys");
    }
    return reader;
}

KeyRing take_over_keys(int descriptor) {
    std::array<DerivedKeys, clusterdisc::max_keys> keys{};
    const ssize_t size = ::read(descriptor, keys.data(), sizeof keys);
    const std::size_t count = size > 0 ? static_cast<std::size_t>(size) / sizeof(DerivedKeys) : 0;
    if (count == 0 || count * sizeof(DerivedKeys) != static_cast<std::size_t>(size)) {
        throw std::runtime_error(
            "no keys of the cluster on standard input; omd starts this program and gives them to it");
    }
    KeyRing ring{std::span<const DerivedKeys>(keys).first(count)};
    ::sodium_memzero(keys.data(), sizeof keys);
    return ring;
}

}  // namespace openmosix
