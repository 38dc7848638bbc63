// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any arguments and any memory of a body, and any answer to the call. What one side puts together the
// other takes; what comes back is written to the body's memory and nowhere else.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <variant>
#include <vector>

#include "calls/marshalling.h"
#include "calls/request_check.h"
#include "calls/result_gathering.h"
#include "calls/system_call_table.h"
#include "common/fuzz/require.h"

namespace {

using openmosix::Abi;

constexpr std::uint32_t max_area = 1U << 16U;

/// The input's bytes over and over, from a page that is not 0 on. What is written is only looked at.
class RepeatedMemory : public openmosix::ProcessMemory {
public:
    static constexpr std::uint64_t start = 0x10000;
    static constexpr std::uint64_t size = 0x40000;

    explicit RepeatedMemory(std::span<const std::uint8_t> content) : content_(content) {}

    bool read(std::uint64_t address, std::span<std::uint8_t> bytes) override {
        if (!is_inside(address, bytes.size())) {
            return false;
        }
        auto place = content_.empty() ? std::size_t{0} : static_cast<std::size_t>((address - start) % content_.size());
        while (!bytes.empty() && !content_.empty()) {
            const std::size_t step = std::min<std::size_t>(bytes.size(), content_.size() - place);
            std::memcpy(bytes.data(), &content_[place], step);
            bytes = bytes.subspan(step);
            place = 0;
        }
        return true;
    }
    bool write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
        last_ = bytes.empty() ? last_ : bytes.back();
        return is_inside(address, bytes.size());
    }

private:
    static bool is_inside(std::uint64_t address, std::size_t length) {
        return address >= start && address - start <= size && length <= size - (address - start);
    }
    std::span<const std::uint8_t> content_;
    std::uint8_t last_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // ABI, call, result, six arguments of 32 bits; then the memory.
    std::span bytes(data, size);
    constexpr std::size_t head = 1 + 2 + 8 + 6 * 4;
    if (bytes.size() < head) {
        return 0;
    }
    const Abi abi = bytes[0] % 2 == 0 ? Abi::i386 : Abi::amd64;
    std::uint16_t which = 0;
    std::int64_t value = 0;
    std::memcpy(&which, &bytes[1], sizeof which);
    std::memcpy(&value, &bytes[3], sizeof value);
    std::array<std::uint64_t, 6> arguments{};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::uint32_t argument = 0;
        std::memcpy(&argument, &bytes[11 + 4 * i], sizeof argument);
        arguments.at(i) = abi == Abi::amd64 && argument >> 31U != 0 ? ~std::uint64_t{argument} : argument;
    }
    RepeatedMemory memory(bytes.subspan(head));
    const auto calls = openmosix::system_calls(abi);
    const openmosix::SystemCall& call = calls[which % calls.size()];
    const auto prepared = openmosix::ForwardedCall::prepare(abi, call.number, arguments, memory, max_area);
    const auto* forwarded = std::get_if<openmosix::ForwardedCall>(&prepared);
    if (forwarded == nullptr ||
        (call.call_class != openmosix::CallClass::forwarded && call.call_class != openmosix::CallClass::signal_wait)) {
        return 0;
    }
    const openmosix::CallRequest& request = forwarded->request();
    require(!openmosix::refuse(abi, request, max_area));
    std::vector<std::uint8_t> area(request.area);
    std::ranges::copy(request.input, area.begin());
    for (std::size_t i = request.input.size(); i < area.size(); ++i) {
        area[i] = static_cast<std::uint8_t>(i);
    }
    const auto output = openmosix::gather_outputs(request, value, area);
    const std::int64_t result = forwarded->finish({value, output}, memory);
    require(result == value || result == -EFAULT);
    // Home may also say something that is malformed.
    const auto answer = bytes.subspan(head);
    static_cast<void>(forwarded->finish({value, {answer.begin(), answer.end()}}, memory));
    return 0;
}
