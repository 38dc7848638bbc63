// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/extended_state_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <system_error>

namespace openmosix {
namespace {

/// As many registers as 32-bit programs have.
constexpr std::size_t registers = 8;
constexpr std::size_t register_size = 32;

/// What a child has in its registers, and what it found in them after its stop.
struct RegisterFile {
    std::array<std::uint8_t, registers * register_size> vectors{};
    std::array<std::uint8_t, 16> x87{};
    std::uint32_t mxcsr = 0;
};

RegisterFile filled_with(std::uint8_t seed) {
    RegisterFile file;
    for (std::size_t i = 0; i < file.vectors.size(); ++i) {
        file.vectors.at(i) = static_cast<std::uint8_t>(seed + i * 3);
    }
    // An integer of its own with the exponent of 2^63.
    file.x87 = {seed, 2, 3, 4, 5, 6, 7, 0x80, 0x3e, 0x40};
    file.mxcsr = 0x1f80U | (seed % 4U) << 13U;
    return file;
}

// Nothing of a compiler's between loading, the stop and storing.
void stop_with_avx_registers(RegisterFile& file) {
    __asm__ volatile(
        "ldmxcsr %c[mxcsr](%[file])\n\t"
        "fninit\n\tfldt %c[x87](%[file])\n\t"
        "vmovups 0(%[file]), %%ymm0\n\tvmovups 32(%[file]), %%ymm1\n\t"
        "vmovups 64(%[file]), %%ymm2\n\tvmovups 96(%[file]), %%ymm3\n\t"
        "vmovups 128(%[file]), %%ymm4\n\tvmovups 160(%[file]), %%ymm5\n\t"
        "vmovups 192(%[file]), %%ymm6\n\tvmovups 224(%[file]), %%ymm7\n\t"
        "int3\n\t"
        "vmovups %%ymm0, 0(%[file])\n\tvmovups %%ymm1, 32(%[file])\n\t"
        "vmovups %%ymm2, 64(%[file])\n\tvmovups %%ymm3, 96(%[file])\n\t"
        "vmovups %%ymm4, 128(%[file])\n\tvmovups %%ymm5, 160(%[file])\n\t"
        "vmovups %%ymm6, 192(%[file])\n\tvmovups %%ymm7, 224(%[file])\n\t"
        "fstpt %c[x87](%[file])\n\t"
        "stmxcsr %c[mxcsr](%[file])"
        :
        : [file] "r"(&file), [x87] "i"(offsetof(RegisterFile, x87)), [mxcsr] "i"(offsetof(RegisterFile, mxcsr))
        : "memory");
}

void stop_with_x87_registers(RegisterFile& file) {
    __asm__ volatile("fninit\n\tfldt %c[x87](%[file])\n\tint3\n\tfstpt %c[x87](%[file])"
                     :
                     : [file] "r"(&file), [x87] "i"(offsetof(RegisterFile, x87))
                     : "memory");
}

/// A traced child that stands with what `file` had in its registers.
class StandingChild {
public:
    StandingChild(const RegisterFile& file, bool with_avx)
        : memory_(::mmap(nullptr, sizeof file, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
        if (memory_ == MAP_FAILED) {
            throw std::system_error(errno, std::generic_category(), "memory for a child's registers");
        }
        found() = file;
        pid_ = ::fork();
        if (pid_ == 0) {
            ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
            with_avx ? stop_with_avx_registers(found()) : stop_with_x87_registers(found());
            ::_exit(0);
        }
        int status = 0;
        if (::waitpid(pid_, &status, 0) != pid_ || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) {
            throw std::runtime_error("the child does not stand");
        }
    }
    StandingChild(const StandingChild&) = delete;
    StandingChild& operator=(const StandingChild&) = delete;
    StandingChild(StandingChild&&) = delete;
    StandingChild& operator=(StandingChild&&) = delete;
    ~StandingChild() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::munmap(memory_, sizeof(RegisterFile));
    }

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Lets it go on to its end.
    void finish() {
        int status = 0;
        ASSERT_EQ(::ptrace(PTRACE_CONT, pid_, nullptr, nullptr), 0);
        ASSERT_EQ(::waitpid(pid_, &status, 0), pid_);
        ASSERT_TRUE(WIFEXITED(status));
        pid_ = -1;
    }
    [[nodiscard]] RegisterFile& found() const { return *static_cast<RegisterFile*>(memory_); }

private:
    void* memory_;
    pid_t pid_ = -1;
};

void expect_registers(const RegisterFile& found, const RegisterFile& wanted) {
    EXPECT_EQ(found.vectors, wanted.vectors);
    EXPECT_EQ(found.x87, wanted.x87);
    EXPECT_EQ(found.mxcsr, wanted.mxcsr);
}

class ExtendedStateAccess : public testing::Test {
protected:
    [[nodiscard]] bool has_avx() const { return has_avx_; }

private:
    // Also asks whether the kernel saves the registers.
    bool has_avx_ = static_cast<bool>(__builtin_cpu_supports("avx"));
};

TEST_F(ExtendedStateAccess, MovesX87RegistersFromOneProcessToAnother) {
    StandingChild source(filled_with(1), false);
    StandingChild target(filled_with(100), false);
    write_extended_state(target.pid(), read_extended_state(source.pid()));
    target.finish();
    EXPECT_EQ(target.found().x87, filled_with(1).x87);
    source.finish();
    EXPECT_EQ(source.found().x87, filled_with(1).x87);
}

TEST_F(ExtendedStateAccess, MovesAvxRegistersFromOneProcessToAnother) {
    if (!has_avx()) {
        GTEST_SKIP() << "this processor has no AVX";
    }
    StandingChild source(filled_with(1), true);
    StandingChild target(filled_with(102), true);
    const ExtendedState state = read_extended_state(source.pid());
    EXPECT_THAT(state.components, testing::Contains(testing::Field(&StateComponent::number, 2)));
    write_extended_state(target.pid(), state);
    target.finish();
    expect_registers(target.found(), filled_with(1));
    source.finish();
    expect_registers(source.found(), filled_with(1));
}

TEST_F(ExtendedStateAccess, ReadsWhatWasWritten) {
    const StandingChild source(filled_with(1), has_avx());
    const StandingChild target(filled_with(100), has_avx());
    const ExtendedState state = read_extended_state(source.pid());
    write_extended_state(target.pid(), state);
    EXPECT_EQ(read_extended_state(target.pid()), state);
}

TEST_F(ExtendedStateAccess, SetsBackWhatOnlyTheTargetUsed) {
    if (!has_avx()) {
        GTEST_SKIP() << "this processor has no AVX";
    }
    // What an FSAVE processor gives: no SSE, no AVX.
    ExtendedState state = read_extended_state(StandingChild(filled_with(1), false).pid());
    state.legacy = fxsave_from_fsave(fsave_from_fxsave(state.legacy));
    state.present = x87_present;
    state.components.clear();
    StandingChild target(filled_with(101), true);
    write_extended_state(target.pid(), state);
    target.finish();
    RegisterFile wanted;
    wanted.x87 = filled_with(1).x87;
    wanted.mxcsr = 0x1f80;
    expect_registers(target.found(), wanted);
}

TEST_F(ExtendedStateAccess, ChangesNothingWhenAComponentDoesNotExist) {
    constexpr std::uint8_t unknown = 62;
    StandingChild target(filled_with(100), has_avx());
    const ExtendedState before = read_extended_state(target.pid());
    ExtendedState state = before;
    state.components.push_back({unknown, Bytes(64)});
    state.present |= std::uint64_t{1} << unknown;
    EXPECT_THROW(write_extended_state(target.pid(), state), std::runtime_error);
    EXPECT_EQ(read_extended_state(target.pid()), before);
}

TEST_F(ExtendedStateAccess, OfAProcessThatIsNotTracedSaysWhich) {
    try {
        read_extended_state(::getpid());
        FAIL();
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), std::errc::no_such_process);
        EXPECT_THAT(error.what(), testing::HasSubstr("floating-point state"));
    }
}

}  // namespace
}  // namespace openmosix
