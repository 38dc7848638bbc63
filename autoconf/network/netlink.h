// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace clusterdisc {

/// Calls function(const nlmsghdr&) for every whole message in what came from a netlink socket. The bytes must be
/// aligned for nlmsghdr.
template <typename Function>
void for_each_message(std::span<const std::uint8_t> bytes, Function function) {
    const void* start = bytes.data();
    const auto* message = static_cast<const nlmsghdr*>(start);
    int left = static_cast<int>(bytes.size());
    while (mnl_nlmsg_ok(message, left)) {
        function(*message);
        message = mnl_nlmsg_next(message, &left);
    }
}

/// Calls function(const nlattr&) for every whole attribute between two places.
template <typename Function>
void for_each_attribute_between(const void* start, const void* end, Function function) {
    const auto* attribute = static_cast<const nlattr*>(start);
    const auto left = [&] {
        return static_cast<int>(static_cast<const char*>(end) -
                                static_cast<const char*>(static_cast<const void*>(attribute)));
    };
    while (mnl_attr_ok(attribute, left())) {
        function(*attribute);
        attribute = mnl_attr_next(attribute);
    }
}

/// Calls function(const nlattr&) for every attribute of a message after its family's header.
template <typename Function>
void for_each_attribute(const nlmsghdr& message, std::size_t header_size, Function function) {
    for_each_attribute_between(mnl_nlmsg_get_payload_offset(&message, header_size),
                               mnl_nlmsg_get_payload_tail(&message), function);
}

/// Calls function(const nlattr&) for every attribute inside another.
template <typename Function>
void for_each_nested(const nlattr& attribute, Function function) {
    const void* start = mnl_attr_get_payload(&attribute);
    for_each_attribute_between(start, static_cast<const char*>(start) + mnl_attr_get_payload_len(&attribute), function);
}

/// The header of the message's family (ifinfomsg, ...); none when the message is too short for it.
template <typename Header>
std::optional<Header> family_header(const nlmsghdr& message) {
    if (mnl_nlmsg_get_payload_len(&message) < sizeof(Header) || message.nlmsg_len < NLMSG_HDRLEN) {
        return std::nullopt;
    }
    Header header{};
    std::memcpy(&header, mnl_nlmsg_get_payload(&message), sizeof header);
    return header;
}

/// The content of an attribute; none when it is shorter than `Value`.
template <typename Value>
std::optional<Value> attribute_value(const nlattr& attribute) {
    if (mnl_attr_get_payload_len(&attribute) < sizeof(Value)) {
        return std::nullopt;
    }
    Value value{};
    std::memcpy(&value, mnl_attr_get_payload(&attribute), sizeof value);
    return value;
}

/// The content of an attribute as text, up to a zero byte or its end.
std::string attribute_text(const nlattr& attribute);

/// A request that is being put together.
class NetlinkRequest {
public:
    /// What one request holds at most, in bytes.
    static constexpr std::size_t capacity = 8192;

    /// NLM_F_REQUEST is always among the flags.
    template <typename Header>
    NetlinkRequest(std::uint16_t type, unsigned flags, const Header& header) {
        start(type, flags);
        std::memcpy(mnl_nlmsg_put_extra_header(message(), sizeof header), &header, sizeof header);
    }

    [[nodiscard]] nlmsghdr* message();
    [[nodiscard]] std::span<const std::uint8_t> bytes() const;
    [[nodiscard]] std::size_t room() const { return capacity - bytes().size(); }

    /// These throw std::length_error when the request is full.
    void put(std::uint16_t type, const void* data, std::size_t size);
    void put_u8(std::uint16_t type, std::uint8_t value) { put(type, &value, sizeof value); }
    void put_u16(std::uint16_t type, std::uint16_t value) { put(type, &value, sizeof value); }
    void put_u32(std::uint16_t type, std::uint32_t value) { put(type, &value, sizeof value); }
    /// With a zero byte at its end.
    void put_text(std::uint16_t type, const std::string& text) { put(type, text.c_str(), text.size() + 1); }
    /// Puts what `content` puts inside an attribute.
    template <typename Content>
    void put_nested(std::uint16_t type, Content content) {
        nlattr* nest = start_nest(type);
        content();
        mnl_attr_nest_end(message(), nest);
    }

private:
    void start(std::uint16_t type, unsigned flags);
    nlattr* start_nest(std::uint16_t type);

    alignas(nlmsghdr) std::array<std::uint8_t, capacity> buffer_{};
};

/// A netlink socket for requests, or for announcements.
class NetlinkSocket {
public:
    using OnMessage = std::function<void(const nlmsghdr&)>;

    /// `protocol`: NETLINK_ROUTE or NETLINK_GENERIC; `groups`: RTMGRP_...; `flags`: SOCK_NONBLOCK or 0. Throws
    /// std::system_error.
    explicit NetlinkSocket(int protocol, unsigned groups = 0, int flags = 0);

    [[nodiscard]] int descriptor() const { return mnl_socket_get_fd(socket_.get()); }
    /// Sends a request and waits for the end of its answer, at most a second; the kernel answers at once. `what` says
    /// in an error what could not be done. Throws std::system_error with the kernel's error.
    void request(NetlinkRequest& request, const std::string& what, const OnMessage& on_message = {});
    /// The same for a request with NLM_F_DUMP. False when something changed meanwhile, so that parts of the answer may
    /// be missing.
    [[nodiscard]] bool dump(NetlinkRequest& request, const std::string& what, const OnMessage& on_message);
    /// Reads away what was announced, without blocking. For a socket with SOCK_NONBLOCK.
    void drain() const;

private:
    struct Close {
        void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
    };

    bool exchange(NetlinkRequest& request, const std::string& what, const OnMessage& on_message);

    std::unique_ptr<mnl_socket, Close> socket_;
    std::uint32_t sequence_ = 0;
};

}  // namespace clusterdisc
