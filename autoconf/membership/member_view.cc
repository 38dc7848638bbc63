// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/member_view.h"

namespace clusterdisc {

const char* to_text(Discovery discovery) {
    switch (discovery) {
        case Discovery::self:
            return "self";
        case Discovery::multicast:
            return "multicast";
        case Discovery::avahi:
            return "avahi";
        case Discovery::static_peer:
            return "static";
        case Discovery::gossip:
            return "gossip";
    }
    return "";
}

}  // namespace clusterdisc
