// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/file_list.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace clusterdisc {
namespace {

bool is_alphanumeric(char character) {
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z');
}

/// True for a file of the medium that is meant for clients. The cluster key is not below these directories.
bool is_served_name(std::string_view name) {
    constexpr std::size_t max_name = 200;
    for (const std::string_view directory : {"live/", "clusterdisc/serve/"}) {
        if (name.starts_with(directory)) {
            name.remove_prefix(directory.size());
            return !name.empty() && name.size() <= max_name && is_alphanumeric(name.front()) &&
                   std::ranges::all_of(name, [](char character) {
                       return is_alphanumeric(character) ||
                              std::string_view("._+-").find(character) != std::string_view::npos;
                   });
        }
    }
    return false;
}

/// Takes what stands before `end`, or all, from the beginning of `text`.
std::string_view take_until(std::string_view& text, char end) {
    const std::size_t place = std::min(text.find(end), text.size());
    const std::string_view part = text.substr(0, place);
    text.remove_prefix(std::min(place + 1, text.size()));
    return part;
}

std::optional<Sha256> parse_sha256(std::string_view text) {
    Sha256 hash{};
    std::size_t size = 0;
    const char* end = nullptr;
    if (text.size() != 2 * hash.size() ||
        ::sodium_hex2bin(hash.data(), hash.size(), text.data(), text.size(), nullptr, &size, &end) != 0 ||
        size != hash.size() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return hash;
}

std::optional<ListedFile> parse_line(std::string_view line) {
    ListedFile file;
    const std::string_view size = take_until(line, ' ');
    const std::string_view name = take_until(line, ' ');
    const auto [stopped_at, error] = std::from_chars(size.data(), size.data() + size.size(), file.size);
    if (error != std::errc{} || stopped_at != size.data() + size.size() || file.size > max_listed_size ||
        !is_served_name(name)) {
        return std::nullopt;
    }
    file.name = name;
    if (line != "-") {
        file.sha256 = parse_sha256(line);
        if (!file.sha256) {
            return std::nullopt;
        }
    }
    return file;
}

}  // namespace

std::optional<std::vector<ListedFile>> parse_file_list(std::string_view text) {
    std::vector<ListedFile> files;
    while (!text.empty()) {
        auto file = parse_line(take_until(text, '\n'));
        if (!file || files.size() == max_listed_files) {
            return std::nullopt;
        }
        files.push_back(std::move(*file));
    }
    return files;
}

}  // namespace clusterdisc
