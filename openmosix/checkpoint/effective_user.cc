// SPDX-License-Identifier: GPL-2.0-or-later
#include "checkpoint/effective_user.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>

namespace openmosix {

namespace {

#ifdef SYS_setresuid32
constexpr long number = SYS_setresuid32;
#else
constexpr long number = SYS_setresuid;
#endif
constexpr uid_t unchanged = static_cast<uid_t>(-1);

/// Of this thread alone: setresuid(3) would change all.
bool set_effective(uid_t user) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    return ::syscall(number, unchanged, user, unchanged) == 0;
}

}  // namespace

EffectiveUser::EffectiveUser(uid_t user) {
    if (!set_effective(user)) {
        throw std::system_error(errno, std::generic_category(), "cannot take a user's rights");
    }
}

EffectiveUser::~EffectiveUser() {
    if (!set_effective(0)) {
        // Going on with another's rights would be worse.
        std::terminate();
    }
}

}  // namespace openmosix
