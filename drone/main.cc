// SPDX-License-Identifier: GPL-2.0-or-later
//
// drone-init: the first process of a drone. It makes a PC with this program, omdiscd and omd in memory a node of the
// cluster, with nothing else: no disk, no login, no other services.
#include <linux/netlink.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "common/exit_status.h"
#include "device_event.h"
#include "file_systems.h"
#include "init.h"
#include "kernel_log.h"
#include "network_interfaces.h"
#include "network_start.h"
#include "power_button.h"

namespace clusterdisc {
namespace {

using std::chrono::milliseconds;

/// A program or script of who makes a drone of their own, brought by another initramfs (docs/drone.md).
constexpr const char* extra_program = "/etc/clusterdisc/drone-extra";

/// What a node runs, in the order of starting.
std::vector<ServiceOptions> services() {
    std::vector<ServiceOptions> result;
    result.push_back({.name = "omdiscd",
                      .child = {.command = {"/usr/sbin/omdiscd", "--no-avahi"},
                                // A node at full load must still answer in time, and one without memory must not lose
                                // its cluster first.
                                .niceness = -10,
                                .oom_score_adjustment = -500}});
    result.push_back({.name = "omd",
                      .child = {.command = {"/usr/sbin/omd"}, .control_group = make_delegated_group("omd")},
                      .before_stop = {"/usr/bin/mosctl", "--wait", "20", "expel"},
                      // It also waits for omd's answers.
                      .max_before_stop = milliseconds(60'000),
                      .max_stop = milliseconds(30'000)});
    if (::access(extra_program, X_OK) == 0) {
        result.push_back({.name = "extra", .child = {.command = {extra_program}}});
    }
    result.push_back(
        {.name = "status", .child = {.command = {"/usr/bin/clusterdisc-status", "--live"}, .terminal = "/dev/tty1"}});
    return result;
}

/// Other nodes show it; nothing of the PC's hardware is sure to be its own.
void set_host_name() {
    std::array<char, 32> name{};
    const int length = std::snprintf(name.data(), name.size(), "drone-%08x", std::random_device()());
    if (::sethostname(name.data(), static_cast<std::size_t>(length)) != 0) {
        write_kernel_log(Priority::warning, "drone", "the host name cannot be set");
    }
}

/// omdiscd and omd read what it leaves in /run/clusterdisc. The key is in /clusterdisc/cluster.key, as on the disc.
void read_boot_parameters() {
    Service reader(
        {.name = "boot-parameters", .child = {.command = {"/usr/sbin/clusterdisc-boot-parameters", "--medium", "/"}}});
    reader.start(Clock::now());
    int status = 0;
    if (reader.is_running() && ::waitpid(reader.pid(), &status, 0) == reader.pid()) {
        reader.forbid_restart();
        reader.note_end(status, Clock::now());
    }
}

void set_kernel_parameters() {
    // The log is of our own programs, which do not flood it. The kernel wants the line end.
    set_kernel_parameter("kernel/printk_devkmsg", "on\n");
    // Every node talks to every other one; the kernel's 1,024 neighbours are not enough for a large lab on one
    // Ethernet.
    for (const char* family : {"ipv4", "ipv6"}) {
        const std::string limits = std::string("net/") + family + "/neigh/default/gc_thresh";
        set_kernel_parameter(limits + "2", "8192");
        set_kernel_parameter(limits + "3", "16384");
    }
}

FileDescriptor open_device_events() {
    FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = 1;
    const void* const any = &address;
    if (!socket.is_open() || ::bind(socket.number(), static_cast<const sockaddr*>(any), sizeof(address)) != 0) {
        throw std::system_error(errno, std::generic_category(), "events of devices");
    }
    return socket;
}

class Hardware {
public:
    explicit Hardware(Init& init) : init_(init) {}

    /// Events first: what appears while the rest is looked through is in both.
    void begin() {
        init_.watch({open_device_events(), [this](int socket) { read_events(socket); }});
        switch_on_all("/sys");
        for (const std::string& device : input_devices("/dev")) {
            watch_power_button(device);
        }
    }

private:
    void read_events(int socket) {
        std::array<char, 8192> message{};
        while (true) {
            const ssize_t length = ::recv(socket, message.data(), message.size(), 0);
            if (length < 0 && errno == ENOBUFS) {
                // Some were lost.
                switch_on_all("/sys");
                continue;
            }
            if (length <= 0) {
                return;
            }
            take(parse_device_event({message.data(), static_cast<std::size_t>(length)}));
        }
    }

    void take(const DeviceEvent& event) {
        if (event.action != "add") {
            return;
        }
        const std::string subsystem = event.property("SUBSYSTEM");
        if (subsystem == "net" && event.property("INTERFACE") != "om0") {
            switch_on(event.property("INTERFACE"));
        }
        if (subsystem == "input" && event.property("DEVNAME").starts_with("input/event")) {
            watch_power_button("/dev/" + event.property("DEVNAME"));
        }
    }

    void watch_power_button(const std::string& device) {
        FileDescriptor file = open_power_button(device);
        if (!file.is_open() || !watched_.insert(device).second) {
            return;
        }
        init_.watch({std::move(file), [this](int number) {
                         if (was_power_button_pressed(number)) {
                             tell_person("Switching off: guests are sent home first. Press again not to wait.");
                             init_.end(Ending::power_off);
                         }
                     }});
    }

    Init& init_;
    std::set<std::string> watched_;
};

[[noreturn]] void end_machine(Ending ending) {
    ::kill(-1, SIGKILL);
    ::sync();
    ::reboot(ending == Ending::restart ? RB_AUTOBOOT : RB_POWER_OFF);
    // A PC that cannot switch itself off.
    while (true) {
        ::pause();
    }
}

/// Gets the key from a serving node, if the boot loader has said so and given none. A drone without key joins nobody.
void start_over_network() {
    constexpr const char* key_file = "/clusterdisc/cluster.key";
    // A serving node lends an address for two minutes, of which loading takes a part.
    constexpr std::chrono::seconds limit{60};
    constexpr unsigned seconds_to_read = 10;
    if (::access(key_file, F_OK) == 0) {
        return;
    }
    bool has_key = true;
    try {
        std::string command_line;
        std::getline(std::ifstream("/proc/cmdline"), command_line);
        const auto start = parse_network_start(command_line);
        has_key = !start || get_key(*start, key_file, limit);
    } catch (const std::exception& error) {
        tell_person(error.what());
        has_key = false;
    }
    if (!has_key) {
        tell_person("This PC has no cluster key and starts again.");
        ::sleep(seconds_to_read);
        end_machine(Ending::restart);
    }
}

[[noreturn]] void run_machine() {
    make_root_a_mount();
    mount_kernel_file_systems();
    ::umask(022);
    set_kernel_parameters();
    set_host_name();
    // Until then Ctrl-Alt-Del starts the PC again at once.
    start_over_network();
    ::reboot(RB_DISABLE_CAD);
    read_boot_parameters();
    Init init(services());
    Hardware hardware(init);
    hardware.begin();
    write_kernel_log(Priority::notice, "drone", "this PC is a node of the cluster from now on");
    const Ending ending = init.run();
    tell_person(ending == Ending::restart ? "Starting again." : "Switched off.");
    end_machine(ending);
}

}  // namespace
}  // namespace clusterdisc

int main() {
    if (::getpid() != 1) {
        std::fputs(
            "drone-init: it is the first process of a drone and is started by the kernel only; see docs/drone.md\n",
            stderr);
        return clusterdisc::exit_usage;
    }
    try {
        clusterdisc::run_machine();
    } catch (const std::exception& error) {
        // The kernel then stops with a message of its own; this one says why.
        clusterdisc::write_kernel_log(clusterdisc::Priority::error, "drone", error.what());
        return clusterdisc::exit_failure;
    }
}
