// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "common/file_descriptor.h"

namespace clusterdisc {

/// An input device if it has a power button, else a file that is not open.
FileDescriptor open_power_button(const std::string& device);

/// The paths of the input devices in DEV.
std::vector<std::string> input_devices(const std::string& dev);

/// Reads what has happened at the device; true if its power button was pressed. Throws std::system_error when the
/// device has gone.
bool was_power_button_pressed(int device);

}  // namespace clusterdisc
