// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "admission/mac_address.h"
#include "common/file_descriptor.h"
#include "fetch/download.h"
#include "fetch/fetch_report.h"
#include "fetch/fetched_file.h"
#include "fetch/file_list.h"
#include "fetch/source_choice.h"

namespace clusterdisc {

/// The ports (TCP) of the web servers: the serving node's, and that of a client for the others.
inline constexpr std::uint16_t server_http_port = 80;
inline constexpr std::uint16_t client_http_port = 5433;

struct FetcherSettings {
    PcAddress server{};
    MacAddress mac{};
    /// Files come to the same places below it; the directories are there.
    std::string directory;
};

/// Fetches files from whom the serving node names, and reports to it. What a person should know goes to stdout, in
/// lines.
class Fetcher {
public:
    /// Throws std::system_error.
    Fetcher(FetcherSettings settings, std::vector<ListedFile> files);

    /// Fetches all files. Throws an exception when the serving node is gone, or when there is no room.
    void fetch();

    /// Tells the serving node that this client has everything and gives it to others, until the program is ended.
    [[noreturn]] void stay();

    /// Tells the serving node that this client, which has everything, gives nothing to others any more.
    void leave();

    /// Tells the serving node that this PC has too little memory for the files. True if it will get the drone when it
    /// starts again; false if nothing has been heard of that for some seconds.
    bool ask_for_drone();

private:
    void fetch(const ListedFile& listed);
    void fetch_rest(const ListedFile& listed, FetchedFile& file, bool is_from_server_only);
    /// Waits for something to do and does it.
    void turn(const ListedFile& listed, FetchedFile& file, bool is_from_server_only);
    void begin(const ListedFile& listed, const FetchedFile& file, const Source& source);
    void take_bytes(FetchedFile& file);
    void report_if_due(FetchState state);
    void report(FetchState state);
    /// True if there was one.
    bool read_answers();
    [[nodiscard]] static SourceChoice::Time now();

    FetcherSettings settings_;
    std::vector<ListedFile> files_;
    FileDescriptor datagrams_;
    SourceChoice choice_;
    std::optional<Download> download_;
    Source download_source_;
    SourceChoice::Time next_download_{};
    SourceChoice::Time next_report_{};
    ReportNonce nonce_{};
    std::uint64_t complete_bytes_ = 0;
    std::uint64_t have_ = 0;
    std::uint64_t from_server_ = 0;
    std::uint64_t from_others_ = 0;
    bool has_given_ = false;
    bool has_complained_ = false;
    std::deque<PcAddress> refused_;
};

}  // namespace clusterdisc
