// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/nodes_json.h"

#include <nlohmann/json.hpp>

#include "output/node_map.h"

namespace clusterdisc {
namespace {

using Json = nlohmann::ordered_json;

const char* word_for(Condition condition) {
    switch (condition) {
        case Condition::alive:
            return "alive";
        case Condition::suspect:
            return "suspect";
        case Condition::dead:
            return "dead";
        case Condition::left:
            return "left";
    }
    return "";
}

const char* word_for(Stage stage) {
    switch (stage) {
        case Stage::joining:
            return "joining";
        case Stage::claiming:
            return "claiming";
        case Stage::member:
            return "member";
    }
    return "";
}

Json id_or_null(NodeId id) {
    return id == 0 ? Json(nullptr) : Json(id);
}

Json to_json(const MemberView& member, const InterfaceName& interface_name) {
    const NodeRecord& record = *member.record;
    Json path = nullptr;
    if (member.path && !member.is_self) {
        path = {{"link", member.path->link == 0 ? "" : interface_name(member.path->link)},
                {"address", to_text(member.path->endpoint.address)},
                {"port", member.path->endpoint.port}};
    }
    return {
        {"id", id_or_null(record.id)},
        {"name", record.name},
        {"address", member_address(member, interface_name)},
        {"identity", to_text(record.identity)},
        {"condition", word_for(member.condition)},
        {"stage", word_for(record.stage)},
        {"in_map", member.in_map},
        {"busy", record.busy},
        {"found", to_text(member.discovery)},
        {"path", path},
        {"round_trip_us", member.round_trip ? Json(member.round_trip->count()) : Json(nullptr)},
        {"since", std::chrono::duration<double>(std::chrono::floor<std::chrono::milliseconds>(member.since)).count()}};
}

std::optional<NodeId> read_id(const Json& value) {
    if (value.is_null()) {
        return std::nullopt;
    }
    if (!value.is_number_integer()) {
        throw Json::type_error::create(302, "an id is a whole number", &value);
    }
    const auto id = value.get<std::int64_t>();
    return id >= 1 && id <= last_node_id ? std::optional(static_cast<NodeId>(id)) : std::nullopt;
}

ListedMember read_member(const Json& value, const std::string& own_identity) {
    ListedMember member;
    member.id = read_id(value.at("id"));
    member.name = value.at("name").get<std::string>();
    member.address = value.at("address").get<std::string>();
    member.identity = value.at("identity").get<std::string>();
    member.condition = value.at("condition").get<std::string>();
    member.stage = value.at("stage").get<std::string>();
    member.is_self = member.identity == own_identity;
    member.in_map = value.at("in_map").get<bool>();
    member.busy = value.at("busy").get<bool>();
    member.found = value.at("found").get<std::string>();
    const Json& path = value.at("path");
    if (!path.is_null()) {
        member.path = path.at("link").get<std::string>() + ' ' + path.at("address").get<std::string>();
    }
    const Json& round_trip = value.at("round_trip_us");
    if (!round_trip.is_null()) {
        member.round_trip_us = round_trip.get<double>();
    }
    member.since = value.at("since").get<double>();
    return member;
}

}  // namespace

std::string to_nodes_json(const ClusterView& view, const std::string& cluster, const InterfaceName& interface_name) {
    Json members = Json::array();
    for (const MemberView& member : view) {
        members.push_back(to_json(member, interface_name));
    }
    const NodeRecord& self = *view.front().record;
    const Json document = {{"version", 1},
                           {"cluster", cluster},
                           {"self",
                            {{"identity", to_text(self.identity)},
                             {"id", id_or_null(self.id)},
                             {"stage", word_for(self.stage)},
                             {"name", self.name},
                             {"plain", self.plain}}},
                           {"members", members}};
    constexpr int indentation = 1;
    return document.dump(indentation, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::optional<ListedCluster> parse_nodes_json(std::string_view text) {
    if (text.size() > max_nodes_json) {
        return std::nullopt;
    }
    try {
        const Json document = Json::parse(text);
        if (document.at("version") != 1) {
            return std::nullopt;
        }
        const Json& self = document.at("self");
        const auto own_identity = self.at("identity").get<std::string>();
        ListedCluster cluster;
        cluster.cluster = document.at("cluster").get<std::string>();
        cluster.own_id = read_id(self.at("id"));
        cluster.own_stage = self.at("stage").get<std::string>();
        for (const Json& member : document.at("members")) {
            cluster.members.push_back(read_member(member, own_identity));
        }
        return cluster;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

}  // namespace clusterdisc
