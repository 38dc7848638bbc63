// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <stdexcept>

namespace openmosix {

/// The peer is gone, or sent something invalid.
class PeerError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The peer has closed the connection, as it does when it needs it no more.
class PeerClosed : public PeerError {
public:
    PeerClosed() : PeerError("the peer has closed the connection") {}
};

}  // namespace openmosix
