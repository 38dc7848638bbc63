// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/cluster_secret.h"
#include "common/key_id.h"

namespace clusterdisc {

/// What is derived from one cluster key and the cluster's name, each as BLAKE2b (RFC 7693, 32 bytes, keyed with the
/// cluster key) of a context of its own, a zero byte and the name, so that none tells anything about another: two
/// clusters with one key and different names are strangers. The contexts:
///
///     id                    "clusterdisc key id 1"; its first four bytes, big-endian
///     message               "clusterdisc message 1"
///     wireguard_preshared   "clusterdisc wireguard 1"
///     migration             "clusterdisc migration 1"; omd's peers prove by it that they belong to the cluster
struct DerivedKeys {
    KeyId id = 0;
    std::array<std::uint8_t, 32> message{};
    std::array<std::uint8_t, 32> wireguard_preshared{};
    std::array<std::uint8_t, 32> migration{};
};

/// One or two keys; the first seals, all open (rotation: add the new one second everywhere, make it first everywhere,
/// remove the old one everywhere). What it holds is wiped from memory when it is destroyed. Unchanging, so safe in any
/// thread.
class KeyRing {
public:
    /// Takes 1 to max_keys secrets; another number is std::invalid_argument. A passphrase is stretched to a cluster
    /// key with Argon2id (RFC 9106; version 1.3, 3 passes, 8 MiB, 1 lane; the salt is the first 16 bytes of the BLAKE2b
    /// hash, 64 bytes long, of "clusterdisc passphrase", a zero byte and the cluster's name), which takes a while.
    /// Throws std::runtime_error when libsodium cannot start, when there is no memory, and when two secrets are the
    /// same or cannot be told apart by their ids.
    KeyRing(std::span<const ClusterSecret> secrets, std::string_view cluster_name);
    /// Takes 1 to max_keys keys that were derived before; another number is std::invalid_argument. Throws
    /// std::runtime_error when libsodium cannot start.
    explicit KeyRing(std::span<const DerivedKeys> keys);
    KeyRing(const KeyRing&) = default;
    /// The same as copying: both rings have the keys.
    KeyRing(KeyRing&&) = default;
    KeyRing& operator=(const KeyRing&) = default;
    KeyRing& operator=(KeyRing&&) = default;
    ~KeyRing();

    /// The sealing one first.
    [[nodiscard]] std::span<const DerivedKeys> keys() const { return std::span(keys_).first(count_); }
    [[nodiscard]] const DerivedKeys& sealing() const { return keys_.front(); }
    /// None when there is no such key.
    [[nodiscard]] const DerivedKeys* find(KeyId id) const;
    /// The sealing one first.
    [[nodiscard]] std::vector<KeyId> ids() const;
    /// The pre-shared key for WireGuard between us and a node that accepts `theirs`: of the keys that both have, the
    /// one with the smallest id, so that both choose the same. None when there is no common one.
    [[nodiscard]] const DerivedKeys* common(std::span<const KeyId> theirs) const;

private:
    /// Inside the object, so that no copy stays behind on the heap.
    std::array<DerivedKeys, max_keys> keys_{};
    std::size_t count_ = 0;
};

/// The content of a key file: one or two lines, each of 64 hexadecimal digits; or 32 raw bytes. Empty lines and lines
/// that start with # are skipped; a line may end in CR LF. Throws std::runtime_error that says what is wrong and in
/// which line, without the secret: lines that are no key, none or more than max_keys of them, one key twice.
std::vector<ClusterSecret> parse_key_ring(std::string_view content);

/// The content of a passphrase file: one or two lines, each as parse_typed_secret() takes it, so a key is possible,
/// too. Empty lines are skipped, but # may start a passphrase; a line may end in CR LF. Throws std::runtime_error as
/// parse_key_ring() does.
std::vector<ClusterSecret> parse_passphrase_ring(std::string_view content);

}  // namespace clusterdisc
