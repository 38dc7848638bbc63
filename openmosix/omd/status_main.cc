// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdio>
#include <stdexcept>

#include "common/exit_status.h"
#include "control/client.h"
#include "omd/subcommands.h"

namespace openmosix {

namespace {

/// As people read it: texts without quotes, numbers as they are.
std::string shown_value(const nlohmann::json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end() || found->is_null()) {
        return "none";
    }
    return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace

int status_main(const std::string& run_folder) {
    const auto status = ask_omd(run_folder, "{\"request\":\"status\"}\n");
    if (!status["ok"].get<bool>()) {
        throw std::runtime_error(status["reason"].get<std::string>());
    }
    const auto print = [](const char* name, const std::string& value, const char* more = "") {
        std::printf("%-16s%s%s\n", name, value.c_str(), more);
    };
    print("omd", shown_value(status, "version"));
    print("node", shown_value(status, "node"));
    if (status.contains("problem")) {
        print("problem", shown_value(status, "problem"));
    }
    print("listening at", shown_value(status, "listen"));
    print("members", shown_value(status, "members"));
    print("processes away", shown_value(status, "processes"));
    const std::string guests = shown_value(status, "guests") + " of " + shown_value(status, "most_guests");
    print("guests", guests, shown_value(status, "are_guests_limited") == "true" ? "" : ", without limits");
    if (!shown_value(status, "switches").empty()) {
        print("switches", shown_value(status, "switches"), " (mosctl)");
    }
    if (shown_value(status, "nomigrate") == "true") {
        print("nomigrate", "no process leaves this node, none comes");
    }
    return clusterdisc::exit_success;
}

}  // namespace openmosix
