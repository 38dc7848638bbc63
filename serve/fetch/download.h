// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "common/file_descriptor.h"
#include "fetch/http_reply.h"
#include "fetch/source_address.h"

namespace clusterdisc {

/// A file's content from a byte on, from one web server. Never waits.
///
/// busybox httpd answers a question for what is behind the end of a file with the whole file. So the byte before is
/// asked for, too, and left out: a file that grows there gives that byte at least.
class Download {
public:
    /// Throws std::system_error when no connection can be begun.
    Download(const PcAddress& server, std::uint16_t port, const std::string& name, std::uint64_t offset);

    [[nodiscard]] int descriptor() const { return socket_.number(); }
    /// Returns the events of poll(2) that it waits for.
    [[nodiscard]] short events() const;

    /// Returns what has come, valid until the next call, nothing when none has; none when no more will come.
    std::optional<std::span<const std::uint8_t>> advance();

private:
    enum class Stage { connecting, head, content };

    [[nodiscard]] bool send_request();
    /// Receives behind `used` bytes of the buffer; returns how many bytes are there then, none at the end.
    std::optional<std::size_t> receive(std::size_t used);
    std::optional<std::span<const std::uint8_t>> read_head();

    FileDescriptor socket_;
    std::string request_;
    std::uint64_t offset_;
    Stage stage_ = Stage::connecting;
    std::array<std::uint8_t, 65536> buffer_{};
    std::size_t head_used_ = 0;
    /// How many bytes of the content are left out.
    std::size_t skip_ = 0;
};

}  // namespace clusterdisc
