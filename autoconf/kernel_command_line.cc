// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_command_line.h"

namespace clusterdisc {
namespace {

constexpr std::string_view white_space = " \t\n\v\f\r";

bool is_white_space(char character) {
    return white_space.find(character) != std::string_view::npos;
}

/// The length of the word at the start of `text`: up to the first white space outside quotes.
std::size_t word_length(std::string_view text, bool& has_open_quote) {
    bool in_quotes = false;
    std::size_t length = 0;
    for (; length < text.size(); ++length) {
        if (text[length] == '"') {
            in_quotes = !in_quotes;
        } else if (!in_quotes && is_white_space(text[length])) {
            break;
        }
    }
    has_open_quote = in_quotes;
    return length;
}

void remove_last_quote(std::string_view& text) {
    if (text.ends_with('"')) {
        text.remove_suffix(1);
    }
}

KernelParameter read_word(std::string_view word) {
    KernelParameter parameter;
    if (word.starts_with('"')) {
        word.remove_prefix(1);
        remove_last_quote(word);
    }
    // As in the kernel, an equals sign at the very start does not separate a name from a value.
    const std::size_t equals = word.find('=', 1);
    if (equals == std::string_view::npos) {
        parameter.name = word;
        return parameter;
    }
    std::string_view value = word.substr(equals + 1);
    if (value.starts_with('"')) {
        value.remove_prefix(1);
        remove_last_quote(value);
    }
    parameter.name = word.substr(0, equals);
    parameter.value = value;
    parameter.has_value = true;
    return parameter;
}

}  // namespace

std::vector<KernelParameter> split_kernel_command_line(std::string_view command_line) {
    std::vector<KernelParameter> parameters;
    bool is_for_init = false;
    while (true) {
        const std::size_t start = command_line.find_first_not_of(white_space);
        if (start == std::string_view::npos) {
            return parameters;
        }
        command_line.remove_prefix(start);

        bool has_open_quote = false;
        const std::size_t length = word_length(command_line, has_open_quote);
        const std::string_view word = command_line.substr(0, length);
        command_line.remove_prefix(length);

        if (!is_for_init && word == "--") {
            is_for_init = true;
            continue;
        }
        KernelParameter parameter = read_word(word);
        parameter.is_for_init = is_for_init;
        parameter.has_open_quote = has_open_quote;
        parameters.push_back(std::move(parameter));
    }
}

}  // namespace clusterdisc
