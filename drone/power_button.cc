// SPDX-License-Identifier: GPL-2.0-or-later
#include "power_button.h"

#include <fcntl.h>
#include <linux/input.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace clusterdisc {

FileDescriptor open_power_button(const std::string& device) {
    FileDescriptor file(::open(device.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    std::array<unsigned char, KEY_MAX / 8 + 1> keys{};
    const bool has_it = file.is_open() && ::ioctl(file.number(), EVIOCGBIT(EV_KEY, keys.size()), keys.data()) >= 0 &&
                        (keys[KEY_POWER / 8] & (1U << (KEY_POWER % 8))) != 0;
    return has_it ? std::move(file) : FileDescriptor();
}

std::vector<std::string> input_devices(const std::string& dev) {
    std::vector<std::string> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(dev + "/input", error)) {
        if (entry.path().filename().string().starts_with("event")) {
            paths.push_back(entry.path());
        }
    }
    return paths;
}

bool was_power_button_pressed(int device) {
    bool was_pressed = false;
    std::array<input_event, 16> events{};
    while (true) {
        const ssize_t length = ::read(device, events.data(), sizeof(events));
        if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
            return was_pressed;
        }
        if (length <= 0) {
            throw std::system_error(errno, std::generic_category(), "an input device with a power button has gone");
        }
        for (std::size_t index = 0; index < static_cast<std::size_t>(length) / sizeof(input_event); ++index) {
            const input_event& event = events.at(index);
            // 1: pressed, 0: released, 2: held.
            was_pressed = was_pressed || (event.type == EV_KEY && event.code == KEY_POWER && event.value == 1);
        }
    }
}

}  // namespace clusterdisc
