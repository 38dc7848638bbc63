// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <avahi-common/watch.h>
#include <systemd/sd-event.h>

namespace clusterdisc {

/// Lets libavahi-client run in an sd-event loop. What was made through api() must be gone before this is: free the
/// AvahiClient first.
class AvahiEventPoll {
public:
    explicit AvahiEventPoll(sd_event* event);

    /// Valid as long as this object stays where it is.
    [[nodiscard]] const AvahiPoll* api() const { return &api_; }
    AvahiEventPoll(const AvahiEventPoll&) = delete;
    AvahiEventPoll& operator=(const AvahiEventPoll&) = delete;
    AvahiEventPoll(AvahiEventPoll&&) = delete;
    AvahiEventPoll& operator=(AvahiEventPoll&&) = delete;
    ~AvahiEventPoll() = default;

private:
    AvahiPoll api_{};
};

}  // namespace clusterdisc
