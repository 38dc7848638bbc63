// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "common/file_descriptor.h"

namespace clusterdisc {
namespace {

[[noreturn]] void fail(const std::string& what, int error = errno) {
    throw std::system_error(error, std::generic_category(), what);
}

/// A file that is to take the place of another, and is removed if it does not come to that.
class Replacement {
public:
    explicit Replacement(const std::string& path) : final_path_(path), path_(path + ".XXXXXX") {
        // mkostemp() makes the file with mode 0600, so that a secret is never readable by others.
        file_ = FileDescriptor(::mkostemp(path_.data(), O_CLOEXEC));
        if (!file_.is_open()) {
            fail("cannot create a file beside " + final_path_);
        }
    }
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;
    Replacement(Replacement&&) = delete;
    Replacement& operator=(Replacement&&) = delete;
    ~Replacement() {
        if (!path_.empty()) {
            ::unlink(path_.c_str());
        }
    }

    void write(std::string_view content) {
        while (!content.empty()) {
            const ssize_t written = ::write(file_.number(), content.data(), content.size());
            if (written >= 0) {
                content.remove_prefix(static_cast<std::size_t>(written));
            } else if (errno != EINTR) {
                fail("cannot write " + final_path_);
            }
        }
    }

    void take_place(mode_t mode) {
        if (::fchmod(file_.number(), mode) != 0 || ::fsync(file_.number()) != 0 ||
            ::rename(path_.c_str(), final_path_.c_str()) != 0) {
            fail("cannot replace " + final_path_);
        }
        path_.clear();
    }

private:
    std::string final_path_;
    std::string path_;
    FileDescriptor file_;
};

}  // namespace

std::optional<std::string> read_file(const std::string& path, std::size_t longest) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file.is_open()) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::nullopt;
        }
        fail("cannot open " + path);
    }
    std::string content;
    std::array<char, 4096> block{};
    while (true) {
        const ssize_t length = ::read(file.number(), block.data(), block.size());
        if (length == 0) {
            return content;
        }
        if (length < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("cannot read " + path);
        }
        content.append(block.data(), static_cast<std::size_t>(length));
        if (content.size() > longest) {
            fail(path + " is longer than " + std::to_string(longest) + " bytes", EFBIG);
        }
    }
}

void replace_file(const std::string& path, std::string_view content, mode_t mode) {
    Replacement replacement(path);
    replacement.write(content);
    replacement.take_place(mode);
}

void remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        fail("cannot remove " + path);
    }
}

void make_folder(const std::string& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) == 0) {
        // What mkdir() takes away by the umask is given back.
        if (::chmod(path.c_str(), mode) != 0) {
            fail("cannot set the mode of " + path);
        }
        return;
    }
    const int error = errno;
    struct stat status {};
    if (error != EEXIST || ::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        fail("cannot create the folder " + path, error);
    }
}

}  // namespace clusterdisc
