// SPDX-License-Identifier: GPL-2.0-or-later
#include "child_program.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace clusterdisc {
namespace {

/// Ignores the signals of keys, until the end of this object.
class KeySignalsIgnored {
public:
    KeySignalsIgnored() : interrupt_(std::signal(SIGINT, SIG_IGN)), quit_(std::signal(SIGQUIT, SIG_IGN)) {}
    KeySignalsIgnored(const KeySignalsIgnored&) = delete;
    KeySignalsIgnored& operator=(const KeySignalsIgnored&) = delete;
    KeySignalsIgnored(KeySignalsIgnored&&) = delete;
    KeySignalsIgnored& operator=(KeySignalsIgnored&&) = delete;
    ~KeySignalsIgnored() {
        std::signal(SIGINT, interrupt_);
        std::signal(SIGQUIT, quit_);
    }

private:
    using Handler = void (*)(int);
    Handler interrupt_;
    Handler quit_;
};

pid_t start(const std::string& path) {
    std::string name = path;
    std::array<char*, 2> arguments = {name.data(), nullptr};
    sigset_t key_signals;
    ::sigemptyset(&key_signals);
    ::sigaddset(&key_signals, SIGINT);
    ::sigaddset(&key_signals, SIGQUIT);
    posix_spawnattr_t attributes{};
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigdefault(&attributes, &key_signals);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    pid_t child = 0;
    const int error = ::posix_spawn(&child, path.c_str(), nullptr, &attributes, arguments.data(), ::environ);
    ::posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), "cannot start " + path);
    }
    return child;
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
    const char* const named = std::getenv("PATH");
    std::string_view folders = named == nullptr ? "/usr/bin:/bin" : named;
    while (!folders.empty()) {
        const std::string_view folder = folders.substr(0, folders.find(':'));
        folders.remove_prefix(std::min(folder.size() + 1, folders.size()));
        std::string path = std::string(folder) + '/' + name;
        if (!folder.empty() && ::access(path.c_str(), X_OK) == 0) {
            return path;
        }
    }
    return std::nullopt;
}

void run_program(const std::string& path) {
    const KeySignalsIgnored ignored;
    const pid_t child = start(path);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace clusterdisc
