// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_interface/records.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

namespace openmosix::kernel {

namespace {

constexpr std::uint32_t magic = 0x784d6f31;
constexpr std::uint16_t version = 1;

enum class Type : std::uint16_t {
    move_by_goto = 1,
    move_by_migrate = 2,
    admin_request = 3,
    answer = 16,
    process = 17,
    processor_time = 18,
    admin = 19,
    node = 20,
    guest = 21,
};

constexpr std::uint32_t has_where = 1;
constexpr std::uint32_t has_moves = 2;
constexpr std::uint32_t has_reasons = 4;
constexpr std::uint32_t node_is_defined = 1;
constexpr std::uint32_t node_is_up = 2;

// As they are in memory: numbers in the order of bytes of this processor. Without padding, and with the same layout for
// 32-bit and 64-bit programs, as every member lies at a multiple of its size.
struct Header {
    std::uint32_t magic;
    std::uint16_t version;
    std::uint16_t type;
    std::uint32_t size;
    std::uint32_t flags;
};
struct ProcessName {
    std::uint32_t pid;
    std::uint32_t reserved;
    std::uint64_t start_time;
};
struct RequestRecord {
    Header header;
    std::uint64_t sequence;
    ProcessName target;
    ProcessName writer;
    std::uint32_t thread;
    std::uint32_t uid;
    std::uint32_t euid;
    std::uint32_t gid;
    std::uint32_t egid;
    std::uint32_t key;
    std::int64_t value;
    std::array<char, 160> text;
    std::uint64_t reserved;
};
struct AnswerRecord {
    Header header;
    std::uint64_t sequence;
    std::uint32_t error;
    std::uint32_t reserved;
};
struct ProcessRecord {
    Header header;
    ProcessName process;
    std::uint32_t where;
    std::uint32_t moves;
    std::array<char, 216> reasons;
};
struct ProcessorTimeRecord {
    Header header;
    ProcessName process;
    std::uint64_t user;
    std::uint64_t system;
};
struct AdminRecord {
    Header header;
    std::uint32_t key;
    std::uint32_t reserved;
    std::int64_t value;
    std::array<char, 160> text;
};
struct NodeRecord {
    Header header;
    std::uint32_t number;
    std::uint32_t status;
    std::int64_t load;
    std::int64_t speed;
    std::int64_t processors;
    std::int64_t utilizability;
    std::int64_t free_memory;
    std::int64_t raw_free_memory;
    std::int64_t total_memory;
};
struct GuestRecord {
    Header header;
    ProcessName process;
    std::uint32_t home;
    std::uint32_t pid_at_home;
    std::array<char, 88> identity;
};
static_assert(sizeof(Header) == 16 && sizeof(ProcessName) == 16 && sizeof(RequestRecord) == request_size);
static_assert(sizeof(AnswerRecord) == 32 && sizeof(ProcessRecord) == 256 && sizeof(ProcessorTimeRecord) == 48);
static_assert(sizeof(AdminRecord) == 192 && sizeof(NodeRecord) == 80 && sizeof(GuestRecord) == 128);

template <typename Content>
Content make(Type type, std::uint32_t flags = 0) {
    Content content{};
    content.header = {.magic = magic,
                      .version = version,
                      .type = static_cast<std::uint16_t>(type),
                      .size = sizeof(Content),
                      .flags = flags};
    return content;
}

template <typename Content>
Record to_record(const Content& content) {
    static_assert(std::has_unique_object_representations_v<Content>, "padding would carry what lies in memory");
    Record record(sizeof content);
    std::memcpy(record.data(), &content, sizeof content);
    return record;
}

enum class Lines : std::uint8_t { one, many };

/// What of it fits with a zero byte at the end; the kernel takes printable ASCII.
template <std::size_t size>
void put_text(std::array<char, size>& field, std::string_view text, Lines lines) {
    constexpr char first_printable = ' ';
    constexpr char last_printable = '~';
    std::ranges::transform(text.substr(0, size - 1), field.begin(), [lines](char each) {
        const bool is_text =
            (each >= first_printable && each <= last_printable) || (each == '\n' && lines == Lines::many);
        return is_text ? each : '?';
    });
}

ProcessName name_of(const Process& process) {
    return {.pid = static_cast<std::uint32_t>(process.pid), .reserved = 0, .start_time = process.start_time};
}

Process process_of(const ProcessName& name) {
    return {.pid = static_cast<pid_t>(name.pid), .start_time = name.start_time};
}

std::optional<RequestRecord> read_request(std::span<const std::uint8_t> bytes) {
    RequestRecord record{};
    if (bytes.size() != sizeof record) {
        return std::nullopt;
    }
    std::memcpy(&record, bytes.data(), sizeof record);
    const bool is_request =
        record.header.magic == magic && record.header.version == version && record.header.size == sizeof record;
    return is_request ? std::optional(record) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> sequence_of(std::span<const std::uint8_t> bytes) {
    const auto record = read_request(bytes);
    return record ? std::optional(record->sequence) : std::nullopt;
}

std::optional<Request> parse_request(std::span<const std::uint8_t> bytes) {
    const auto record = read_request(bytes);
    if (!record || record->key >= admin_files) {
        return std::nullopt;
    }
    Request request{.kind = Request::Kind::move,
                    .sequence = record->sequence,
                    .target = process_of(record->target),
                    .writer = process_of(record->writer),
                    .user = record->euid,
                    .group = record->egid,
                    .file = static_cast<AdminFile>(record->key),
                    .value = record->value};
    switch (static_cast<Type>(record->header.type)) {
        case Type::move_by_goto:
        case Type::move_by_migrate: {
            constexpr std::int64_t best_node = -1;
            const bool is_move =
                request.target.pid > 0 && request.value >= best_node && request.value <= clusterdisc::last_node_id;
            return is_move ? std::optional(request) : std::nullopt;
        }
        case Type::admin_request:
            request.kind = Request::Kind::admin;
            return request;
        default:
            return std::nullopt;
    }
}

Record answer_record(std::uint64_t sequence, int error) {
    auto record = make<AnswerRecord>(Type::answer);
    record.sequence = sequence;
    record.error = static_cast<std::uint32_t>(error);
    return to_record(record);
}

Record process_record(const Process& process, const ProcessState& state) {
    auto record = make<ProcessRecord>(Type::process, has_where | has_reasons | (state.moves ? has_moves : 0));
    record.process = name_of(process);
    record.where = state.where;
    record.moves = state.moves.value_or(0);
    put_text(record.reasons, state.reasons, Lines::many);
    return to_record(record);
}

Record processor_time_record(const Process& process, std::uint64_t user, std::uint64_t system) {
    auto record = make<ProcessorTimeRecord>(Type::processor_time);
    record.process = name_of(process);
    record.user = user;
    record.system = system;
    return to_record(record);
}

Record admin_record(AdminFile file, std::int64_t value) {
    auto record = make<AdminRecord>(Type::admin);
    record.key = static_cast<std::uint32_t>(file);
    record.value = value;
    return to_record(record);
}

Record node_record(clusterdisc::NodeId node, const NodeValues& values) {
    auto record = make<NodeRecord>(Type::node);
    record.number = node;
    record.status = node_is_defined | (values.is_up ? node_is_up : 0);
    record.load = values.load;
    record.speed = values.speed;
    record.processors = values.processors;
    record.utilizability = values.utilizability;
    record.free_memory = values.free_memory;
    record.raw_free_memory = values.free_memory;
    record.total_memory = values.total_memory;
    return to_record(record);
}

Record node_removal(clusterdisc::NodeId node) {
    auto record = make<NodeRecord>(Type::node);
    record.number = node;
    return to_record(record);
}

Record guest_record(const Process& body, const Guest& guest) {
    auto record = make<GuestRecord>(Type::guest);
    record.process = name_of(body);
    record.home = guest.home;
    record.pid_at_home = static_cast<std::uint32_t>(guest.pid_at_home);
    put_text(record.identity, guest.identity, Lines::one);
    return to_record(record);
}

Record guest_removal(const Process& body) {
    auto record = make<GuestRecord>(Type::guest);
    record.process = name_of(body);
    return to_record(record);
}

}  // namespace openmosix::kernel
