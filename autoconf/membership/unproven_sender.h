// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>

#include "membership/link.h"
#include "membership/member_view.h"
#include "wire/message.h"

namespace clusterdisc {

/// What the sender says about itself in this message; null when nothing.
const NodeRecord* record_of_sender(const Message& message);

/// Whether a message that may be a recording is answered to where it came from: when that is on our link, or when the
/// sender's record names the address. Otherwise whoever plays back a recording could send our answers anywhere.
bool may_answer_unproven(const Message& message, const Path& from, std::span<const Link> links);

}  // namespace clusterdisc
