// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

/// One description of each structure serves all that is done with it: a structure has
///
///     static void fields(auto& self, auto&& visit) { visit("name", self.name); ... }
///
/// and encode() (encoding.h) and decode() (decoding.h) follow it. What is described this way is the wire format and the
/// image format, so adding, removing or moving a field is a new protocol_version (peer/messages.h), and of what is in a
/// CheckpointState a new image_version (image_file.h), too.
namespace openmosix {

/// Has fields() of its own.
template <typename T>
concept Described = requires(T& object) {
    T::fields(object, [](const char*, auto&) {});
};

template <typename T>
concept Scalar = std::integral<T> || std::is_enum_v<T>;

using Bytes = std::vector<std::uint8_t>;

/// The unsigned type in which a scalar travels; bool as one byte.
template <Scalar T>
struct WireType {
    using type = std::make_unsigned_t<T>;
};
template <>
struct WireType<bool> {
    using type = std::uint8_t;
};
template <Scalar T>
requires std::is_enum_v<T>
struct WireType<T> {
    using type = std::make_unsigned_t<std::underlying_type_t<T>>;
};

/// No string, list or block of bytes may be longer than this many elements.
inline constexpr std::uint32_t max_elements = std::uint32_t{1} << 22U;
/// The same of a list of strings or blocks: an empty one takes several times what it has in encoded form. More than
/// signals can be pending.
inline constexpr std::uint32_t max_blocks = std::uint32_t{1} << 17U;

}  // namespace openmosix
