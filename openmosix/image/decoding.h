// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>

#include "image/fields.h"

namespace openmosix {

/// What the shortest such value takes in encoded form.
template <typename T>
std::size_t min_encoded_size() {
    if constexpr (Scalar<T>) {
        return sizeof(typename WireType<T>::type);
    } else if constexpr (Described<T>) {
        static const std::size_t size = [] {
            std::size_t sum = 0;
            T object{};
            T::fields(object, [&sum](const char*, auto& field) {
                sum += min_encoded_size<std::remove_reference_t<decltype(field)>>();
            });
            return sum;
        }();
        return size;
    } else if constexpr (requires { std::tuple_size<T>::value; }) {
        return std::tuple_size_v<T> * min_encoded_size<typename T::value_type>();
    } else {
        return sizeof(std::uint32_t);
    }
}

/// Takes described structures from bytes that may be anything. At the first thing that is not there or out of range it
/// fails, and gives zeros from then on, so that only the end must be checked. Never takes more memory than a small
/// multiple of the bytes' own size.
class Decoder {
public:
    explicit Decoder(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

    template <Scalar T>
    void get(T& value) {
        using Number = typename WireType<T>::type;
        std::uint64_t number = 0;
        const auto part = take(sizeof(Number));
        for (std::size_t i = 0; i < part.size(); ++i) {
            number |= std::uint64_t{part[i]} << (8 * i);
        }
        if constexpr (std::same_as<T, bool>) {
            if (number > 1) {
                fail();
            }
            value = number == 1;
        } else {
            value = static_cast<T>(static_cast<Number>(number));
        }
    }
    void get(Bytes& value) {
        const auto part = take(length(1));
        value.assign(part.begin(), part.end());
    }
    void get(std::string& value) {
        const auto part = take(length(1));
        value.assign(part.begin(), part.end());
    }
    template <typename T>
    void get(std::vector<T>& list) {
        constexpr bool is_of_blocks = !Scalar<T> && !Described<T>;
        const std::size_t count = length(min_encoded_size<T>(), is_of_blocks ? max_blocks : max_elements);
        list.clear();
        list.reserve(count);
        for (std::size_t i = 0; i < count && !has_failed_; ++i) {
            get(list.emplace_back());
        }
    }
    template <typename T, std::size_t Size>
    void get(std::array<T, Size>& list) {
        for (T& element : list) {
            get(element);
        }
    }
    template <Described T>
    void get(T& object) {
        T::fields(object, [this](const char*, auto& field) { this->get(field); });
    }

    /// Nothing failed, and nothing is left.
    [[nodiscard]] bool is_complete() const { return !has_failed_ && rest_.empty(); }

private:
    void fail() {
        has_failed_ = true;
        rest_ = {};
    }
    std::span<const std::uint8_t> take(std::size_t size) {
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const auto part = rest_.first(size);
        rest_ = rest_.subspan(size);
        return part;
    }
    std::size_t length(std::size_t min_size, std::uint32_t max_count = max_elements) {
        std::uint32_t count = 0;
        get(count);
        if (count > max_count || count > rest_.size() / min_size) {
            fail();
            return 0;
        }
        return count;
    }

    std::span<const std::uint8_t> rest_;
    bool has_failed_ = false;
};

/// None when the bytes are not exactly one such object.
template <Described T>
std::optional<T> decode(std::span<const std::uint8_t> bytes) {
    Decoder decoder(bytes);
    std::optional<T> object(std::in_place);
    decoder.get(*object);
    if (!decoder.is_complete()) {
        object.reset();
    }
    return object;
}

}  // namespace openmosix
