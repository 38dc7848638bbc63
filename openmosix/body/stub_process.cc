// SPDX-License-Identifier: GPL-2.0-or-later
#include "body/stub_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include "body/stub.h"
#include "common/file_descriptor.h"
#include "common/signal_state.h"
#include "tracee/time_slices.h"

namespace openmosix {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

clusterdisc::FileDescriptor stub_file(Abi abi) {
    clusterdisc::FileDescriptor file(::memfd_create("openmosix-body", MFD_CLOEXEC));
    const Bytes program = stub_program(abi);
    if (!file.is_open() ||
        ::write(file.number(), program.data(), program.size()) != static_cast<ssize_t>(program.size())) {
        fail("memfd_create");
    }
    return file;
}

/// In the child: everything up to execve(2). Ends with a status that says what failed.
[[noreturn]] void become_stub(int gate, int program, const std::function<int(int program)>& prepare) {
    char go = 0;
    const bool is_told = ::read(gate, &go, 1) == 1;
    clusterdisc::reset_signals();
    prefer_usual_slices();
    const int prepared = is_told ? prepare(program) : -1;
    if (prepared < 0) {
        ::_exit(stub_unprepared);
    }
    std::array<char*, 1> nothing{nullptr};
    ::syscall(SYS_execveat, prepared, "", nothing.data(), nothing.data(), AT_EMPTY_PATH);
    ::_exit(2);
}

void wait_for_stub(StubProcess& stub, Abi abi, const std::string& unprepared) {
    Tracee& tracee = *stub.tracee;
    for (;;) {
        const Stop stop = tracee.wait();
        if (stop.kind == Stop::Kind::exec) {
            // Out of execve(2), so that the next call is one of ours.
            tracee.run_to_call();
            continue;
        }
        if (stop.kind == Stop::Kind::call) {
            return;
        }
        if (stop.kind == Stop::Kind::ended) {
            stub.pid = -1;
            throw std::runtime_error(WIFEXITED(stop.status) && WEXITSTATUS(stop.status) == stub_unprepared
                                         ? unprepared
                                         : "cannot start the stub of a program of ABI " + std::string(to_string(abi)));
        }
        tracee.run();
    }
}

}  // namespace

StubProcess::~StubProcess() {
    if (pid > 0) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, __WALL);
    }
}

StubProcess start_stub(Abi abi, const std::function<int(int program)>& prepare,
                       const std::function<void(pid_t)>& before, const std::string& unprepared) {
    const auto program = stub_file(abi);
    std::array<int, 2> gate{};
    if (::pipe2(gate.data(), O_CLOEXEC) != 0) {
        fail("pipe");
    }
    const clusterdisc::FileDescriptor reader(gate[0]);
    const clusterdisc::FileDescriptor writer(gate[1]);
    StubProcess stub;
    stub.pid = ::fork();
    if (stub.pid == -1) {
        fail("fork");
    }
    if (stub.pid == 0) {
        become_stub(gate[0], program.number(), prepare);
    }
    before(stub.pid);
    stub.tracee = std::make_unique<Tracee>(stub.pid, true);
    if (::write(writer.number(), "g", 1) != 1) {
        fail("pipe");
    }
    wait_for_stub(stub, abi, unprepared);
    return stub;
}

}  // namespace openmosix
