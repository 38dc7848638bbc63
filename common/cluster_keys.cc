// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/cluster_keys.h"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "common/byte_reader.h"

namespace clusterdisc {
namespace {

static_assert(ClusterKey().size() == crypto_generichash_KEYBYTES);
static_assert(sizeof(DerivedKeys::message) == crypto_generichash_BYTES);

constexpr unsigned long long passphrase_passes = 3;
constexpr std::size_t passphrase_memory = std::size_t{8} << 20U;

/// A cluster key that is wiped after use.
class TemporaryKey {
public:
    TemporaryKey() = default;
    TemporaryKey(const TemporaryKey&) = delete;
    TemporaryKey(TemporaryKey&&) = delete;
    TemporaryKey& operator=(const TemporaryKey&) = delete;
    TemporaryKey& operator=(TemporaryKey&&) = delete;
    ~TemporaryKey() { ::sodium_memzero(bytes_.data(), bytes_.size()); }

    ClusterKey& bytes() { return bytes_; }

private:
    ClusterKey bytes_{};
};

/// A context and a name with a zero byte between, which neither of them has.
std::vector<std::uint8_t> joined(std::string_view context, std::string_view cluster_name) {
    std::vector<std::uint8_t> text(context.begin(), context.end());
    text.push_back(0);
    text.insert(text.end(), cluster_name.begin(), cluster_name.end());
    return text;
}

std::array<std::uint8_t, crypto_generichash_BYTES> derive(const ClusterKey& key, std::string_view context,
                                                          std::string_view cluster_name) {
    const std::vector<std::uint8_t> text = joined(context, cluster_name);
    std::array<std::uint8_t, crypto_generichash_BYTES> derived{};
    crypto_generichash(derived.data(), derived.size(), text.data(), text.size(), key.data(), key.size());
    return derived;
}

void stretch(const Passphrase& passphrase, std::string_view cluster_name, ClusterKey& key) {
    const std::vector<std::uint8_t> text = joined("clusterdisc passphrase", cluster_name);
    // Longer than the salt, which is its beginning.
    std::array<std::uint8_t, crypto_generichash_BYTES_MAX> hash{};
    crypto_generichash(hash.data(), hash.size(), text.data(), text.size(), nullptr, 0);
    if (crypto_pwhash(key.data(), key.size(), passphrase.text.data(), passphrase.text.size(), hash.data(),
                      passphrase_passes, passphrase_memory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        throw std::runtime_error(
            "the passphrase of the cluster cannot be turned into a key: 8 MiB of memory are needed for it; free some");
    }
}

DerivedKeys derive_all(const ClusterSecret& secret, std::string_view cluster_name) {
    TemporaryKey key;
    if (const auto* passphrase = std::get_if<Passphrase>(&secret)) {
        stretch(*passphrase, cluster_name, key.bytes());
    } else {
        key.bytes() = std::get<ClusterKey>(secret);
    }
    return {
        .id = ByteReader(derive(key.bytes(), "clusterdisc key id 1", cluster_name)).number<KeyId>(),
        .message = derive(key.bytes(), "clusterdisc message 1", cluster_name),
        .wireguard_preshared = derive(key.bytes(), "clusterdisc wireguard 1", cluster_name),
        .migration = derive(key.bytes(), "clusterdisc migration 1", cluster_name),
    };
}

void start_libsodium() {
    if (::sodium_init() < 0) {
        throw std::runtime_error("libsodium cannot start: it gets no random numbers from the kernel");
    }
}

void must_be_possible(std::size_t count) {
    if (count == 0 || count > max_keys) {
        throw std::invalid_argument("a cluster has 1 to " + std::to_string(max_keys) + " keys, not " +
                                    std::to_string(count));
    }
}

/// Gathers the secrets of a file line by line, and complains by line.
class RingBuilder {
public:
    void add(std::size_t line, const ClusterSecret& secret) {
        if (std::ranges::find(secrets_, secret) != secrets_.end()) {
            throw std::runtime_error("line " + std::to_string(line) + " repeats the one before; remove it");
        }
        if (secrets_.size() == max_keys) {
            throw std::runtime_error("line " + std::to_string(line) + " is one too many: there can be " +
                                     std::to_string(max_keys) + ", the new one and the old one");
        }
        secrets_.push_back(secret);
    }

    std::vector<ClusterSecret> take() && { return std::move(secrets_); }

private:
    std::vector<ClusterSecret> secrets_;
};

/// Calls `use` with the number and the text of each line that is not empty.
template <typename Use>
void for_each_line(std::string_view content, Use use) {
    for (std::size_t number = 1; !content.empty(); ++number) {
        const std::size_t end = std::min(content.find('\n'), content.size());
        std::string_view line = content.substr(0, end);
        content.remove_prefix(std::min(end + 1, content.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!line.empty()) {
            use(number, line);
        }
    }
}

}  // namespace

KeyRing::KeyRing(std::span<const ClusterSecret> secrets, std::string_view cluster_name) {
    must_be_possible(secrets.size());
    start_libsodium();
    for (const ClusterSecret& secret : secrets) {
        const DerivedKeys derived = derive_all(secret, cluster_name);
        if (find(derived.id) != nullptr) {
            throw std::runtime_error("the two cluster keys are the same or cannot be told apart; replace one");
        }
        keys_.at(count_++) = derived;
    }
}

KeyRing::KeyRing(std::span<const DerivedKeys> keys) : count_(keys.size()) {
    must_be_possible(keys.size());
    start_libsodium();
    std::ranges::copy(keys, keys_.begin());
}

KeyRing::~KeyRing() {
    ::sodium_memzero(keys_.data(), sizeof keys_);
}

const DerivedKeys* KeyRing::find(KeyId id) const {
    const auto found = std::ranges::find(keys(), id, &DerivedKeys::id);
    return found == keys().end() ? nullptr : &*found;
}

std::vector<KeyId> KeyRing::ids() const {
    std::vector<KeyId> result;
    for (const DerivedKeys& key : keys()) {
        result.push_back(key.id);
    }
    return result;
}

const DerivedKeys* KeyRing::common(std::span<const KeyId> theirs) const {
    const DerivedKeys* best = nullptr;
    for (const DerivedKeys& key : keys()) {
        const bool is_theirs = std::ranges::find(theirs, key.id) != theirs.end();
        if (is_theirs && (best == nullptr || key.id < best->id)) {
            best = &key;
        }
    }
    return best;
}

std::vector<ClusterSecret> parse_key_ring(std::string_view content) {
    if (content.size() == ClusterKey().size()) {
        return {*parse_key_file(content)};
    }
    RingBuilder ring;
    for_each_line(content, [&ring](std::size_t number, std::string_view line) {
        if (line.starts_with('#')) {
            return;
        }
        // 32 bytes as they are make up a whole file, never a line of one.
        const auto key = line.size() == 2 * ClusterKey().size() ? parse_key_file(line) : std::nullopt;
        if (!key) {
            throw std::runtime_error("line " + std::to_string(number) + " is not 64 hexadecimal digits");
        }
        ring.add(number, *key);
    });
    std::vector<ClusterSecret> secrets = std::move(ring).take();
    if (secrets.empty()) {
        throw std::runtime_error("there is no key; write one as a line of 64 hexadecimal digits");
    }
    return secrets;
}

std::vector<ClusterSecret> parse_passphrase_ring(std::string_view content) {
    RingBuilder ring;
    for_each_line(content, [&ring](std::size_t number, std::string_view line) {
        const auto secret = parse_typed_secret(line);
        if (!secret) {
            throw std::runtime_error(
                "line " + std::to_string(number) + " is not a passphrase: " + std::to_string(min_passphrase) + " to " +
                std::to_string(max_passphrase) + " bytes of text without control characters and without " +
                std::string(forbidden_in_passphrases) + ", or a key of exactly 64 hexadecimal digits");
        }
        ring.add(number, *secret);
    });
    std::vector<ClusterSecret> secrets = std::move(ring).take();
    if (secrets.empty()) {
        throw std::runtime_error("there is no passphrase; write one as a line of " + std::to_string(min_passphrase) +
                                 " to " + std::to_string(max_passphrase) + " bytes");
    }
    return secrets;
}

}  // namespace clusterdisc
