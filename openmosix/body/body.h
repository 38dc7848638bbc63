// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "body/body_clocks.h"
#include "body/confinement.h"
#include "clocks/vdso.h"
#include "common/file_descriptor.h"
#include "image/process_image.h"
#include "memory/page_sink.h"
#include "tracee/agent.h"
#include "tracee/memory_file.h"
#include "tracee/tracee.h"

namespace openmosix {

/// The process that runs a guest's program. First it is a stub (prepare), then it gets the address space of an image
/// (build), then its state and its confinement (finish); then it is ready to run. Killed when it is destroyed.
class Body {
public:
    /// Starts the stub in the confinement's namespaces, with clocks that show home's time, and with the address space
    /// laid out as for a program with this RLIMIT_STACK. Throws std::system_error.
    Body(Abi abi, const Confinement& confinement, const ClockOffsets& clocks, std::uint64_t stack_limit);
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    Body(Body&&) = delete;
    Body& operator=(Body&&) = delete;
    ~Body();

    /// Ends it now.
    void kill();
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] Tracee& tracee() { return *tracee_; }
    [[nodiscard]] const MemoryFile& memory() const { return *memory_; }
    [[nodiscard]] const Vdso& vdso() const { return vdso_; }
    /// From build() on.
    [[nodiscard]] Agent& agent() { return *agent_; }
    [[nodiscard]] BodyClocks& clocks() { return *clocks_; }

    /// Whether a part of the address space is the agent's or the kernel's.
    [[nodiscard]] bool is_ours(std::uint64_t start, std::uint64_t end) const;
    /// RLIMIT_STACK from now on. It must stand; its registers are others afterwards.
    void limit_stack(std::uint64_t bytes);
    /// The flags of what it does about SIGCHLD. It must stand.
    [[nodiscard]] std::uint64_t child_flags();

    /// Makes the address space, without contents. Returns the userfaultfd that provides these.
    clusterdisc::FileDescriptor build(const ProcessImage& image);
    /// Sets everything else. Pages may be needed for it, so somebody has to answer faults meanwhile.
    void finish(const ProcessImage& image, const Confinement& confinement);

private:
    void exec_stub(Abi abi, const Confinement& confinement, std::uint64_t stack_limit);

    Abi abi_;
    pid_t pid_ = -1;
    std::unique_ptr<Tracee> tracee_;
    std::unique_ptr<MemoryFile> memory_;
    std::unique_ptr<Agent> agent_;
    std::unique_ptr<BodyClocks> clocks_;
    Registers stub_;
    Vdso vdso_;
};

}  // namespace openmosix
