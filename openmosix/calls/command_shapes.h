// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

#include "calls/request_builder.h"

namespace openmosix {

/// Calls whose last arguments depend on a command (command_tables.h). All throw
/// NeedsHome for a command that they do not know, and for one whose structure
/// has pointers of its own.
void add_ioctl(RequestBuilder& builder);
void add_fcntl(RequestBuilder& builder);
void add_prctl(RequestBuilder& builder);
/// setsockopt(2), getsockopt(2).
void add_socket_option(RequestBuilder& builder, bool is_set);
/// ipc(2) of i386.
void add_ipc(RequestBuilder& builder);

/// select(2), pselect6(2) and their variants: three sets, a timeout, and for
/// the latter a signal mask.
void add_select(RequestBuilder& builder, std::string_view name);

}  // namespace openmosix
