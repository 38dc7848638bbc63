// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "abi.h"
#include "calls/marshalling.h"
#include "calls/process_memory.h"
#include "calls/request_check.h"
#include "calls/result_gathering.h"
#include "calls/system_call_table.h"

namespace openmosix {

/// Memory at addresses where this program has none, so that a pointer that nobody has put right is noticed.
class FakeMemory : public ProcessMemory {
public:
    /// A page that can be read, and written or not.
    void add_page(std::uint64_t address, bool writable = true) { pages_[address] = {Page{}, writable}; }
    void protect(std::uint64_t address) { pages_.at(address).second = false; }

    bool read(std::uint64_t address, std::span<std::uint8_t> bytes) override {
        for (std::uint8_t& byte : bytes) {
            const auto page = pages_.find(address / page_size * page_size);
            if (page == pages_.end()) {
                return false;
            }
            byte = page->second.first.at(address % page_size);
            ++address;
        }
        return true;
    }
    bool write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
        for (const std::uint8_t byte : bytes) {
            const auto page = pages_.find(address / page_size * page_size);
            if (page == pages_.end() || !page->second.second) {
                return false;
            }
            page->second.first.at(address % page_size) = byte;
            ++address;
        }
        return true;
    }

private:
    using Page = std::array<std::uint8_t, page_size>;
    std::map<std::uint64_t, std::pair<Page, bool>> pages_;
};

/// Room for what forwarded calls point to, at an address that both ABIs have.
class AreaForTests {
public:
    AreaForTests() : start_(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | low, -1, 0)) {
        if (start_ == MAP_FAILED) {
            throw std::runtime_error("no memory for the test's area");
        }
    }
    AreaForTests(const AreaForTests&) = delete;
    AreaForTests& operator=(const AreaForTests&) = delete;
    AreaForTests(AreaForTests&&) = delete;
    AreaForTests& operator=(AreaForTests&&) = delete;
    ~AreaForTests() { munmap(start_, size); }

    static constexpr std::uint32_t size = 1U << 18U;
    [[nodiscard]] std::span<std::uint8_t> bytes() const { return {static_cast<std::uint8_t*>(start_), size}; }
    [[nodiscard]] std::uint64_t address() const {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the kernel takes
        return reinterpret_cast<std::uintptr_t>(start_);
    }

private:
#ifdef __x86_64__
    static constexpr int low = MAP_32BIT;
#else
    static constexpr int low = 0;
#endif
    void* start_;
};

/// Makes a system call of either ABI in this process. Negative: an error.
inline std::int64_t call_kernel(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments) {
    if (abi == Abi::i386) {
        auto result = static_cast<std::int32_t>(number);
        // The sixth argument's register is the frame pointer: no call here needs it.
        asm volatile("int $0x80"
                     : "+a"(result)
                     : "b"(static_cast<std::uint32_t>(arguments[0])), "c"(static_cast<std::uint32_t>(arguments[1])),
                       "d"(static_cast<std::uint32_t>(arguments[2])), "S"(static_cast<std::uint32_t>(arguments[3])),
                       "D"(static_cast<std::uint32_t>(arguments[4]))
                     :
#ifdef __x86_64__
                     "r8", "r9", "r10", "r11",
#endif
                     "memory");
        return result;
    }
#ifdef __x86_64__
    // NOLINTNEXTLINE(google-runtime-int): what syscall(2) gives
    const long result = syscall(static_cast<long>(number), arguments[0], arguments[1], arguments[2], arguments[3],
                                arguments[4], arguments[5]);
    return result < 0 ? -errno : result;
#else
    return -ENOSYS;
#endif
}

/// Whether this program can make calls of an ABI: an amd64 kernel may have no i386 in it.
inline bool has_abi(Abi abi) {
    if (abi == Abi::amd64) {
        return sizeof(void*) == word_size(Abi::amd64);
    }
    const pid_t child = fork();
    if (child == 0) {
        _exit(call_kernel(abi, find_system_call(abi, "getpid")->number, {}) == getpid() ? 0 : 1);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && status == 0;
}

/// A process away from home, with memory of its own, and a home that makes its calls.
class GuestBody {
public:
    using Arguments = std::array<std::uint64_t, 6>;
    static constexpr std::uint64_t memory_start = 0x20000000;
    static constexpr std::uint64_t pages = 96;
    /// Nothing is there.
    static constexpr std::uint64_t nowhere = 0x30000000;

    explicit GuestBody(Abi abi) : abi_(abi) {
        for (std::uint64_t page = 0; page < pages; ++page) {
            memory_.add_page(memory_start + page * page_size);
        }
    }

    [[nodiscard]] Abi abi() const { return abi_; }
    [[nodiscard]] std::size_t word() const { return word_size(abi_); }
    FakeMemory& memory() { return memory_; }

    /// Puts something into the memory; returns its address.
    std::uint64_t put(std::span<const std::uint8_t> bytes) {
        const std::uint64_t address = next_;
        next_ += (bytes.size() + 15) / 16 * 16;
        EXPECT_TRUE(memory_.write(address, bytes)) << "the test has too little memory";
        return address;
    }
    std::uint64_t put_text(std::string_view text) {
        std::vector<std::uint8_t> bytes(text.begin(), text.end());
        bytes.push_back(0);
        return put(bytes);
    }
    /// Numbers of the given sizes one after another.
    std::uint64_t put_numbers(std::initializer_list<std::pair<std::uint64_t, std::size_t>> numbers) {
        std::vector<std::uint8_t> bytes;
        for (const auto& [number, size] : numbers) {
            for (std::size_t i = 0; i < size; ++i) {
                bytes.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
            }
        }
        return put(bytes);
    }
    std::uint64_t put_words(std::initializer_list<std::uint64_t> words) {
        std::vector<std::uint8_t> bytes;
        for (const std::uint64_t number : words) {
            for (std::size_t i = 0; i < word(); ++i) {
                bytes.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
            }
        }
        return put(bytes);
    }
    std::uint64_t put_filled(std::size_t size, std::uint8_t value) {
        return put(std::vector<std::uint8_t>(size, value));
    }

    std::vector<std::uint8_t> get(std::uint64_t address, std::size_t size) {
        std::vector<std::uint8_t> bytes(size);
        EXPECT_TRUE(memory_.read(address, bytes));
        return bytes;
    }
    std::string get_text(std::uint64_t address, std::size_t size) {
        const auto bytes = get(address, size);
        return {bytes.begin(), bytes.end()};
    }
    std::uint64_t get_number(std::uint64_t address, std::size_t size) {
        std::uint64_t number = 0;
        const auto bytes = get(address, size);
        std::memcpy(&number, bytes.data(), size);
        return number;
    }
    std::uint64_t get_word(std::uint64_t address) { return get_number(address, word()); }

    [[nodiscard]] std::uint32_t number(std::string_view name) const {
        const SystemCall* call = find_system_call(abi_, name);
        if (call == nullptr) {
            throw std::runtime_error(std::string(to_string(abi_)) + " has no " + std::string(name));
        }
        return call->number;
    }
    std::variant<ForwardedCall, NeedsHome, Errno> prepare(std::string_view name, const Arguments& arguments,
                                                          std::uint32_t max_area = AreaForTests::size) {
        return ForwardedCall::prepare(abi_, number(name), arguments, memory_, max_area);
    }
    /// The same, where it must be one that goes home alone.
    ForwardedCall forwarded(std::string_view name, const Arguments& arguments,
                            std::uint32_t max_area = AreaForTests::size) {
        auto prepared = prepare(name, arguments, max_area);
        if (auto* call = std::get_if<ForwardedCall>(&prepared)) {
            return std::move(*call);
        }
        const auto* error = std::get_if<Errno>(&prepared);
        throw std::runtime_error(std::string(name) +
                                 (error != nullptr ? ": " + std::to_string(error->number) : " needs home"));
    }
    bool needs_home(std::string_view name, const Arguments& arguments, std::uint32_t max_area = AreaForTests::size) {
        return std::holds_alternative<NeedsHome>(prepare(name, arguments, max_area));
    }
    /// Whether the kernel at home is shown that an argument leads nowhere.
    bool leads_nowhere(std::string_view name, const Arguments& arguments, std::size_t index) {
        const CallRequest request = forwarded(name, arguments).request();
        return request.arguments.at(index) == page_size / 2 &&
               std::ranges::none_of(request.relocations, [index](const CallRequest::Relocation& relocation) {
                   return relocation.is_argument && relocation.place == index;
               });
    }
    /// 0: none.
    int error(std::string_view name, const Arguments& arguments) {
        const auto prepared = prepare(name, arguments);
        const auto* error = std::get_if<Errno>(&prepared);
        return error != nullptr ? error->number : 0;
    }

    /// The area and the arguments as the deputy has them.
    static Arguments place(const CallRequest& request, Abi abi, std::span<std::uint8_t> area, std::uint64_t address) {
        // What was there before must not matter.
        std::ranges::fill(area, std::uint8_t{0xEE});
        std::ranges::copy(request.input, area.begin());
        Arguments arguments = request.arguments;
        for (const CallRequest::Relocation& relocation : request.relocations) {
            const std::uint64_t pointer = address + relocation.target;
            if (relocation.is_argument) {
                arguments.at(relocation.place) = pointer;
            } else {
                std::memcpy(area.data() + relocation.place, &pointer, word_size(abi));
            }
        }
        return arguments;
    }
    /// The whole way: prepared here, checked and made at home by this machine's kernel, and its results back here.
    std::int64_t call(std::string_view name, const Arguments& arguments) {
        const ForwardedCall call = forwarded(name, arguments);
        const CallRequest& request = call.request();
        EXPECT_EQ(refuse(abi_, request, AreaForTests::size), std::nullopt);
        const Arguments placed = place(request, abi_, area_.bytes(), area_.address());
        const std::int64_t value = call_kernel(abi_, request.number, placed);
        return call.finish({value, gather_outputs(request, value, area_.bytes())}, memory_);
    }

private:
    Abi abi_;
    FakeMemory memory_;
    AreaForTests area_;
    std::uint64_t next_ = memory_start + 64;
};

/// Tests that hold for both ABIs.
class EachAbi : public testing::TestWithParam<Abi> {
protected:
    GuestBody body_{GetParam()};
};

/// Those that ask this machine's kernel.
class EachAbiOfTheKernel : public EachAbi {
protected:
    void SetUp() override {
        if (!has_abi(GetParam())) {
            GTEST_SKIP() << "this kernel or this program has no " << to_string(GetParam());
        }
    }
};

inline std::string name_of_abi(const testing::TestParamInfo<Abi>& parameter) {
    return to_string(parameter.param);
}

}  // namespace openmosix
