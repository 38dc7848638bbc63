// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <span>

#include "image/fields.h"

namespace openmosix {

/// Appends described structures to a block of bytes: numbers in little-endian order (all that we run on is), strings
/// and lists after their length as four bytes.
class Encoder {
public:
    explicit Encoder(Bytes& bytes) : bytes_(bytes) {}

    template <Scalar T>
    void put(const T& value) {
        auto number = static_cast<typename WireType<T>::type>(value);
        for (std::size_t i = 0; i < sizeof number; ++i) {
            bytes_.push_back(static_cast<std::uint8_t>(std::uint64_t{number} >> (8 * i)));
        }
    }
    void put(const Bytes& value) {
        put(static_cast<std::uint32_t>(value.size()));
        bytes_.insert(bytes_.end(), value.begin(), value.end());
    }
    void put(const std::string& value) {
        put(static_cast<std::uint32_t>(value.size()));
        bytes_.insert(bytes_.end(), value.begin(), value.end());
    }
    template <typename T>
    void put(const std::vector<T>& list) {
        put(static_cast<std::uint32_t>(list.size()));
        for (const T& element : list) {
            put(element);
        }
    }
    template <typename T, std::size_t Size>
    void put(const std::array<T, Size>& list) {
        for (const T& element : list) {
            put(element);
        }
    }
    template <Described T>
    void put(const T& object) {
        T::fields(object, [this](const char*, const auto& field) { this->put(field); });
    }

private:
    Bytes& bytes_;
};

template <Described T>
Bytes encode(const T& object) {
    Bytes bytes;
    Encoder(bytes).put(object);
    return bytes;
}

}  // namespace openmosix
