// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/busy_file.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/file.h"
#include "common/log.h"
#include "control/process_list.h"

namespace openmosix {

namespace {

constexpr std::array<const char*, 2> folders = {"/processes", "/guests"};
constexpr clusterdisc::Instant sweep_pause = std::chrono::seconds(10);

/// Whether a supervisor has said something there. What it is about to replace it with has another ending.
bool has_states(const std::string& folder) {
    std::error_code error;
    for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
        if (file->path().extension() == ".json") {
            return true;
        }
    }
    return false;
}

}  // namespace

BusyFile::BusyFile(sd_event* event, std::string run_folder)
    : run_folder_(std::move(run_folder)), watch_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      sweep_timer_(event, [this] { sweep(); }) {
    constexpr mode_t mode = 0755;
    for (const char* folder : folders) {
        const std::string path = run_folder_ + folder;
        clusterdisc::make_folder(path, mode);
        if (!watch_.is_open() ||
            ::inotify_add_watch(watch_.number(), path.c_str(), IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO) < 0) {
            throw std::system_error(errno, std::generic_category(), "cannot watch " + path);
        }
    }
    changes_ = clusterdisc::add_io(event, watch_.number(), EPOLLIN, [this](std::uint32_t) {
        std::array<char, 4096> ignored{};
        while (::read(watch_.number(), ignored.data(), ignored.size()) > 0) {
        }
        look();
    });
    is_busy_ = ::access((run_folder_ + "/busy").c_str(), F_OK) == 0;
    sweep();
}

void BusyFile::look() {
    bool is_busy = false;
    for (const char* folder : folders) {
        is_busy = is_busy || has_states(run_folder_ + folder);
    }
    if (is_busy == is_busy_) {
        return;
    }
    try {
        const std::string path = run_folder_ + "/busy";
        if (is_busy) {
            constexpr mode_t mode = 0644;
            clusterdisc::replace_file(path, "Processes of this node are away, or guests are here: mps\n", mode);
            sweep_timer_.set(clusterdisc::EventLoop::now() + sweep_pause);
        } else {
            clusterdisc::remove_file(path);
        }
        is_busy_ = is_busy;
    } catch (const std::system_error& error) {
        clusterdisc::log_line(clusterdisc::LogLevel::warning, error.what());
    }
}

void BusyFile::sweep() {
    for (const char* folder : folders) {
        static_cast<void>(read_process_list(run_folder_ + folder, true));
    }
    look();
    if (is_busy_) {
        sweep_timer_.set(clusterdisc::EventLoop::now() + sweep_pause);
    }
}

}  // namespace openmosix
