// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_event.h"

#include <gmock/gmock.h>

namespace clusterdisc {
namespace {

using namespace std::string_view_literals;

TEST(DeviceEvent, HasActionAndProperties) {
    const DeviceEvent event = parse_device_event(
        "add@/devices/pci0000:00/0000:00:03.0\0ACTION=add\0SUBSYSTEM=pci\0MODALIAS=pci:v00008086d0000100E\0SEQNUM=7\0"sv);
    EXPECT_EQ(event.action, "add");
    EXPECT_EQ(event.property("SUBSYSTEM"), "pci");
    EXPECT_EQ(event.property("MODALIAS"), "pci:v00008086d0000100E");
    EXPECT_EQ(event.property("INTERFACE"), "");
}

TEST(DeviceEvent, KeepsAnEqualsSignInAValue) {
    EXPECT_EQ(parse_device_event("ACTION=add\0NAME=a=b"sv).property("NAME"), "a=b");
}

TEST(DeviceEvent, OfNothingIsNothing) {
    EXPECT_EQ(parse_device_event("").action, "");
    EXPECT_EQ(parse_device_event("\0\0\0"sv).action, "");
    EXPECT_EQ(parse_device_event("no zero byte and no value").action, "");
}

}  // namespace
}  // namespace clusterdisc
