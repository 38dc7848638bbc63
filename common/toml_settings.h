// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/file.h"
#include "common/printable_text.h"
#include "common/toml_document.h"

namespace clusterdisc {

/// A key of a configuration file and what it does to a `Configuration`.
template <typename Configuration>
struct TomlSetting {
    /// Sets what the key is about; returns what it should have been when the value is wrong, else nothing.
    using Setter = std::function<const char*(const toml::node&, Configuration&)>;

    const char* name = nullptr;
    Setter set;
};

template <typename Configuration>
auto toml_text(std::string Configuration::*member, bool (*is_right)(std::string_view), const char* wanted) {
    return [=](const toml::node& node, Configuration& configuration) -> const char* {
        const auto value = node.value_exact<std::string>();
        if (!value || !is_right(*value)) {
            return wanted;
        }
        configuration.*member = *value;
        return nullptr;
    };
}

/// From 1 to `last`.
template <typename Configuration, typename Number>
auto toml_number(Number Configuration::*member, std::int64_t last, const char* wanted) {
    return [=](const toml::node& node, Configuration& configuration) -> const char* {
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < 1 || *value > last) {
            return wanted;
        }
        configuration.*member = static_cast<Number>(*value);
        return nullptr;
    };
}

template <typename Configuration>
auto toml_flag(bool Configuration::*member) {
    return [=](const toml::node& node, Configuration& configuration) -> const char* {
        const auto value = node.value_exact<bool>();
        if (!value) {
            return "true or false";
        }
        configuration.*member = *value;
        return nullptr;
    };
}

/// Of texts. `add` returns whether it took one, after `clear` has taken away what was there.
template <typename Configuration>
auto toml_list(const std::function<bool(const std::string&, Configuration&)>& add,
               const std::function<void(Configuration&)>& clear, const char* wanted) {
    return [=](const toml::node& node, Configuration& configuration) -> const char* {
        const toml::array* const array = node.as_array();
        if (array == nullptr) {
            return wanted;
        }
        Configuration changed = configuration;
        clear(changed);
        for (const toml::node& item : *array) {
            const auto value = item.value_exact<std::string>();
            if (!value || !add(*value, changed)) {
                return wanted;
            }
        }
        configuration = std::move(changed);
        return nullptr;
    };
}

/// A right value for paths.
inline bool is_absolute_path(std::string_view text) {
    return text.starts_with('/') && is_printable_text(text);
}

/// What to do with keys that none of the settings has.
enum class UnknownKeys : std::uint8_t { are_problems, are_for_others };

/// Reads a TOML document over `configuration`. Everything that is wrong is added to `problems`, as `FILE:LINE: what and
/// what instead`; a key with a problem changes nothing.
template <typename Configuration>
void read_toml_settings(std::string_view document, const std::string& file,
                        std::span<const TomlSetting<Configuration>> settings, UnknownKeys unknown_keys,
                        Configuration& configuration, std::vector<std::string>& problems) {
    const auto table = parse_toml(document, file, problems);
    if (!table) {
        return;
    }
    for (const auto& [name, node] : *table) {
        const auto setting = std::ranges::find_if(
            settings, [text = name.str()](const TomlSetting<Configuration>& known) { return text == known.name; });
        if (setting != settings.end()) {
            const char* const wanted = setting->set(node, configuration);
            if (wanted != nullptr) {
                problems.push_back(place_in(file, node.source()) + setting->name + " must be " + wanted);
            }
        } else if (unknown_keys == UnknownKeys::are_problems) {
            std::string names;
            for (const TomlSetting<Configuration>& known : settings) {
                names += (names.empty() ? "" : ", ") + std::string(known.name);
            }
            problems.push_back(place_in(file, name.source()) + "there is no setting " + shown(name.str()) +
                               "; the settings are: " + names);
        }
    }
}

/// Calls `read` with the content of a file; one that does not exist is a problem only when it `must_exist`.
inline void read_settings_file(const std::string& path, bool must_exist,
                               const std::function<void(std::string_view document)>& read,
                               std::vector<std::string>& problems) {
    constexpr std::size_t max_file = std::size_t{1} << 20U;
    try {
        const auto document = read_file(path, max_file);
        if (document) {
            read(*document);
        } else if (must_exist) {
            problems.push_back(path + " does not exist");
        }
    } catch (const std::system_error& error) {
        problems.emplace_back(error.what());
    }
}

}  // namespace clusterdisc
