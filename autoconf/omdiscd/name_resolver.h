// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/address.h"
#include "common/event_loop.h"
#include "common/file_descriptor.h"

namespace clusterdisc {

/// Host names to addresses without holding up the event loop: each question is asked by a thread of its own, as
/// getaddrinfo(3) may take half a minute.
class NameResolver {
public:
    /// `on_found` is called from the loop, once for each address.
    NameResolver(sd_event* event, std::function<void(const Endpoint&)> on_found);

    void ask(const std::string& name, std::uint16_t port);

private:
    /// Outlives this object while a thread still works for it.
    struct Answers;

    std::shared_ptr<Answers> answers_;
    EventSource source_;
};

}  // namespace clusterdisc
