// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "common/event_loop.h"
#include "common/file_descriptor.h"
#include "network/datagram_sockets.h"
#include "network/echo_prober.h"
#include "network/link_monitor.h"
#include "network/network_interface.h"

namespace clusterdisc {
namespace {

constexpr std::uint16_t test_port = 5428;

void check_call(int result, const char* what) {
    if (result < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

FileDescriptor enter_new_network() {
    check_call(::unshare(CLONE_NEWNET), "unshare");
    // An address that is being checked for duplicates cannot be used for a second or two.
    std::ofstream("/proc/sys/net/ipv6/conf/default/accept_dad") << "0";
    for (const char* const scope : {"all", "default"}) {
        std::ofstream(std::string("/proc/sys/net/ipv4/conf/") + scope + "/rp_filter") << "0";
    }
    return FileDescriptor(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

void enter_network(const FileDescriptor& network) {
    check_call(::setns(network.number(), CLONE_NEWNET), "setns");
}

void create_cable(const FileDescriptor& network_of_second) {
    NetlinkSocket socket(NETLINK_ROUTE);
    NetlinkRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
    request.put_text(IFLA_IFNAME, "first");
    request.put_nested(IFLA_LINKINFO, [&] {
        request.put_text(IFLA_INFO_KIND, "veth");
        request.put_nested(IFLA_INFO_DATA, [&] {
            request.put_nested(VETH_INFO_PEER, [&] {
                mnl_nlmsg_put_extra_header(request.message(), sizeof(ifinfomsg));
                request.put_text(IFLA_IFNAME, "second");
                request.put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(network_of_second.number()));
            });
        });
    });
    socket.request(request, "cannot create a veth pair");
}

/// No route leads anywhere.
constexpr std::uint8_t without_route = 32;
/// A kernel that makes an ICMP message itself needs a route for it.
constexpr std::uint8_t with_route = 24;

/// A PC with one card, in a network of its own.
struct Machine {
    Machine(EventLoop& loop, const std::string& card, const LinkPrefix& address)
        : routing(NETLINK_ROUTE), index(find_interface(routing, card).value().index) {
        add_interface_address(routing, index, address);
        set_interface_up(routing, index, true);
        sockets = std::make_unique<DatagramSockets>(
            loop.get(), DatagramOptions{.port = test_port},
            [this](const Path& from, bool was_multicast, std::span<const std::uint8_t> bytes) {
                on_datagram(from, was_multicast, bytes);
            },
            [this](const Path& to) { on_unreachable(to); });
        prober = std::make_unique<EchoProber>(loop.get(), [this](const Path& path) { on_answer(path); });
        monitor = std::make_unique<LinkMonitor>(loop.get(), LinkSelection{{card}, "om0"},
                                                [this](const std::vector<Link>& links) {
                                                    sockets->set_links(links);
                                                    on_links(links);
                                                });
        sockets->set_links(monitor->links());
    }

    /// Its addresses, as the machine at the other end of the cable reaches them.
    [[nodiscard]] std::vector<Path> paths_from(std::uint32_t link, std::uint16_t port) const {
        std::vector<Path> result;
        for (const Link& own : monitor->links()) {
            for (const LinkPrefix& prefix : own.addresses) {
                result.push_back({link, {prefix.address, port}});
            }
        }
        return result;
    }

    NetlinkSocket routing;
    std::uint32_t index;
    std::function<void(const Path&, bool, std::span<const std::uint8_t>)> on_datagram =
        [](const Path&, bool, std::span<const std::uint8_t>) {};
    std::function<void(const Path&)> on_unreachable = [](const Path&) {};
    std::function<void(const Path&)> on_answer = [](const Path&) {};
    std::function<void(const std::vector<Link>&)> on_links = [](const std::vector<Link>&) {};
    std::unique_ptr<DatagramSockets> sockets;
    std::unique_ptr<EchoProber> prober;
    std::unique_ptr<LinkMonitor> monitor;
};

struct Laboratory {
    Laboratory(EventLoop& event_loop, std::uint8_t prefix_length) : loop(event_loop) {
        FileDescriptor second_network = enter_new_network();
        FileDescriptor first_network = enter_new_network();
        create_cable(second_network);
        first =
            std::make_unique<Machine>(loop, "first", LinkPrefix{parse_ip_address("10.9.0.1").value(), prefix_length});
        enter_network(second_network);
        second =
            std::make_unique<Machine>(loop, "second", LinkPrefix{parse_ip_address("10.9.0.2").value(), prefix_length});
    }

    /// Repeats `step` until it is satisfied, at most five seconds.
    bool run_until(const std::function<bool()>& step) {
        const Instant end = EventLoop::now() + std::chrono::seconds(5);
        std::unique_ptr<Timer> timer;
        timer = std::make_unique<Timer>(loop.get(), [&] {
            if (step()) {
                loop.exit(0);
            } else if (EventLoop::now() > end) {
                loop.exit(1);
            } else {
                timer->set(EventLoop::now() + std::chrono::milliseconds(20));
            }
        });
        timer->set(EventLoop::now());
        return loop.run() == 0;
    }

    EventLoop& loop;
    std::unique_ptr<Machine> first;
    std::unique_ptr<Machine> second;
};

/// Runs an experiment in a process of its own, as no thread of ours may change its network.
void experiment(std::uint8_t prefix_length, const std::function<bool(Laboratory&)>& succeeds) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root may make network namespaces";
    }
    constexpr int no_namespaces = 77;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (::unshare(CLONE_NEWNET) != 0) {
            ::_exit(no_namespaces);
        }
        int status = 1;
        try {
            EventLoop loop;
            Laboratory laboratory(loop, prefix_length);
            status = succeeds(laboratory) ? 0 : 1;
        } catch (const std::exception& error) {
            static_cast<void>(std::fprintf(stderr, "%s\n", error.what()));
        }
        ::_exit(status);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == no_namespaces) {
        GTEST_SKIP() << "this machine allows no network namespaces";
    }
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

const std::set<bool> both_families{false, true};

TEST(NetworkNamespace, DatagramsArriveWithoutAnyRoute) {
    experiment(without_route, [](Laboratory& laboratory) {
        Machine& first = *laboratory.first;
        Machine& second = *laboratory.second;
        const std::vector<std::uint8_t> question{'?'};
        const std::vector<std::uint8_t> answer{'!', '!'};
        std::set<bool> asked;
        std::set<bool> answered;
        second.on_datagram = [&](const Path& from, bool was_multicast, std::span<const std::uint8_t> bytes) {
            if (was_multicast && bytes.size() == question.size() && from.link == second.index) {
                asked.insert(from.endpoint.address.is_ipv6);
                second.sockets->send(from, answer);
            }
        };
        first.on_datagram = [&](const Path& from, bool was_multicast, std::span<const std::uint8_t> bytes) {
            if (!was_multicast && bytes.size() == answer.size() && from.link == first.index) {
                answered.insert(from.endpoint.address.is_ipv6);
            }
        };
        return laboratory.run_until([&] {
            first.sockets->multicast(first.index, question);
            return asked == both_families && answered == both_families;
        });
    });
}

TEST(NetworkNamespace, EchoRequestsAreAnswered) {
    experiment(with_route, [](Laboratory& laboratory) {
        Machine& first = *laboratory.first;
        std::set<bool> answered;
        first.on_answer = [&](const Path& path) { answered.insert(path.endpoint.address.is_ipv6); };
        return laboratory.run_until([&] {
            for (const Path& path : laboratory.second->paths_from(first.index, test_port)) {
                first.prober->probe(path);
            }
            return answered == both_families;
        });
    });
}

TEST(NetworkNamespace, PortsWithoutListenersAreReported) {
    experiment(with_route, [](Laboratory& laboratory) {
        constexpr std::uint16_t unused_port = 5429;
        Machine& first = *laboratory.first;
        std::set<bool> reported;
        first.on_unreachable = [&](const Path& to) {
            if (to.endpoint.port == unused_port && to.link == first.index) {
                reported.insert(to.endpoint.address.is_ipv6);
            }
        };
        return laboratory.run_until([&] {
            for (const Path& path : laboratory.second->paths_from(first.index, unused_port)) {
                first.sockets->send(path, std::vector<std::uint8_t>{1});
            }
            return reported == both_families;
        });
    });
}

TEST(NetworkNamespace, LinksGoAndComeBack) {
    experiment(without_route, [](Laboratory& laboratory) {
        enum class Step : std::uint8_t { start, down, up };
        Machine& first = *laboratory.first;
        Machine& second = *laboratory.second;
        Step step = Step::start;
        return laboratory.run_until([&] {
            const bool has_link = !first.monitor->links().empty();
            if (step == Step::start && has_link) {
                // The other end of the cable: the carrier is lost.
                set_interface_up(second.routing, second.index, false);
                step = Step::down;
            } else if (step == Step::down && !has_link) {
                set_interface_up(second.routing, second.index, true);
                step = Step::up;
            }
            return step == Step::up && has_link && first.monitor->hardware_fingerprint() != 0;
        });
    });
}

TEST(NetworkNamespace, APortInUseIsAnErrorThatNamesIt) {
    experiment(without_route, [](Laboratory& laboratory) {
        try {
            const DatagramSockets another(
                laboratory.loop.get(), DatagramOptions{.port = test_port},
                [](const Path&, bool, std::span<const std::uint8_t>) {}, [](const Path&) {});
        } catch (const std::system_error& error) {
            return std::string(error.what()).find("UDP port 5428 (IPv4)") != std::string::npos;
        }
        return false;
    });
}

}  // namespace
}  // namespace clusterdisc
