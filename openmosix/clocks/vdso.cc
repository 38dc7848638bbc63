// SPDX-License-Identifier: GPL-2.0-or-later
#include "clocks/vdso.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "freeze/memory_map.h"
#include "tracee/memory_file.h"

namespace openmosix {

namespace {

template <typename T>
std::optional<T> object_at(const Bytes& image, std::uint64_t offset) {
    if (offset > image.size() || sizeof(T) > image.size() - offset) {
        return std::nullopt;
    }
    T object{};
    std::memcpy(&object, image.data() + offset, sizeof object);
    return object;
}

/// No name that we look for is longer.
constexpr std::size_t max_name = 64;

std::string string_at(const Bytes& image, std::uint64_t offset) {
    std::string text;
    for (; offset < image.size() && text.size() < max_name; ++offset) {
        const std::uint8_t byte = image[static_cast<std::size_t>(offset)];
        if (byte == 0) {
            break;
        }
        text.push_back(static_cast<char>(byte));
    }
    return text;
}

template <typename Header, typename Section, typename Symbol>
std::map<std::string, std::uint64_t> symbols(const Bytes& image) {
    std::map<std::string, std::uint64_t> result;
    const auto header = object_at<Header>(image, 0);
    for (unsigned i = 0; header && i < header->e_shnum; ++i) {
        const auto section = object_at<Section>(image, header->e_shoff + std::uint64_t{i} * sizeof(Section));
        if (!section || section->sh_type != SHT_DYNSYM) {
            continue;
        }
        const auto strings =
            object_at<Section>(image, header->e_shoff + std::uint64_t{section->sh_link} * sizeof(Section));
        // The process may have written there: what the section says of its size may be far more than there is.
        for (std::uint64_t place = 0; strings && place < section->sh_size; place += sizeof(Symbol)) {
            const auto symbol = object_at<Symbol>(image, section->sh_offset + place);
            if (!symbol) {
                break;
            }
            if (symbol->st_value != 0 && symbol->st_value < image.size()) {
                result[string_at(image, strings->sh_offset + symbol->st_name)] = symbol->st_value;
            }
        }
    }
    return result;
}

/// The content of the note (elf(5)) with the build id in this part of the image.
Bytes build_id_in(const Bytes& image, std::uint64_t place, std::uint64_t end) {
    constexpr std::uint64_t alignment = 4;
    const auto aligned = [](std::uint64_t size) { return (size + alignment - 1) / alignment * alignment; };
    while (place < end) {
        const auto note = object_at<Elf32_Nhdr>(image, place);
        if (!note) {
            break;
        }
        const std::uint64_t name = place + sizeof *note;
        const std::uint64_t content = name + aligned(note->n_namesz);
        if (content > image.size() || note->n_descsz > image.size() - content) {
            break;
        }
        if (note->n_type == NT_GNU_BUILD_ID && string_at(image, name) == ELF_NOTE_GNU) {
            const auto first = image.begin() + static_cast<std::ptrdiff_t>(content);
            return {first, first + static_cast<std::ptrdiff_t>(note->n_descsz)};
        }
        place = content + aligned(note->n_descsz);
    }
    return {};
}

template <typename Header, typename Section>
Bytes build_id_of(const Bytes& image) {
    const auto header = object_at<Header>(image, 0);
    for (unsigned i = 0; header && i < header->e_shnum; ++i) {
        const auto section = object_at<Section>(image, header->e_shoff + std::uint64_t{i} * sizeof(Section));
        if (section && section->sh_type == SHT_NOTE && section->sh_offset <= image.size() &&
            section->sh_size <= image.size() - section->sh_offset) {
            Bytes id = build_id_in(image, section->sh_offset, section->sh_offset + section->sh_size);
            if (!id.empty()) {
                return id;
            }
        }
    }
    return {};
}

/// A hash that is good enough for build ids, which nobody chooses.
std::uint64_t hash_of(std::span<const std::uint8_t> bytes) {
    std::uint64_t hash = 0x9e3779b97f4a7c15;
    for (std::size_t i = 0; i + sizeof hash <= bytes.size(); i += sizeof hash) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + i, sizeof word);
        hash = (hash ^ word) * 0xff51afd7ed558ccd;
        hash ^= hash >> 32U;
    }
    return hash;
}

}  // namespace

Abi Vdso::abi() const {
    return image.size() > EI_CLASS && image[EI_CLASS] == ELFCLASS32 ? Abi::i386 : Abi::amd64;
}

std::map<std::string, std::uint64_t> Vdso::functions() const {
    return abi() == Abi::amd64 ? symbols<Elf64_Ehdr, Elf64_Shdr, Elf64_Sym>(image)
                               : symbols<Elf32_Ehdr, Elf32_Shdr, Elf32_Sym>(image);
}

std::optional<std::uint64_t> Vdso::system_call_instruction(Abi abi) const {
    const std::array<std::uint8_t, 2> of_i386{0xcd, 0x80};
    const std::array<std::uint8_t, 2> of_amd64{0x0f, 0x05};
    const auto& wanted = abi == Abi::i386 ? of_i386 : of_amd64;
    // std::ranges::search() is beyond clang 14.
    const auto place = std::search(image.begin(), image.end(), wanted.begin(), wanted.end());
    if (place == image.end()) {
        return std::nullopt;
    }
    return code + static_cast<std::uint64_t>(place - image.begin());
}

Bytes Vdso::build_id() const {
    return abi() == Abi::amd64 ? build_id_of<Elf64_Ehdr, Elf64_Shdr>(image)
                               : build_id_of<Elf32_Ehdr, Elf32_Shdr>(image);
}

std::uint64_t Vdso::hash() const {
    Bytes id = build_id();
    // hash_of() takes whole words.
    constexpr std::size_t word = 8;
    id.resize((id.size() + word - 1) / word * word);
    return hash_of(id.empty() ? image : id) ^ (end - start);
}

bool Vdso::is_in_clock_code(std::uint64_t instruction_pointer) const {
    if (instruction_pointer < code || instruction_pointer >= end) {
        return false;
    }
    const auto all = functions();
    const std::array<const char*, 3> others{"__kernel_vsyscall", "__kernel_sigreturn", "__kernel_rt_sigreturn"};
    // One that is about to begin has done nothing yet.
    const auto is_at = [&](const auto& function) { return instruction_pointer == code + function.second; };
    return std::ranges::none_of(all, is_at) && std::ranges::none_of(others, [&](const char* name) {
               const auto function = all.find(name);
               // None of them is longer.
               constexpr std::uint64_t longest = 32;
               return function != all.end() && instruction_pointer >= code + function->second &&
                      instruction_pointer < code + function->second + longest;
           });
}

std::optional<Vdso> read_vdso(pid_t pid) {
    std::optional<Vdso> result;
    std::uint64_t start = 0;
    for (const MappedRange& range : read_memory_map(pid)) {
        if (range.path.starts_with("[vvar") && start == 0) {
            start = range.start;
        }
        if (range.path == "[vdso]") {
            result.emplace();
            result->code = range.start;
            result->end = range.end;
        }
    }
    if (result) {
        result->start = start != 0 && start < result->code ? start : result->code;
        result->image.resize(static_cast<std::size_t>(result->end - result->code));
        if (!MemoryFile(pid).read(result->code, result->image)) {
            result.reset();
        }
    }
    return result;
}

}  // namespace openmosix
