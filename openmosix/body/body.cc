// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/body.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "body/body_state.h"
#include "body/call_filter.h"
#include "body/inherited_properties.h"
#include "body/new_address_space.h"
#include "body/stub.h"
#include "body/stub_process.h"
#include "body/vdso_move.h"
#include "calls/system_call_table.h"
#include "common/log.h"
#include "memory/layout_change.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"
#include "tracee/taken_descriptor.h"
#include "words.h"

namespace openmosix {

namespace {

/// execve(2) needs some of its own.
constexpr rlim_t min_stack_of_exec = rlim_t{1} << 20U;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Body::Body(Abi abi, const Confinement& confinement, const ClockOffsets& clocks, std::uint64_t stack_limit) : abi_(abi) {
    set_clocks_of_children(clocks);
    exec_stub(abi, confinement, stack_limit);
    set_own_clocks_of_children();
    memory_ = std::make_unique<MemoryFile>(pid_);
    stub_ = tracee_->registers();
    auto vdso = read_vdso(pid_);
    if (!vdso) {
        throw std::runtime_error("this kernel gives programs no vDSO (boot parameter vdso=0?)");
    }
    vdso_ = std::move(*vdso);
}

Body::~Body() {
    kill();
}

void Body::kill() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, __WALL);
        pid_ = -1;
    }
}

void Body::exec_stub(Abi abi, const Confinement& confinement, std::uint64_t stack_limit) {
    // What the kernel makes the layout of the address space by.
    const rlimit stack{std::max<rlim_t>(stack_limit, min_stack_of_exec), RLIM_INFINITY};
    const auto prepare = [&confinement, &stack](int program) {
        if (const char* const property = reset_inherited_properties()) {
            clusterdisc::log_line(clusterdisc::LogLevel::error,
                                  std::string("a guest would inherit this from omd, and it cannot be reset: ") +
                                      property + ": " + std::generic_category().message(errno));
            return -1;
        }
        const bool is_confined = confine(confinement, program) == nullptr && ::setrlimit(RLIMIT_STACK, &stack) == 0;
        return is_confined ? program : -1;
    };
    const auto limit = [&confinement](pid_t pid) {
        for (const std::string& group : confinement.control_groups) {
            const clusterdisc::FileDescriptor file(::open(group.c_str(), O_WRONLY | O_CLOEXEC));
            const std::string text = std::to_string(pid);
            if (!file.is_open() || ::write(file.number(), text.data(), text.size()) < 0) {
                fail(group);
            }
        }
    };
    StubProcess stub =
        start_stub(abi, prepare, limit, "cannot confine a guest: namespaces or an empty file system are not to be had");
    pid_ = std::exchange(stub.pid, -1);
    tracee_ = std::move(stub.tracee);
}

clusterdisc::FileDescriptor Body::build(const ProcessImage& image) {
    const CallNumbers& numbers = call_numbers(abi_);
    const std::uint64_t instruction = stub_instruction(abi_);
    const auto call = [&](const char* what, const InjectedCall& injected) {
        const std::int64_t result = call_at(*tracee_, stub_, instruction, injected);
        if (is_error(result)) {
            throw std::system_error(static_cast<int>(-result), std::generic_category(), what);
        }
        return result;
    };
    const std::int64_t faults = call("userfaultfd", {numbers.userfaultfd, {O_CLOEXEC | O_NONBLOCK}});
    call("mmap of the agent's area", agent_area_mapping(abi_, image.agent_address));
    agent_ = std::make_unique<Agent>(*tracee_, *memory_, stub_, image.agent_address);

    clusterdisc::FileDescriptor file = take_descriptor(pid_, static_cast<int>(faults));
    uffdio_api api{};
    api.api = UFFD_API;
    if (::ioctl(file.number(), UFFDIO_API, &api) == -1) {
        fail("userfaultfd");
    }
    agent_->call("close", numbers.close, {static_cast<std::uint64_t>(faults)});

    clear_address_space(*agent_, pid_);
    move_vdso(*agent_, pid_, vdso_, image.layout);
    clocks_ = std::make_unique<BodyClocks>(*agent_, pid_, *memory_, vdso_);
    make_layout(*agent_, image.ranges);
    return file;
}

bool Body::is_ours(std::uint64_t start, std::uint64_t end) const {
    const std::uint64_t area = agent_->address();
    return (start < area + agent_area::size && area < end) || (start < vdso_.end && vdso_.start < end);
}

void Body::limit_stack(std::uint64_t bytes) {
    // struct rlimit64. What may be set is decided at home.
    constexpr std::uint64_t no_limit = ~std::uint64_t{0};
    agent_->write_scratch(0, to_words({bytes, no_limit}, sizeof no_limit));
    agent_->call("prlimit64", call_numbers(abi_).prlimit64, {0, RLIMIT_STACK, agent_->scratch(), 0});
}

std::uint64_t Body::child_flags() {
    const Registers registers = tracee_->registers();
    agent_->call("rt_sigaction", call_numbers(abi_).rt_sigaction, {SIGCHLD, 0, agent_->scratch(), 8});
    tracee_->set_registers(registers);
    const Bytes action = agent_->read_scratch(0, 2 * word_size(abi_));
    return word_in(action, word_size(abi_), word_size(abi_));
}

void Body::finish(const ProcessImage& image, const Confinement& confinement) {
    const CallNumbers& numbers = call_numbers(abi_);
    set_kernel_state(*agent_, image);
    std::vector<std::uint32_t> local;
    for (const SystemCall& call : system_calls(abi_)) {
        if (call.call_class == CallClass::local) {
            local.push_back(call.number);
        }
    }
    const auto filter = call_filter(abi_, local);
    // struct sock_fprog of the ABI: the count, and at the next word the address of the instructions.
    const Bytes program = to_words({std::uint64_t{filter.size()}, agent_->scratch() + 64}, word_size(abi_));
    Bytes code(filter.size() * sizeof(sock_filter));
    std::memcpy(code.data(), filter.data(), code.size());
    agent_->write_scratch(0, program);
    agent_->write_scratch(64, code);
    constexpr std::uint64_t set_mode_filter = 1;
    agent_->call("setgroups", numbers.setgroups, {0, 0});
    agent_->call("setresgid", numbers.setresgid, {confinement.group, confinement.group, confinement.group});
    agent_->call("setresuid", numbers.setresuid, {confinement.user, confinement.user, confinement.user});
    agent_->call("prctl PR_SET_NO_NEW_PRIVS", numbers.prctl, {PR_SET_NO_NEW_PRIVS, 1});
    agent_->call("seccomp", numbers.seccomp, {set_mode_filter, 0, agent_->scratch()});
    set_restartable_sequences(*agent_, image.thread);
    set_thread_state(*tracee_, image);
}

}  // namespace openmosix
