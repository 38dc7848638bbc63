// SPDX-License-Identifier: GPL-2.0-or-later
//
// clusterdisc-fetch: fetches the layers of the file system into memory, in the initramfs of a PC that was started over
// the network: from the serving node, and from other PCs that fetch the same ones.
#include <arpa/inet.h>

#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "common/exit_status.h"
#include "fetch/fetcher.h"

namespace clusterdisc {
namespace {

constexpr const char* usage =
    "Usage: clusterdisc-fetch [--stay | --leave | --drone] SERVER MAC DIRECTORY\n"
    "Fetch the files of the list on standard input (lines \"SIZE NAME SHA256\", in the order of the serving node's\n"
    "files.txt) from the serving node at the IPv4 address SERVER, or from other PCs that it names, to DIRECTORY.\n"
    "MAC is this PC's hardware address.\n"
    "  --stay   when all is there, go on telling the serving node so: it may name this PC to others\n"
    "  --leave  fetch nothing; tell the serving node that all is there, and that it is to name this PC no more\n"
    "  --drone  fetch nothing; ask the serving node for the drone instead, as there is too little memory. Status 1 "
    "when\n"
    "           it has none\n";

constexpr std::size_t max_list = 1U << 18U;

std::string read_standard_input() {
    std::string content;
    std::array<char, 4096> buffer{};
    std::size_t size = 0;
    while (content.size() <= max_list && (size = std::fread(buffer.data(), 1, buffer.size(), stdin)) > 0) {
        content.append(buffer.data(), size);
    }
    return content;
}

int run(std::span<char*> arguments) {
    const std::string_view option =
        !arguments.empty() && std::string_view(arguments.front()).starts_with("--") ? arguments.front() : "";
    const bool stays = option == "--stay";
    const bool leaves = option == "--leave";
    const bool wants_drone = option == "--drone";
    arguments = arguments.subspan(stays || leaves || wants_drone ? 1 : 0);
    if (arguments.size() != 3) {
        std::fputs(usage, stderr);
        return exit_usage;
    }
    FetcherSettings settings{.directory = arguments[2]};
    const auto mac = parse_mac_address(arguments[1]);
    if (::inet_pton(AF_INET, arguments[0], settings.server.data()) != 1 || !mac) {
        std::fprintf(stderr, "clusterdisc-fetch: \"%s\" is no %s\n", mac ? arguments[0] : arguments[1],
                     mac ? "IPv4 address (192.0.2.1)" : "hardware address (52:54:00:12:34:56)");
        return exit_usage;
    }
    settings.mac = *mac;
    const std::string list = read_standard_input();
    auto files = list.size() > max_list ? std::nullopt : parse_file_list(list);
    if (!files) {
        std::fputs("clusterdisc-fetch: standard input is no list of lines \"SIZE NAME SHA256\"\n", stderr);
        return exit_usage;
    }
    if (::sodium_init() < 0) {
        std::fputs("clusterdisc-fetch: the cryptographic library does not start on this PC\n", stderr);
        return exit_failure;
    }
    Fetcher fetcher(std::move(settings), std::move(*files));
    if (wants_drone) {
        return fetcher.ask_for_drone() ? exit_success : exit_failure;
    }
    if (leaves) {
        fetcher.leave();
        return exit_success;
    }
    fetcher.fetch();
    if (stays) {
        fetcher.stay();
    }
    return exit_success;
}

}  // namespace
}  // namespace clusterdisc

int main(int argument_count, char** arguments) {
    try {
        return clusterdisc::run(std::span(arguments, static_cast<std::size_t>(argument_count)).subspan(1));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "clusterdisc-fetch: %s\n", error.what());
        return clusterdisc::exit_failure;
    }
}
