// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace openmosix {

/// Gives the calling process the value that a guest's body must have of everything that it inherits from omd and its
/// supervisor and that execve(2) keeps. docs/migration.md lists them. What the control group, a security module or a
/// seccomp filter of omd's unit imposes stays: that is what the node's administrator decided. Descriptors, folders and
/// namespaces are body/confinement.h's; signals, clusterdisc::reset_signals()'s. For a child with all rights, before it
/// enters its confinement; safe after fork(2). Returns the name of what cannot be set, or nullptr.
const char* reset_inherited_properties();

}  // namespace openmosix
