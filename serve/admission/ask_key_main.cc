// SPDX-License-Identifier: GPL-2.0-or-later
//
// clusterdisc-ask-key: asks the serving node for the cluster key, in the initramfs of a PC, or the drone, that was
// started over the network. The key comes sealed for a key pair that is made here and forgotten at the end.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

#include "admission/admission_message.h"
#include "admission/mac_address.h"
#include "common/exit_status.h"
#include "common/file.h"
#include "common/file_descriptor.h"
#include "server_socket.h"

namespace clusterdisc {
namespace {

constexpr const char* usage =
    "Usage: clusterdisc-ask-key SERVER MAC FILE\n"
    "Ask the serving node at the IPv4 address SERVER for the cluster key and put it into FILE. Ends when it has it, "
    "or\n"
    "with status 1 when the serving node has not answered for a minute.\n"
    "MAC is this PC's hardware address, by which a person at the serving node recognizes it.\n";

constexpr std::chrono::milliseconds pause{1000};
/// A serving node that says nothing for so long is gone; another one may serve now.
constexpr std::chrono::seconds max_silence{60};

/// Wipes its keys, also when an exception ends the program.
class TemporaryKeys {
public:
    TemporaryKeys() { ::crypto_box_keypair(keys_.public_key.data(), keys_.secret_key.data()); }
    TemporaryKeys(const TemporaryKeys&) = delete;
    TemporaryKeys(TemporaryKeys&&) = delete;
    TemporaryKeys& operator=(const TemporaryKeys&) = delete;
    TemporaryKeys& operator=(TemporaryKeys&&) = delete;
    ~TemporaryKeys() { ::sodium_memzero(keys_.secret_key.data(), keys_.secret_key.size()); }

    [[nodiscard]] const AdmissionKeys& get() const { return keys_; }

private:
    AdmissionKeys keys_;
};

/// Waits for the reply to a request for as long as a pause takes; none when there was none.
std::optional<AdmissionReply> wait_for_reply(const FileDescriptor& socket, const AdmissionNonce& nonce) {
    const auto end = std::chrono::steady_clock::now() + pause;
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return std::nullopt;
        }
        pollfd waiting{.fd = socket.number(), .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) {
            continue;
        }
        std::array<std::uint8_t, max_admission_reply + 1> bytes{};
        const ssize_t size = ::recv(socket.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (size < 0) {
            // Nobody listens there now ("connection refused"): the rest of the pause is waited for all the same.
            ::poll(nullptr, 0, static_cast<int>(left.count()));
            return std::nullopt;
        }
        const auto reply = parse_admission_reply(std::span(bytes).first(static_cast<std::size_t>(size)));
        if (reply && reply->nonce == nonce) {
            return reply;
        }
    }
}

/// Says how it stands whenever that has changed.
class Progress {
public:
    explicit Progress(std::string server) : server_(std::move(server)) {}

    void say(const std::string& text) {
        if (text != said_) {
            std::printf("%s\n", text.c_str());
            std::fflush(stdout);
            said_ = text;
        }
    }

    void say(const std::optional<AdmissionReply>& reply) {
        if (!reply) {
            say("The serving node " + server_ + " gives no answer about the cluster key; asking again.");
        } else if (reply->status == AdmissionStatus::closed) {
            say("This PC waits to be admitted: run \"sudo clusterdisc-serve admit\" at the serving node " + server_ +
                ".");
        } else {
            say("The serving node " + server_ + " has no cluster key itself; asking again.");
        }
    }

private:
    std::string server_;
    std::string said_;
};

void ask(const in_addr& server, const MacAddress& mac, const std::string& server_name, const std::string& file) {
    const TemporaryKeys keys;
    const FileDescriptor socket = connect_datagrams(server, admission_port);
    Progress progress(server_name);
    auto answered_at = std::chrono::steady_clock::now();
    while (true) {
        AdmissionRequest request{.nonce = {}, .mac = mac, .public_key = keys.get().public_key};
        ::randombytes_buf(request.nonce.data(), request.nonce.size());
        const auto bytes = encode(request);
        // What could not be sent is sent again in a moment.
        [[maybe_unused]] const ssize_t sent = ::send(socket.number(), bytes.data(), bytes.size(), 0);
        const auto reply = wait_for_reply(socket, request.nonce);
        if (reply) {
            if (auto key = open_admission_reply(*reply, keys.get())) {
                // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
                const std::string_view content(reinterpret_cast<const char*>(key->data()), key->size());
                replace_file(file, content, 0600);
                ::sodium_memzero(key->data(), key->size());
                progress.say("The serving node " + server_name + " has admitted this PC.");
                return;
            }
        }
        progress.say(reply);
        if (!reply && std::chrono::steady_clock::now() - answered_at >= max_silence) {
            throw std::runtime_error("the serving node " + server_name + " is lost");
        }
        if (reply) {
            answered_at = std::chrono::steady_clock::now();
            ::poll(nullptr, 0, static_cast<int>(pause.count()));
        }
    }
}

int run(int argument_count, char** arguments) {
    in_addr server{};
    if (argument_count != 4) {
        std::fputs(usage, stderr);
        return exit_usage;
    }
    const std::optional<MacAddress> mac = parse_mac_address(arguments[2]);
    if (::inet_pton(AF_INET, arguments[1], &server) != 1 || !mac) {
        std::fprintf(stderr, "clusterdisc-ask-key: \"%s\" is no %s\n", mac ? arguments[1] : arguments[2],
                     mac ? "IPv4 address (192.0.2.1)" : "hardware address (52:54:00:12:34:56)");
        return exit_usage;
    }
    if (::sodium_init() < 0) {
        std::fputs("clusterdisc-ask-key: the cryptographic library does not start on this PC\n", stderr);
        return exit_failure;
    }
    ask(server, *mac, arguments[1], arguments[3]);
    return exit_success;
}

}  // namespace
}  // namespace clusterdisc

int main(int argument_count, char** arguments) {
    try {
        return clusterdisc::run(argument_count, arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "clusterdisc-ask-key: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
