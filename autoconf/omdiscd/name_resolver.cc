// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/name_resolver.h"

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace clusterdisc {

struct NameResolver::Answers {
    FileDescriptor signal{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::mutex mutex;
    std::vector<Endpoint> found;
};

namespace {

std::vector<Endpoint> resolve(const std::string& name, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* first = nullptr;
    std::vector<Endpoint> found;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &first) != 0) {
        return found;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(first, ::freeaddrinfo);
    for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
        Endpoint endpoint{.address = {}, .port = port};
        if (entry->ai_family == AF_INET6) {
            sockaddr_in6 address{};
            std::memcpy(&address, entry->ai_addr, sizeof address);
            endpoint.address.is_ipv6 = true;
            std::memcpy(endpoint.address.bytes.data(), &address.sin6_addr, sizeof address.sin6_addr);
        } else if (entry->ai_family == AF_INET) {
            sockaddr_in address{};
            std::memcpy(&address, entry->ai_addr, sizeof address);
            std::memcpy(endpoint.address.bytes.data(), &address.sin_addr, sizeof address.sin_addr);
        } else {
            continue;
        }
        found.push_back(endpoint);
    }
    return found;
}

}  // namespace

NameResolver::NameResolver(sd_event* event, std::function<void(const Endpoint&)> on_found)
    : answers_(std::make_shared<Answers>()) {
    if (!answers_->signal.is_open()) {
        throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
    }
    source_ = add_io(event, answers_->signal.number(), EPOLLIN,
                     [answers = answers_, on_found = std::move(on_found)](std::uint32_t) {
                         std::uint64_t count = 0;
                         // Only to reset it: what was found is below. (glibc does not let a cast ignore the result.)
                         [[maybe_unused]] const ssize_t taken = ::read(answers->signal.number(), &count, sizeof count);
                         std::vector<Endpoint> found;
                         {
                             const std::lock_guard lock(answers->mutex);
                             found = std::exchange(answers->found, {});
                         }
                         std::ranges::for_each(found, on_found);
                     });
}

void NameResolver::ask(const std::string& name, std::uint16_t port) {
    std::thread([answers = answers_, name, port] {
        std::vector<Endpoint> found = resolve(name, port);
        {
            const std::lock_guard lock(answers->mutex);
            answers->found.insert(answers->found.end(), found.begin(), found.end());
        }
        const std::uint64_t one = 1;
        // Cannot fail: the counter of an eventfd holds far more than there are names.
        [[maybe_unused]] const ssize_t given = ::write(answers->signal.number(), &one, sizeof one);
    }).detach();
}

}  // namespace clusterdisc
