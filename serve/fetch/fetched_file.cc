// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/fetched_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace clusterdisc {
namespace {

constexpr std::size_t max_givers = 16;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

FetchedFile::FetchedFile(std::string path, ListedFile listed)
    : listed_(std::move(listed)), path_(std::move(path)),
      file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    struct stat status {};
    if (!file_.is_open() || ::fstat(file_.number(), &status) != 0) {
        fail("cannot make " + path_);
    }
    have_ = static_cast<std::uint64_t>(status.st_size);
    ::crypto_hash_sha256_init(&hash_);
    if (have_ > listed_.size) {
        start_again();
    }
}

void FetchedFile::append(std::span<const std::uint8_t> bytes, const Source& from) {
    const auto kept =
        bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), listed_.size - have_)));
    if (from && !kept.empty() && givers_.size() < max_givers && std::ranges::find(givers_, *from) == givers_.end()) {
        givers_.push_back(*from);
    }
    if (!givers_.empty()) {
        read_into_hash();
        ::crypto_hash_sha256_update(&hash_, kept.data(), kept.size());
        hashed_ += kept.size();
    }
    for (auto rest = kept; !rest.empty();) {
        const ssize_t size = ::pwrite(file_.number(), rest.data(), rest.size(), static_cast<off_t>(have_));
        if (size < 0 && errno != EINTR) {
            fail("cannot write " + path_);
        }
        const auto written = static_cast<std::size_t>(std::max<ssize_t>(size, 0));
        have_ += written;
        rest = rest.subspan(written);
    }
}

bool FetchedFile::is_right() {
    if (givers_.empty()) {
        return true;
    }
    read_into_hash();
    Sha256 found{};
    crypto_hash_sha256_state end = hash_;
    ::crypto_hash_sha256_final(&end, found.data());
    return found == listed_.sha256;
}

void FetchedFile::start_again() {
    if (::ftruncate(file_.number(), 0) != 0) {
        fail("cannot write " + path_);
    }
    have_ = hashed_ = 0;
    givers_.clear();
    ::crypto_hash_sha256_init(&hash_);
}

void FetchedFile::read_into_hash() {
    std::array<std::uint8_t, 65536> buffer{};
    while (hashed_ < have_) {
        const ssize_t size = ::pread(file_.number(), buffer.data(), buffer.size(), static_cast<off_t>(hashed_));
        if (size <= 0) {
            fail("cannot read " + path_);
        }
        ::crypto_hash_sha256_update(&hash_, buffer.data(), static_cast<unsigned long long>(size));
        hashed_ += static_cast<std::uint64_t>(size);
    }
}

}  // namespace clusterdisc
