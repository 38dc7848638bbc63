// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_interface/records.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace openmosix::kernel {
namespace {

/// The bytes of a number at an offset of a record.
template <typename Number>
Number number_at(const Record& record, std::size_t offset) {
    Number number{};
    std::memcpy(&number, record.data() + offset, sizeof number);
    return number;
}

template <typename Number>
void put(Record& record, std::size_t offset, Number number) {
    std::memcpy(record.data() + offset, &number, sizeof number);
}

std::string text_at(const Record& record, std::size_t offset) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes of text
    return std::string(reinterpret_cast<const char*>(record.data()) + offset);
}

/// As docs/openmosix-interface.md has it.
Record request(std::uint16_t type, std::int64_t value) {
    Record record(request_size);
    put<std::uint32_t>(record, 0, 0x784d6f31);
    put<std::uint16_t>(record, 4, 1);
    put<std::uint16_t>(record, 6, type);
    put<std::uint32_t>(record, 8, request_size);
    put<std::uint64_t>(record, 16, 77);
    put<std::uint32_t>(record, 24, 4711);
    put<std::uint64_t>(record, 32, 123456);
    put<std::uint32_t>(record, 40, 815);
    put<std::uint64_t>(record, 48, 999);
    put<std::uint32_t>(record, 60, 1000);
    put<std::uint32_t>(record, 64, 1001);
    put<std::uint32_t>(record, 68, 2000);
    put<std::uint32_t>(record, 72, 2001);
    put<std::int64_t>(record, 80, value);
    return record;
}

TEST(KernelRequest, AsksForAMove) {
    for (const std::uint16_t type : {std::uint16_t{1}, std::uint16_t{2}}) {
        const auto parsed = parse_request(request(type, 3));
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->kind, Request::Kind::move);
        EXPECT_EQ(parsed->sequence, 77U);
        EXPECT_EQ(parsed->target, (Process{.pid = 4711, .start_time = 123456}));
        EXPECT_EQ(parsed->writer, (Process{.pid = 815, .start_time = 999}));
        EXPECT_EQ(parsed->user, 1001U);
        EXPECT_EQ(parsed->group, 2001U);
        EXPECT_EQ(parsed->value, 3);
    }
    EXPECT_EQ(parse_request(request(1, -1))->value, -1);
}

TEST(KernelRequest, AsksForAFileOfAdmin) {
    Record record = request(3, 1);
    put<std::uint32_t>(record, 76, 14);
    const auto parsed = parse_request(record);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->kind, Request::Kind::admin);
    EXPECT_EQ(parsed->file, AdminFile::fast_decay);
    put<std::uint32_t>(record, 76, admin_files);
    EXPECT_FALSE(parse_request(record));
}

TEST(KernelRequest, IsRefusedWhenItIsNone) {
    EXPECT_FALSE(parse_request(request(1, -2)));
    EXPECT_FALSE(parse_request(request(1, 65535)));
    EXPECT_FALSE(parse_request(request(4, 0)));
    Record record = request(1, 3);
    record.pop_back();
    EXPECT_FALSE(parse_request(record));
    record = request(1, 3);
    put<std::uint16_t>(record, 4, 2);
    EXPECT_FALSE(parse_request(record));
    EXPECT_FALSE(sequence_of(record));
    record = request(9, 3);
    EXPECT_FALSE(parse_request(record));
    EXPECT_EQ(sequence_of(record), 77U);
}

TEST(KernelRecord, HasTheLayoutOfTheInterface) {
    const Record answer = answer_record(77, 3);
    EXPECT_EQ(answer.size(), 32U);
    EXPECT_EQ(number_at<std::uint32_t>(answer, 0), 0x784d6f31U);
    EXPECT_EQ(number_at<std::uint16_t>(answer, 6), 16);
    EXPECT_EQ(number_at<std::uint32_t>(answer, 8), 32U);
    EXPECT_EQ(number_at<std::uint64_t>(answer, 16), 77U);
    EXPECT_EQ(number_at<std::uint32_t>(answer, 24), 3U);

    const Process process{.pid = 4711, .start_time = 5};
    const Record state = process_record(process, {.where = 3, .moves = 2, .reasons = "threads: it has two"});
    EXPECT_EQ(state.size(), 256U);
    EXPECT_EQ(number_at<std::uint32_t>(state, 12), 7U);
    EXPECT_EQ(number_at<std::uint32_t>(state, 16), 4711U);
    EXPECT_EQ(number_at<std::uint64_t>(state, 24), 5U);
    EXPECT_EQ(number_at<std::uint32_t>(state, 32), 3U);
    EXPECT_EQ(number_at<std::uint32_t>(state, 36), 2U);
    EXPECT_EQ(text_at(state, 40), "threads: it has two");

    EXPECT_EQ(number_at<std::uint32_t>(process_record(process, {}), 12), 5U);

    const Record time = processor_time_record(process, 10, 20);
    EXPECT_EQ(time.size(), 48U);
    EXPECT_EQ(number_at<std::uint64_t>(time, 32), 10U);
    EXPECT_EQ(number_at<std::uint64_t>(time, 40), 20U);

    const Record value = admin_record(AdminFile::mospe, -1);
    EXPECT_EQ(value.size(), 192U);
    EXPECT_EQ(number_at<std::int64_t>(value, 24), -1);

    const Record node = node_record(7, {.is_up = true,
                                        .load = 1,
                                        .speed = 2,
                                        .processors = 3,
                                        .utilizability = 4,
                                        .free_memory = 5,
                                        .total_memory = 6});
    EXPECT_EQ(node.size(), 80U);
    EXPECT_EQ(number_at<std::uint32_t>(node, 16), 7U);
    EXPECT_EQ(number_at<std::uint32_t>(node, 20), 3U);
    EXPECT_EQ(number_at<std::int64_t>(node, 24), 1);
    EXPECT_EQ(number_at<std::int64_t>(node, 56), 5);
    EXPECT_EQ(number_at<std::int64_t>(node, 64), 5);
    EXPECT_EQ(number_at<std::int64_t>(node, 72), 6);
    EXPECT_EQ(number_at<std::uint32_t>(node_record(7, {}), 20), 1U);
    EXPECT_EQ(number_at<std::uint32_t>(node_removal(7), 20), 0U);

    const Record guest = guest_record(process, {.home = 3, .pid_at_home = 99, .identity = "pid=99"});
    EXPECT_EQ(guest.size(), 128U);
    EXPECT_EQ(number_at<std::uint32_t>(guest, 32), 3U);
    EXPECT_EQ(number_at<std::uint32_t>(guest, 36), 99U);
    EXPECT_EQ(text_at(guest, 40), "pid=99");
    EXPECT_EQ(number_at<std::uint32_t>(guest_removal(process), 32), 0U);
}

TEST(KernelRecord, HasTextThatTheKernelTakes) {
    const std::string long_name(300, 'x');
    EXPECT_EQ(text_at(process_record({}, {.where = 0, .moves = {}, .reasons = long_name}), 40).size(), 215U);
    EXPECT_EQ(text_at(guest_record({}, {.home = 1, .pid_at_home = 1, .identity = "a\xc3\xa4\tb\n"}), 40), "a???b?");
}

}  // namespace
}  // namespace openmosix::kernel
