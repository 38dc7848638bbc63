// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/fetch_report.h"

#include <utility>

#include "common/byte_reader.h"
#include "common/byte_writer.h"

namespace clusterdisc {
namespace {

constexpr std::array<std::uint8_t, 4> report_magic = {'C', 'D', 'F', 'R'};
constexpr std::array<std::uint8_t, 4> answer_magic = {'C', 'D', 'F', 'A'};
constexpr std::uint8_t report_version = 1;

}  // namespace

std::vector<std::uint8_t> encode(const FetchReport& report) {
    ByteWriter writer(fetch_report_size);
    writer.bytes(report_magic);
    writer.number(report_version);
    writer.number(static_cast<std::uint8_t>(report.state));
    writer.bytes(report.nonce);
    writer.bytes(report.mac);
    writer.number(report.have);
    writer.number(report.from_server);
    writer.bytes(report.source.value_or(PcAddress{}));
    writer.bytes(report.refused.value_or(PcAddress{}));
    return std::move(writer).take();
}

std::optional<FetchAnswer> parse_fetch_answer(std::span<const std::uint8_t> bytes) {
    ByteReader reader(bytes);
    if (reader.array<answer_magic.size()>() != answer_magic || reader.number<std::uint8_t>() != report_version) {
        return std::nullopt;
    }
    FetchAnswer answer;
    answer.nonce = reader.array<sizeof(ReportNonce)>();
    const auto source = reader.array<sizeof(PcAddress)>();
    if (!reader.is_complete()) {
        return std::nullopt;
    }
    if (source != PcAddress{}) {
        answer.source = source;
    }
    return answer;
}

}  // namespace clusterdisc
