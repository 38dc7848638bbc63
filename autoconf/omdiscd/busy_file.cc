// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/busy_file.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace clusterdisc {

BusyFile::BusyFile(sd_event* event, const std::string& run_folder, std::function<void(bool)> on_change)
    : path_(run_folder + "/busy"), watch_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (!watch_.is_open() || ::inotify_add_watch(watch_.number(), run_folder.c_str(),
                                                 IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO) < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot watch " + run_folder);
    }
    source_ = add_io(event, watch_.number(), EPOLLIN, [this, on_change = std::move(on_change)](std::uint32_t) {
        // Which file it was does not matter: the one of interest is looked at.
        std::array<char, 4096> ignored{};
        while (::read(watch_.number(), ignored.data(), ignored.size()) > 0) {
        }
        on_change(is_there());
    });
}

bool BusyFile::is_there() const {
    return ::access(path_.c_str(), F_OK) == 0;
}

}  // namespace clusterdisc
