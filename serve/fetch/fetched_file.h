// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sodium.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/file_descriptor.h"
#include "fetch/file_list.h"
#include "fetch/source_address.h"

namespace clusterdisc {

/// A file of the list on this PC, which grows at its end. Others read it meanwhile. What is there of it at the
/// beginning counts. Throws std::system_error when it cannot be written.
class FetchedFile {
public:
    FetchedFile(std::string path, ListedFile listed);

    [[nodiscard]] std::uint64_t have() const { return have_; }
    [[nodiscard]] bool is_complete() const { return have_ == listed_.size; }

    /// Takes bytes at the end, no more than the file is to have.
    void append(std::span<const std::uint8_t> bytes, const Source& from);

    /// Returns whether the file is the listed one, when a part of it came from other clients. What came wholly from the
    /// serving node is not looked at: so was the hash.
    [[nodiscard]] bool is_right();

    /// Returns the clients from whom bytes have come.
    [[nodiscard]] const std::vector<PcAddress>& givers() const { return givers_; }

    /// Drops everything.
    void start_again();

private:
    void read_into_hash();

    ListedFile listed_;
    std::string path_;
    FileDescriptor file_;
    std::uint64_t have_ = 0;
    std::vector<PcAddress> givers_;
    crypto_hash_sha256_state hash_{};
    /// How many bytes are in hash_: none before the first from another client, then all.
    std::uint64_t hashed_ = 0;
};

}  // namespace clusterdisc
