// SPDX-License-Identifier: GPL-2.0-or-later
//
// Avahi without a daemon, for omdiscd --no-avahi: it is linked to two libraries of Avahi, which need D-Bus, and calls
// nothing of them then. Who calls it all the same is told that there is no daemon.
#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-client/publish.h>
#include <avahi-common/alternative.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>

extern "C" {

AvahiClient* avahi_client_new(const AvahiPoll*, AvahiClientFlags, AvahiClientCallback, void*, int* error) {
    if (error != nullptr) {
        *error = AVAHI_ERR_NO_DAEMON;
    }
    return nullptr;
}

void avahi_client_free(AvahiClient*) {}

int avahi_client_errno(AvahiClient*) {
    return AVAHI_ERR_NO_DAEMON;
}

AvahiEntryGroup* avahi_entry_group_new(AvahiClient*, AvahiEntryGroupCallback, void*) {
    return nullptr;
}

int avahi_entry_group_add_service(AvahiEntryGroup*, AvahiIfIndex, AvahiProtocol, AvahiPublishFlags, const char*,
                                  const char*, const char*, const char*, uint16_t, ...) {
    return AVAHI_ERR_NO_DAEMON;
}

int avahi_entry_group_commit(AvahiEntryGroup*) {
    return AVAHI_ERR_NO_DAEMON;
}

int avahi_entry_group_reset(AvahiEntryGroup*) {
    return AVAHI_ERR_NO_DAEMON;
}

int avahi_entry_group_is_empty(AvahiEntryGroup*) {
    return 1;
}

AvahiServiceBrowser* avahi_service_browser_new(AvahiClient*, AvahiIfIndex, AvahiProtocol, const char*, const char*,
                                               AvahiLookupFlags, AvahiServiceBrowserCallback, void*) {
    return nullptr;
}

int avahi_service_browser_free(AvahiServiceBrowser*) {
    return AVAHI_ERR_NO_DAEMON;
}

AvahiServiceResolver* avahi_service_resolver_new(AvahiClient*, AvahiIfIndex, AvahiProtocol, const char*, const char*,
                                                 const char*, AvahiProtocol, AvahiLookupFlags,
                                                 AvahiServiceResolverCallback, void*) {
    return nullptr;
}

int avahi_service_resolver_free(AvahiServiceResolver*) {
    return AVAHI_ERR_NO_DAEMON;
}

const char* avahi_strerror(int) {
    return "there is no Avahi on a drone";
}

char* avahi_alternative_service_name(const char*) {
    return nullptr;
}

// Nothing of it was ever allocated.
void avahi_free(void*) {}
}
