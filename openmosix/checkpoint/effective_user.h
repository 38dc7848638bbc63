// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

namespace openmosix {

/// As long as it lives, this thread of a process of root's has a user's rights: what it writes counts for this user, in
/// quotas and in what a file system keeps for root. The real user stays root, so that the user cannot send us signals.
class EffectiveUser {
public:
    /// Throws std::system_error.
    explicit EffectiveUser(uid_t user);
    EffectiveUser(const EffectiveUser&) = delete;
    EffectiveUser& operator=(const EffectiveUser&) = delete;
    EffectiveUser(EffectiveUser&&) = delete;
    EffectiveUser& operator=(EffectiveUser&&) = delete;
    ~EffectiveUser();
};

}  // namespace openmosix
