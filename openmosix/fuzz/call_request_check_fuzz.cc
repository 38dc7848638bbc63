// SPDX-License-Identifier: GPL-2.0-or-later
//
// libFuzzer target: any request from another node. What is not refused can be carried out within the area.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "calls/request_check.h"
#include "calls/result_gathering.h"
#include "common/fuzz/require.h"

namespace {

using openmosix::Abi;
using openmosix::CallRequest;

constexpr std::size_t area_size = 8192;

/// Takes numbers from the input; 0 at its end.
class Numbers {
public:
    explicit Numbers(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    template <typename Number>
    Number next() {
        Number number{};
        const std::size_t size = std::min(sizeof number, bytes_.size());
        if (size != 0) {
            std::memcpy(&number, bytes_.data(), size);
        }
        bytes_ = bytes_.subspan(size);
        return number;
    }
    [[nodiscard]] bool has_more() const { return !bytes_.empty(); }

private:
    std::span<const std::uint8_t> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Numbers numbers(std::span(data, size));
    const Abi abi = numbers.next<std::uint8_t>() % 2 == 0 ? Abi::i386 : Abi::amd64;
    const auto value = numbers.next<std::int64_t>();
    CallRequest request;
    request.number = numbers.next<std::uint16_t>();
    request.area = numbers.next<std::uint32_t>();
    request.input.resize(numbers.next<std::uint16_t>());
    while (numbers.has_more()) {
        const auto kind = numbers.next<std::uint8_t>();
        if (kind % 2 == 0) {
            request.relocations.push_back(
                {kind % 4 == 0, numbers.next<std::uint32_t>(), numbers.next<std::uint32_t>()});
        } else {
            CallRequest::Output output;
            output.offset = numbers.next<std::uint32_t>();
            output.size = numbers.next<std::uint32_t>();
            output.length = static_cast<CallRequest::Output::Length>(kind / 2 % 4);
            output.unit = numbers.next<std::uint32_t>();
            output.before = numbers.next<std::uint32_t>();
            request.outputs.push_back(output);
        }
    }
    if (openmosix::refuse(abi, request, area_size)) {
        return 0;
    }
    std::vector<std::uint8_t> area(area_size);
    std::ranges::copy(request.input, area.begin());
    auto arguments = request.arguments;
    for (const CallRequest::Relocation& relocation : request.relocations) {
        const std::uint64_t pointer = relocation.target;
        if (relocation.is_argument) {
            arguments.at(relocation.place) = pointer;
        } else {
            std::memcpy(&area.at(relocation.place), &pointer, word_size(abi));
        }
    }
    require(openmosix::gather_outputs(request, value, area).size() <= area_size);
    return 0;
}
