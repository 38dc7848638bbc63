// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/fetcher.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "admission/admission_message.h"
#include "server_socket.h"

namespace clusterdisc {
namespace {

constexpr SourceChoice::Time report_pause{2000};
/// A source that has no more yet is asked again after this.
constexpr SourceChoice::Time growing_pause{250};
/// A web server that gave nothing is asked again after this.
constexpr SourceChoice::Time failed_pause{1000};

void say(const std::string& text) {
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
}

in_addr address_of(const PcAddress& server) {
    in_addr address{};
    std::memcpy(&address, server.data(), server.size());
    return address;
}

}  // namespace

Fetcher::Fetcher(FetcherSettings settings, std::vector<ListedFile> files)
    : settings_(std::move(settings)), files_(std::move(files)),
      datagrams_(connect_datagrams(address_of(settings_.server), admission_port)), choice_(now()) {}

SourceChoice::Time Fetcher::now() {
    return std::chrono::duration_cast<SourceChoice::Time>(std::chrono::steady_clock::now().time_since_epoch());
}

void Fetcher::fetch() {
    for (const ListedFile& file : files_) {
        fetch(file);
        complete_bytes_ += file.size;
    }
    have_ = complete_bytes_;
    report(FetchState::complete);
    constexpr unsigned mebibyte_bits = 20;
    say("Fetched " + std::to_string((from_server_ + from_others_) >> mebibyte_bits) + " MiB, " +
        std::to_string(from_others_ >> mebibyte_bits) + " MiB of these from other PCs.");
}

void Fetcher::stay() {
    pollfd waiting{.fd = datagrams_.number(), .events = POLLIN, .revents = 0};
    while (true) {
        report_if_due(FetchState::complete);
        ::poll(&waiting, 1, static_cast<int>(report_pause.count()));
        read_answers();
    }
}

void Fetcher::leave() {
    for (const ListedFile& file : files_) {
        have_ += file.size;
    }
    // One of them may get lost.
    report(FetchState::leaving);
    report(FetchState::leaving);
}

bool Fetcher::ask_for_drone() {
    constexpr int max_questions = 5;
    for (int question = 0; question < max_questions; ++question) {
        report(FetchState::too_small);
        constexpr int pause = static_cast<int>(report_pause.count());
        pollfd waiting{.fd = datagrams_.number(), .events = POLLIN, .revents = 0};
        ::poll(&waiting, 1, pause);
        if (read_answers()) {
            return true;
        }
        if ((waiting.revents & POLLERR) != 0) {
            // Nobody listens there now ("connection refused").
            ::poll(nullptr, 0, pause);
        }
    }
    return false;
}

void Fetcher::fetch(const ListedFile& listed) {
    const std::string path = settings_.directory + "/" + listed.name;
    FetchedFile file(path, listed);
    fetch_rest(listed, file, !listed.sha256);
    if (!file.is_right()) {
        std::string givers;
        for (const PcAddress& giver : file.givers()) {
            givers += (givers.empty() ? "" : ", ") + text_of(giver);
            refused_.push_back(giver);
        }
        say(listed.name + " as it came from " + givers + " is not what the serving node has; fetching it from there.");
        have_ = complete_bytes_;
        file.start_again();
        fetch_rest(listed, file, true);
    }
}

void Fetcher::fetch_rest(const ListedFile& listed, FetchedFile& file, bool is_from_server_only) {
    while (!file.is_complete()) {
        turn(listed, file, is_from_server_only);
        have_ = complete_bytes_ + file.have();
    }
    download_.reset();
    next_download_ = {};
}

void Fetcher::turn(const ListedFile& listed, FetchedFile& file, bool is_from_server_only) {
    report_if_due(FetchState::fetching);
    if (choice_.is_lost(now())) {
        throw std::runtime_error("neither the serving node " + text_of(settings_.server) +
                                 " nor another PC gives more than " + std::to_string(file.have()) + " of " +
                                 std::to_string(listed.size) + " bytes of " + listed.name);
    }
    if (choice_.is_silent(now()) && !has_complained_) {
        has_complained_ = true;
        say("Nothing comes at " + std::to_string(file.have()) + " of " + std::to_string(listed.size) + " bytes of " +
            listed.name + "; trying again, also from the serving node " + text_of(settings_.server) + ".");
    }
    const Source source = is_from_server_only ? Source{} : choice_.current(now());
    if (download_ && source != download_source_) {
        download_.reset();
        next_download_ = {};
    }
    if (!download_ && now() >= next_download_ && (is_from_server_only || choice_.is_ready(now()))) {
        begin(listed, file, source);
    }
    std::array<pollfd, 2> waiting{{{.fd = datagrams_.number(), .events = POLLIN, .revents = 0},
                                   {.fd = download_ ? download_->descriptor() : -1,
                                    .events = download_ ? download_->events() : short{0},
                                    .revents = 0}}};
    ::poll(waiting.data(), waiting.size(), static_cast<int>(growing_pause.count()));
    read_answers();
    if (download_ && waiting[1].revents != 0) {
        take_bytes(file);
    }
}

void Fetcher::begin(const ListedFile& listed, const FetchedFile& file, const Source& source) {
    has_given_ = false;
    download_source_ = source;
    try {
        download_.emplace(source.value_or(settings_.server), source ? client_http_port : server_http_port, listed.name,
                          file.have());
    } catch (const std::system_error&) {
        next_download_ = now() + failed_pause;
    }
}

void Fetcher::take_bytes(FetchedFile& file) {
    const auto bytes = download_->advance();
    if (!bytes) {
        download_.reset();
        // A file that grows at another client has ended for now; the serving node's whole one gave less than it has.
        const auto pause = download_source_ || has_given_ ? growing_pause : failed_pause;
        next_download_ = now() + pause;
        return;
    }
    if (!bytes->empty()) {
        const std::uint64_t before = file.have();
        file.append(*bytes, download_source_);
        (download_source_ ? from_others_ : from_server_) += file.have() - before;
        choice_.got_bytes(now());
        has_given_ = true;
        has_complained_ = false;
    }
}

void Fetcher::report_if_due(FetchState state) {
    if (now() >= next_report_) {
        report(state);
    }
}

void Fetcher::report(FetchState state) {
    next_report_ = now() + report_pause;
    ::randombytes_buf(nonce_.data(), nonce_.size());
    FetchReport report{.state = state,
                       .nonce = nonce_,
                       .mac = settings_.mac,
                       .have = have_,
                       .from_server = from_server_,
                       .source = download_source_,
                       .refused = {}};
    if (!refused_.empty()) {
        report.refused = refused_.front();
        refused_.pop_front();
    }
    const auto bytes = encode(report);
    // What could not be sent is followed by the next one.
    [[maybe_unused]] const ssize_t sent = ::send(datagrams_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
}

bool Fetcher::read_answers() {
    std::array<std::uint8_t, fetch_report_size + 1> bytes{};
    bool has_answer = false;
    ssize_t size = 0;
    while ((size = ::recv(datagrams_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT)) >= 0) {
        const auto answer = parse_fetch_answer(std::span(bytes).first(static_cast<std::size_t>(size)));
        if (answer && answer->nonce == nonce_) {
            choice_.told(answer->source, now());
            has_answer = true;
        }
    }
    return has_answer;
}

}  // namespace clusterdisc
