// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/image_text.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <span>
#include <string_view>
#include <utility>

#include "common/printable_text.h"
#include "image/mapping_attributes.h"

namespace openmosix {

namespace {

constexpr std::size_t max_shown_path = 4096;

/// user_regs_struct's names, in its order (sys/user.h of the ABI).
constexpr std::array<const char*, 17> names_i386{"ebx", "ecx", "edx",      "esi", "edi", "ebp",    "eax", "ds", "es",
                                                 "fs",  "gs",  "orig_eax", "eip", "cs",  "eflags", "esp", "ss"};
constexpr std::array<const char*, 27> names_amd64{
    "r15", "r14",      "r13", "r12", "rbp",    "rbx", "r11", "r10",     "r9",      "r8", "rax", "rcx", "rdx", "rsi",
    "rdi", "orig_rax", "rip", "cs",  "eflags", "rsp", "ss",  "fs_base", "gs_base", "ds", "es",  "fs",  "gs"};

/// The parts that a Registers' words are named by.
std::span<const char* const> register_names(Abi abi) {
    return abi == Abi::i386 ? std::span<const char* const>(names_i386) : std::span<const char* const>(names_amd64);
}

std::string hexadecimal(std::uint64_t value) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
    return text.data();
}

std::string octal(std::uint64_t value) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%#llo", static_cast<unsigned long long>(value));
    return text.data();
}

std::string seconds(std::uint64_t nanoseconds) {
    constexpr std::uint64_t second = 1'000'000'000;
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%llu.%03llu s", static_cast<unsigned long long>(nanoseconds / second),
                  static_cast<unsigned long long>(nanoseconds % second / 1'000'000));
    return text.data();
}

std::uint64_t word_in(const Bytes& bytes, std::size_t place, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size && place + i < bytes.size(); ++i) {
        value |= std::uint64_t{bytes[place + i]} << (8 * i);
    }
    return value;
}

/// What is left of a struct itimerval of the ABI.
std::string timer(const Bytes& bytes, Abi abi) {
    const std::size_t word = word_size(abi);
    const std::uint64_t left = word_in(bytes, 2 * word, word);
    const std::uint64_t microseconds = word_in(bytes, 3 * word, word);
    if (word_in(bytes, 0, word) == 0 && word_in(bytes, word, word) == 0 && left == 0 && microseconds == 0) {
        return "off";
    }
    return "in " + std::to_string(left) + " s " + std::to_string(microseconds) + " us, then every " +
           std::to_string(word_in(bytes, 0, word)) + " s " + std::to_string(word_in(bytes, word, word)) + " us";
}

/// "2 (Interrupt)"; real-time signals have no name.
std::string signal_text(std::uint64_t signal) {
    constexpr std::uint64_t first_real_time = 32;
    const char* const name = signal < first_real_time ? ::sigabbrev_np(static_cast<int>(signal)) : nullptr;
    return name == nullptr ? std::to_string(signal) : "SIG" + std::string(name);
}

std::string signal_set(std::uint64_t set) {
    std::string text;
    for (std::uint64_t signal = 1; signal <= 64; ++signal) {
        if ((set >> (signal - 1) & 1U) != 0) {
            text += (text.empty() ? "" : " ") + signal_text(signal);
        }
    }
    return text.empty() ? "none" : text;
}

std::string protection(const ImageRange& range) {
    std::string text;
    text += (range.protection & PROT_READ) != 0 ? 'r' : '-';
    text += (range.protection & PROT_WRITE) != 0 ? 'w' : '-';
    text += (range.protection & PROT_EXEC) != 0 ? 'x' : '-';
    return text;
}

std::string attributes(const ImageRange& range) {
    constexpr std::array<std::pair<std::uint32_t, const char*>, 11> names{
        {{mapping_attribute::grows_down, "grows down"},
         {mapping_attribute::no_reserve, "no reserve"},
         {mapping_attribute::dont_fork, "not for children"},
         {mapping_attribute::wipe_on_fork, "zeros for children"},
         {mapping_attribute::dont_dump, "not for core dumps"},
         {mapping_attribute::huge_pages, "huge pages"},
         {mapping_attribute::no_huge_pages, "no huge pages"},
         {mapping_attribute::mergeable, "mergeable"},
         {mapping_attribute::sequential, "sequential"},
         {mapping_attribute::random_access, "random"},
         {mapping_attribute::droppable, "droppable"}}};
    std::string text;
    for (const auto& [attribute, name] : names) {
        if ((range.attributes & attribute) != 0) {
            text += (text.empty() ? " " : ", ") + std::string(name);
        }
    }
    return text;
}

std::string mode(std::uint32_t flags) {
    std::string text = (flags & O_ACCMODE) == O_RDONLY ? "read" : (flags & O_ACCMODE) == O_WRONLY ? "write" : "both";
    return text + ((flags & O_APPEND) != 0 ? ",append" : "");
}

class Text {
public:
    void line(std::string_view key, const std::string& value) {
        text_ += key;
        text_.append(key.size() < width ? width - key.size() : 1, ' ');
        text_ += value + '\n';
    }
    void heading(std::string_view name) {
        text_ += '\n';
        text_ += name;
        text_ += '\n';
    }
    std::string take() { return std::move(text_); }

private:
    static constexpr std::size_t width = 20;
    std::string text_;
};

void add_registers(Text& text, const ImageThread& thread) {
    text.heading("Registers");
    const auto names = register_names(thread.registers.abi);
    for (std::size_t i = 0; i < names.size(); ++i) {
        text.line(std::string("  ") + names[i], hexadecimal(thread.registers.words.at(i)));
    }
    for (const Bytes& segment : thread.segments) {
        text.line("  segment " + std::to_string(word_in(segment, 0, 4)), "base " + hexadecimal(word_in(segment, 4, 4)));
    }
    std::string components;
    for (const StateComponent& component : thread.extended_state.components) {
        components +=
            " " + std::to_string(component.number) + " (" + std::to_string(component.bytes.size()) + " bytes)";
    }
    text.line("  floating point", "present " + hexadecimal(thread.extended_state.present) +
                                      (components.empty() ? "" : ", components" + components));
    text.line("  clear tid", hexadecimal(thread.clear_tid_address));
    text.line("  robust list", hexadecimal(thread.robust_list));
    text.line("  rseq", thread.rseq_size == 0
                            ? "none"
                            : hexadecimal(thread.rseq_address) + ", " + std::to_string(thread.rseq_size) + " bytes");
}

void add_signals(Text& text, const CheckpointState& state) {
    const ProcessImage& process = state.process;
    const Abi abi = process.thread.registers.abi;
    const std::size_t word = word_size(abi);
    text.heading("Signals");
    text.line("  blocked", signal_set(process.signals.blocked));
    for (const ImageAction& action : process.signals.actions) {
        const std::uint64_t handler = word_in(action.action, 0, word);
        text.line("  " + signal_text(action.signal), handler == 1
                                                         ? "ignored"
                                                         : "caught at " + hexadecimal(handler) + ", flags " +
                                                               hexadecimal(word_in(action.action, word, word)));
    }
    for (const Bytes& pending : process.signals.pending) {
        text.line("  waits", signal_text(word_in(pending, 0, 4)) + ", code " +
                                 std::to_string(static_cast<std::int32_t>(word_in(pending, 8, 4))));
    }
    text.line("  real timer", timer(state.real_timer, abi));
    text.line("  virtual timer", timer(process.thread.cpu_timers[0], abi));
    text.line("  profiling timer", timer(process.thread.cpu_timers[1], abi));
}

void add_files(Text& text, const CheckpointState& state) {
    text.heading("Descriptors");
    for (const ImageOpenFile& file : state.open_files) {
        std::string what = clusterdisc::shown(file.path, max_shown_path);
        what += " at " + std::to_string(file.offset) + " of " + std::to_string(file.size) + ", " + mode(file.flags);
        what += ", flags " + octal(file.flags);
        what += file.closes_on_exec ? ", closed on exec" : "";
        what += file.same_as != file.descriptor ? ", same as " + std::to_string(file.same_as) : "";
        text.line("  " + std::to_string(file.descriptor), what);
    }
    text.heading("Mapped files");
    for (const ImageMappedFile& file : state.mapped_files) {
        text.line("  " + std::to_string(file.size),
                  clusterdisc::shown(file.path, max_shown_path) + ", modified " + time_text(file.modified));
    }
}

void add_mappings(Text& text, const ProcessImage& process) {
    text.heading("Mappings");
    for (const ImageRange& range : process.ranges) {
        std::string what = protection(range) + attributes(range);
        if (range.content == ImageRange::Content::file) {
            what += " " + clusterdisc::shown(range.path, max_shown_path) + " from " + hexadecimal(range.offset);
        }
        text.line("  " + hexadecimal(range.start) + "-" + hexadecimal(range.end) + " ", what);
    }
    const ImageLayout& layout = process.layout;
    text.line("  vDSO", hexadecimal(layout.vdso_start) + "-" + hexadecimal(layout.vdso_end));
    text.line("  code", hexadecimal(layout.start_code) + "-" + hexadecimal(layout.end_code));
    text.line("  data", hexadecimal(layout.start_data) + "-" + hexadecimal(layout.end_data));
    text.line("  heap", hexadecimal(layout.start_brk) + "-" + hexadecimal(layout.brk));
    text.line("  stack", hexadecimal(layout.start_stack));
    text.line("  arguments", hexadecimal(layout.arg_start) + "-" + hexadecimal(layout.arg_end));
    text.line("  environment", hexadecimal(layout.env_start) + "-" + hexadecimal(layout.env_end));
}

}  // namespace

std::string time_text(std::int64_t nanoseconds) {
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t rest = (nanoseconds % second + second) % second;
    const auto whole = static_cast<std::time_t>((nanoseconds - rest) / second);
    std::tm parts{};
    std::array<char, 64> text{};
    if (::gmtime_r(&whole, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts) == 0) {
        return std::to_string(nanoseconds) + " ns";
    }
    std::array<char, 16> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%09d", static_cast<int>(rest));
    return std::string(text.data()) + fraction.data() + " UTC";
}

std::string to_text(const CheckpointState& state) {
    const ProcessImage& process = state.process;
    Text text;
    text.line("process", std::to_string(process.pid) + " " + clusterdisc::shown(process.name));
    text.line("user, group", std::to_string(process.uid) + ", " + std::to_string(state.gid));
    text.line("file", state.program.empty() ? "none" : clusterdisc::shown(state.program, max_shown_path));
    text.line("program", std::string(to_string(process.thread.registers.abi)) + ", of an " + to_string(state.kernel) +
                             " kernel with vDSO " + hexadecimal(state.vdso_hash));
    text.line("frozen", time_text(state.realtime));
    text.line("monotonic clock", seconds(static_cast<std::uint64_t>(state.monotonic)));
    text.line("processor time", seconds(process.user_time) + " user, " + seconds(process.system_time) + " system");
    text.line("folder", clusterdisc::shown(state.folder, max_shown_path));
    text.line("umask", octal(state.umask));
    text.line("personality", hexadecimal(process.personality));
    std::string features;
    for (const std::string& feature : state.cpu_features) {
        features += (features.empty() ? "" : " ") + clusterdisc::shown(feature);
    }
    text.line("processor had", features);
    add_registers(text, process.thread);
    add_signals(text, state);
    add_files(text, state);
    add_mappings(text, process);
    return text.take();
}

}  // namespace openmosix
