// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "common/cluster_keys.h"
#include "common/file_descriptor.h"

/// How the cluster's keys get from omd to a supervisor that it starts: derived, so that a supervisor neither needs to
/// read the secret nor has to stretch a passphrase again, which takes a slow processor longer than a move may.
namespace openmosix {

/// The reading end of a pipe with the keys in it. Throws std::system_error.
clusterdisc::FileDescriptor hand_over(const clusterdisc::KeyRing& keys);

/// The keys that hand_over() put in. Throws std::runtime_error when there are none.
clusterdisc::KeyRing take_over_keys(int descriptor);

}  // namespace openmosix
