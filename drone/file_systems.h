// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace clusterdisc {

/// Makes the initramfs a file system that has another one below it, because pivot_root(2), with which omd confines
/// guests, does not work on the first of all mounts.
void make_root_a_mount();

/// The kernel's own file systems; a mount that fails is an error but for the control groups.
void mount_kernel_file_systems();

/// A control group of this name whose members may be limited, handed over to the program that is put into it as systemd
/// does (Delegate=). Empty, and reported, when the kernel has none.
std::string make_delegated_group(const std::string& name);

/// Writes a setting below /proc/sys; reported when that fails.
void set_kernel_parameter(const std::string& name, const std::string& value);

}  // namespace clusterdisc
