// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/descriptor_passing.h"

#include <sys/socket.h>

#include <array>
#include <cstring>

namespace openmosix {

namespace {

/// Room for one descriptor and no more: the kernel closes all others.
struct ControlBuffer {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

}  // namespace

ssize_t send_with_descriptor(int socket, std::string_view bytes, int descriptor) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): sendmsg(2) only reads it
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    ControlBuffer control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        message.msg_control = control.bytes.data();
        message.msg_controllen = control.bytes.size();
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof descriptor);
        std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t receive_with_descriptor(int socket, std::span<char> bytes, clusterdisc::FileDescriptor& descriptor) {
    iovec part{bytes.data(), bytes.size()};
    ControlBuffer control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    const ssize_t size = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0) {
        return size;
    }
    for (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr && header->cmsg_level == SOL_SOCKET &&
                                                          header->cmsg_type == SCM_RIGHTS &&
                                                          header->cmsg_len >= CMSG_LEN(sizeof(int));) {
        // There is room for one message; on amd64 its padding has room for a second descriptor.
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
            descriptor = clusterdisc::FileDescriptor(number);
        }
        break;
    }
    return size;
}

}  // namespace openmosix
