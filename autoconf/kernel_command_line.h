// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace clusterdisc {

/// One word of a kernel command line: `name` or `name=value`.
struct KernelParameter {
    std::string name;
    std::string value;
    /// False for `name`, true for `name=` and `name=value`.
    bool has_value = false;
    /// True for the words after ` -- `, which the kernel hands to init instead of reading them.
    bool is_for_init = false;
    /// True when a double quote was opened and the line ended before it was closed.
    bool has_open_quote = false;

    bool operator==(const KernelParameter&) const = default;
};

/// The longest command line that is looked at. Linux takes 2048 bytes on x86 and 4096 elsewhere
/// (COMMAND_LINE_SIZE); boot configuration attached to an initrd may add to that.
inline constexpr std::size_t max_command_line = 16384;

/// Splits a kernel command line in the way the kernel does (next_arg() in lib/cmdline.c, described in
/// Documentation/admin-guide/kernel-parameters.rst): white space separates words, double quotes protect
/// white space, quotes around a value or around a whole word are not part of it, and ` -- ` ends the
/// kernel's part of the line.
///
/// It differs in one point: the kernel's isspace() counts the byte 0xA0 as white space, which would cut
/// UTF-8 text such as "à" in two. Here only ASCII white space separates words.
std::vector<KernelParameter> split_kernel_command_line(std::string_view command_line);

}  // namespace clusterdisc
