// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/image_target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace openmosix {

namespace {

/// Where a signal handler finds it; empty: there is none.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::string temporary_path;

constexpr std::array<int, 4> ending_signals{SIGHUP, SIGINT, SIGPIPE, SIGTERM};

void remove_and_end(int signal) {
    ::unlink(temporary_path.c_str());
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

void set_handlers(void (*handler)(int)) {
    for (const int signal : ending_signals) {
        ::signal(signal, handler);
    }
}

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

ImageTarget::ImageTarget(const std::string& path) : path_(path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
        throw std::runtime_error(path + " is there already, and no regular file: choose another name");
    }
    temporary_path = path + ".XXXXXX";
    file_ = clusterdisc::FileDescriptor(::mkostemp(temporary_path.data(), O_CLOEXEC));
    if (!file_.is_open()) {
        fail("cannot create a file beside " + path);
    }
    set_handlers(remove_and_end);
}

ImageTarget::~ImageTarget() {
    if (!temporary_path.empty()) {
        ::unlink(temporary_path.c_str());
        set_handlers(SIG_DFL);
        temporary_path.clear();
    }
}

void ImageTarget::take_place() {
    struct stat status {};
    if (::fstat(file_.number(), &status) != 0 || ::fsync(file_.number()) != 0) {
        fail("cannot write " + path_);
    }
    if (status.st_size == 0) {
        throw std::runtime_error("omd says that it wrote " + path_ + ", but did not");
    }
    if (::rename(temporary_path.c_str(), path_.c_str()) != 0) {
        fail("cannot replace " + path_);
    }
    set_handlers(SIG_DFL);
    temporary_path.clear();
}

}  // namespace openmosix
