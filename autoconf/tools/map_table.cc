// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/map_table.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "common/printable_text.h"

namespace clusterdisc {
namespace {

std::string hexadecimal(NodeId id) {
    std::array<char, sizeof "0xffff"> text{};
    std::snprintf(text.data(), text.size(), "0x%04x", static_cast<unsigned>(id));
    return text.data();
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text + ' ';
}

}  // namespace

std::string to_map_table(std::optional<NodeId> own_id, const std::vector<NodeMapEntry>& entries) {
    constexpr std::size_t id_width = 12;
    constexpr std::size_t count_width = 5;
    constexpr std::size_t max_address = 255;
    std::size_t address_width = 16;
    for (const NodeMapEntry& entry : entries) {
        address_width = std::max(address_width, shown(entry.address, max_address).size());
    }
    std::string text = "My Node-Id: " + (own_id ? hexadecimal(*own_id) : "none") + "\n\n" +
                       padded("Base Node-Id", id_width) + padded("Address", address_width) + "Count\n" +
                       padded(std::string(id_width, '-'), id_width) +
                       padded(std::string(address_width, '-'), address_width) + std::string(count_width, '-') + '\n';
    for (const NodeMapEntry& entry : entries) {
        text += padded(hexadecimal(entry.first), id_width) + padded(shown(entry.address, max_address), address_width) +
                (entry.count == 0 ? "ALIAS" : std::to_string(entry.count)) + '\n';
    }
    return text;
}

}  // namespace clusterdisc
