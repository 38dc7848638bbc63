// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "admission/mac_address.h"
#include "fetch/source_address.h"

namespace clusterdisc {

/// A report and its answer belong together by this random number.
using ReportNonce = std::array<std::uint8_t, 8>;

enum class FetchState : std::uint8_t {
    fetching = 0,
    /// It has what it wants and gives it to others.
    complete = 1,
    /// It gives nothing to others from now on.
    leaving = 2,
    /// It has not enough memory to fetch anything, and is to get the drone when it starts again: an answer says that it
    /// will.
    too_small = 3,
};

/// What a client tells the serving node every other second.
struct FetchReport {
    FetchState state{};
    ReportNonce nonce{};
    MacAddress mac{};
    /// How far it is in the list of files: all clients fetch in its order.
    std::uint64_t have = 0;
    /// How many bytes have come from the serving node itself.
    std::uint64_t from_server = 0;
    Source source;
    /// Another client, bytes of which were in a file that was wrong.
    Source refused;
};

/// The size of a report; an answer has 17 bytes.
inline constexpr std::size_t fetch_report_size = 44;

struct FetchAnswer {
    ReportNonce nonce{};
    Source source;
};

/// | bytes | report                                        | answer                             |
/// |-------|-----------------------------------------------|------------------------------------|
/// | 4     | `CDFR`                                        | `CDFA`                             |
/// | 1     | version, 1                                    | version, 1                         |
/// | 1     | state                                         |                                    |
/// | 8     | nonce                                         | the same nonce                     |
/// | 6     | MAC address of the client                     |                                    |
/// | 8     | bytes that it has                             |                                    |
/// | 8     | of these from the serving node                |                                    |
/// | 4     | its source, 0.0.0.0 for the serving node      | the source that it is to have      |
/// | 4     | the client that it refuses, 0.0.0.0 for none  |                                    |
std::vector<std::uint8_t> encode(const FetchReport& report);

/// Returns none when it is no answer.
std::optional<FetchAnswer> parse_fetch_answer(std::span<const std::uint8_t> bytes);

}  // namespace clusterdisc
