// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/processor_time_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <memory>
#include <thread>

#include "common/file_descriptor.h"
#include "common/temporary_folder.h"

namespace openmosix {
namespace {

using std::chrono::milliseconds;

constexpr ProcessorTimeRequest some_time{.pid = 4711, .start_time = 123456, .user = 1'000'000, .system = 2'000'000};
constexpr int backlog = 8;

/// Takes one connection, and answers what it reads with one text; then it closes the connection, or waits until the
/// client has.
class FakeOmd {
public:
    FakeOmd(const std::string& run_folder, std::string answer, bool closes)
        : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = run_folder + "/omd.sock";
        std::memcpy(&address.sun_path, path.c_str(), path.size() + 1);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
        const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
        EXPECT_EQ(::bind(socket_.number(), generic, sizeof address), 0);
        EXPECT_EQ(::listen(socket_.number(), backlog), 0);
        thread_ = std::thread([this, answer = std::move(answer), closes] {
            const clusterdisc::FileDescriptor client(::accept(socket_.number(), nullptr, nullptr));
            std::array<char, 4096> buffer{};
            const ssize_t size = ::recv(client.number(), buffer.data(), buffer.size(), 0);
            line_.assign(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
            ::send(client.number(), answer.data(), answer.size(), MSG_NOSIGNAL);
            if (!closes) {
                static_cast<void>(::recv(client.number(), buffer.data(), buffer.size(), 0));
            }
        });
    }
    FakeOmd(const FakeOmd&) = delete;
    FakeOmd& operator=(const FakeOmd&) = delete;
    FakeOmd(FakeOmd&&) = delete;
    FakeOmd& operator=(FakeOmd&&) = delete;
    ~FakeOmd() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    /// What it has read.
    const std::string& line() {
        thread_.join();
        return line_;
    }

private:
    clusterdisc::FileDescriptor socket_;
    std::string line_;
    std::thread thread_;
};

CountingResult result_of(const std::string& answer, bool closes = true) {
    const clusterdisc::TemporaryFolder folder;
    FakeOmd omd(folder.path(), answer, closes);
    return ProcessorTimeClient(folder.path()).ask(some_time, milliseconds(200));
}

TEST(ProcessorTimeClient, SaysTheTimeInOneLine) {
    const clusterdisc::TemporaryFolder folder;
    FakeOmd omd(folder.path(), "{\"ok\":true,\"counted\":true}\n", false);
    EXPECT_EQ(ProcessorTimeClient(folder.path()).ask(some_time), CountingResult::counted);
    EXPECT_EQ(omd.line(), to_line(some_time));
}

TEST(ProcessorTimeClient, KnowsWhatOmdAnswers) {
    EXPECT_EQ(result_of(counted_line(true)), CountingResult::counted);
    EXPECT_EQ(result_of(counted_line(false)), CountingResult::unsupported);
    EXPECT_EQ(result_of(refusal_line("no")), CountingResult::failed);
}

TEST(ProcessorTimeClient, DoesNotKnowWhatOmdDidThatAnswersNothingOfTheKind) {
    for (const char* answer : {"", "{\"ok\":true}\n", "{\"ok\":true,\"counted\":1}\n", "[]\n", "{\"ok\":true,"}) {
        EXPECT_EQ(result_of(answer), CountingResult::unknown) << answer;
    }
}

TEST(ProcessorTimeClient, WaitsNoLongerThanItMay) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(result_of("{\"ok\":", false), CountingResult::unknown);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(200));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, ProcessorTimeClient::max_wait);
}

TEST(ProcessorTimeClient, FailsAtOnceWhereNobodyListens) {
    const clusterdisc::TemporaryFolder folder;
    EXPECT_EQ(ProcessorTimeClient(folder.path()).ask(some_time), CountingResult::failed);
    EXPECT_EQ(ProcessorTimeClient("/" + std::string(200, 'x')).ask(some_time), CountingResult::failed);
}

}  // namespace
}  // namespace openmosix
