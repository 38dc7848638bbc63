// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "control/descriptor_passing.h"

namespace openmosix {

namespace {

/// omd gives up a move after 60 seconds, and an image after 600, and says so.
constexpr timeval max_wait{.tv_sec = 75, .tv_usec = 0};
constexpr timeval max_wait_for_file{.tv_sec = 615, .tv_usec = 0};
constexpr std::size_t max_answer = std::size_t{64} << 20U;

[[noreturn]] void fail(const std::string& path, int error) {
    const std::string what = "omd does not answer at " + path + ": " + std::generic_category().message(error);
    const bool is_absent = error == ENOENT || error == ECONNREFUSED;
    throw std::runtime_error(what + (is_absent ? "; is it running? (systemctl start omd)" : ""));
}

}  // namespace

std::string usual_run_folder() {
    const char* const named = std::getenv("OMD_RUN_DIR");
    return named == nullptr || *named == '\0' ? default_run_folder : named;
}

clusterdisc::FileDescriptor connect_to_omd(const std::string& run_folder, int flags) {
    const std::string path = run_folder + "/omd.sock";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        fail(path, ENAMETOOLONG);
    }
    std::memcpy(&address.sun_path, path.c_str(), path.size() + 1);
    clusterdisc::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    if (!socket.is_open() ||
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
        ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail(path, errno);
    }
    return socket;
}

nlohmann::json ask_omd(const std::string& run_folder, const std::string& line) {
    return ask_omd(run_folder, line, -1);
}

nlohmann::json ask_omd(const std::string& run_folder, const std::string& line, int file) {
    const std::string path = run_folder + "/omd.sock";
    const clusterdisc::FileDescriptor socket = connect_to_omd(run_folder, 0);
    const timeval wait = file >= 0 ? max_wait_for_file : max_wait;
    if (::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0) {
        fail(path, errno);
    }
    // A refused client is answered before it has said everything: then what came is what counts.
    for (std::string_view rest = line; !rest.empty();) {
        const ssize_t sent = send_with_descriptor(socket.number(), rest, file);
        if (sent < 0 && errno != EINTR) {
            break;
        }
        if (sent > 0) {
            rest.remove_prefix(static_cast<std::size_t>(sent));
            file = -1;
        }
    }
    std::string answer;
    while (!answer.ends_with('\n') && answer.size() < max_answer) {
        std::array<char, 16384> buffer{};
        const ssize_t size = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
        if (size == 0) {
            break;
        }
        if (size < 0 && errno != EINTR) {
            fail(path, errno == EAGAIN ? ETIMEDOUT : errno);
        }
        answer.append(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    auto json = parse_answer(answer);
    if (!json) {
        throw std::runtime_error("omd at " + path + " ended the connection without an answer; its log may say why");
    }
    return std::move(*json);
}

std::optional<nlohmann::json> parse_answer(std::string_view line) {
    auto json = nlohmann::json::parse(line, nullptr, false);
    const bool has_verdict = json.is_object() && json.contains("ok") && json["ok"].is_boolean();
    if (!has_verdict || (!json["ok"].get<bool>() && !(json.contains("reason") && json["reason"].is_string()))) {
        return std::nullopt;
    }
    return json;
}

}  // namespace openmosix
