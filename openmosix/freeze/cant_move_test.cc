// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/cant_move.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <thread>

#include "abi.h"
#include "common/file_descriptor.h"

namespace openmosix {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using testing::ThrowsMessage;

ProcessFacts ordinary() {
    ProcessFacts facts;
    facts.pid = 123;
    facts.map = parse_memory_map(
        "08048000-0804c000 r-xp 00000000 fe:0a 42         /bin/program\n"
        "0804c000-0804d000 rw-p 00004000 fe:0a 42         /bin/program\n"
        "0984c000-0986d000 rw-p 00000000 00:00 0          [heap]\n"
        "b7000000-b7007000 r--s 00000000 fe:0a 99         /usr/lib/i386-linux-gnu/gconv/gconv-modules.cache\n"
        "b7100000-b7200000 rw-p 00000000 00:00 0 \n"
        "b7200000-b7300000 rw-p 00000000 00:05 6          /dev/zero\n"
        "b7300000-b7400000 r--p 00000000 00:18 7          /dev/shm/file\n"
        "b7fc5000-b7fc9000 r--p 00000000 00:00 0          [vvar]\n"
        "b7fc9000-b7fcb000 r-xp 00000000 00:00 0          [vdso]\n"
        "bffdf000-c0000000 rw-p 00000000 00:00 0          [stack]\n");
    facts.files = {"/dev/pts/0", "socket:[1234]", "pipe:[99]", "anon_inode:[eventpoll]", "anon_inode:[eventfd]"};
    return facts;
}

std::vector<std::string> reasons_with_map(std::string_view map) {
    ProcessFacts facts = ordinary();
    facts.map = parse_memory_map(map);
    return reasons_to_stay(facts);
}

TEST(ReasonsToStay, AreNoneForAnOrdinaryProcess) {
    EXPECT_THAT(reasons_to_stay(ordinary()), IsEmpty());
}

TEST(ReasonsToStay, NameTheSystemsOwnProcesses) {
    ProcessFacts facts = ordinary();
    facts.pid = 1;
    EXPECT_THAT(reasons_to_stay(facts), ElementsAre("system process: it is init"));
    facts.pid = 2;
    facts.is_kernel_thread = true;
    facts.has_program = false;
    EXPECT_THAT(reasons_to_stay(facts), ElementsAre("system process: it is a kernel thread"));
    facts.is_kernel_thread = false;
    EXPECT_THAT(reasons_to_stay(facts), ElementsAre("ended: only its parent has not waited for it yet"));
}

TEST(ReasonsToStay, NameWhatIsKnownOfTheWholeProcess) {
    ProcessFacts facts = ordinary();
    facts.threads = 3;
    facts.nested_pid_namespaces = 1;
    facts.shares_memory_with = 77;
    facts.tracer = 456;
    facts.seccomp = 2;
    facts.locked_kilobytes = 64;
    facts.pinned_kilobytes = 8;
    facts.huge_page_kilobytes = 2048;
    facts.scheduler = SCHED_FIFO;
    EXPECT_THAT(reasons_to_stay(facts),
                ElementsAre("threads: it has 3 threads", "shared address space: process 77 runs in it, too",
                            "pid namespace: it is in a container that numbers its processes by itself", "traced by 456",
                            "seccomp: it has a filter of its own", "locked memory: 64 kB (VmLck)",
                            "pinned memory: 8 kB (VmPin)", "huge pages: 2048 kB (HugetlbPages)",
                            "real-time scheduling: SCHED_FIFO"));
}

TEST(ReasonsToStay, TellStrictSeccompFromAFilter) {
    ProcessFacts facts = ordinary();
    facts.seccomp = 1;
    EXPECT_THAT(reasons_to_stay(facts), ElementsAre("seccomp: it may only read, write and end"));
}

TEST(ReasonsToStay, KnowWhichSchedulersPromiseTimes) {
    constexpr unsigned ext = 7;
    ProcessFacts facts = ordinary();
    for (const unsigned scheduler : {unsigned{SCHED_OTHER}, unsigned{SCHED_BATCH}, unsigned{SCHED_IDLE}, ext}) {
        facts.scheduler = scheduler;
        EXPECT_THAT(reasons_to_stay(facts), IsEmpty()) << scheduler;
    }
    facts.scheduler = SCHED_RR;
    EXPECT_THAT(reasons_to_stay(facts), ElementsAre("real-time scheduling: SCHED_RR"));
    facts.scheduler = SCHED_DEADLINE;
    EXPECT_THAT(reasons_to_stay(facts), ElementsAre("real-time scheduling: SCHED_DEADLINE"));
    facts.scheduler = 99;
    EXPECT_THAT(reasons_to_stay(facts), ElementsAre("real-time scheduling: scheduler 99"));
}

TEST(ReasonsToStay, NameSharedMemory) {
    EXPECT_THAT(reasons_with_map("b7000000-b7001000 rw-s 00000000 00:01 7   /dev/zero (deleted)\n"),
                ElementsAre("shared memory: writable shared mapping of anonymous memory at 0xb7000000"));
    EXPECT_THAT(reasons_with_map("1000-2000 rw-s 00000000 fe:0a 8   /srv/data\n"),
                ElementsAre("shared memory: writable shared mapping /srv/data at 0x1000"));
    EXPECT_THAT(reasons_with_map("1000-2000 rw-s 00000000 00:01 8   /memfd:buffer (deleted)\n"),
                ElementsAre("shared memory: writable shared mapping /memfd:buffer (deleted) at 0x1000"));
    EXPECT_THAT(reasons_with_map("1000-2000 r--s 00000000 00:18 8   /dev/shm/picture\n"),
                ElementsAre("shared memory: shared mapping /dev/shm/picture at 0x1000"));
    EXPECT_THAT(reasons_with_map("1000-2000 r--s 00000000 00:01 32769   /SYSV0001e240 (deleted)\n"),
                ElementsAre("system v shared memory: /SYSV0001e240 (deleted) at 0x1000"));
}

TEST(ReasonsToStay, DoNotTakeAPrivateFileForSharedMemory) {
    EXPECT_THAT(reasons_with_map("1000-2000 rw-p 00000000 fe:0a 8   /SYSV0001e240\n"), IsEmpty());
    EXPECT_THAT(reasons_with_map("1000-2000 r--s 00000000 fe:0a 8   /srv/data\n"), IsEmpty());
}

TEST(ReasonsToStay, NameDevices) {
    EXPECT_THAT(reasons_with_map("a0000000-a0100000 rw-s 00000000 00:05 9   /dev/fb0\n"),
                ElementsAre("device mapping: /dev/fb0 at 0xa0000000"));
    EXPECT_THAT(reasons_with_map("1000-2000 r--p 000f0000 00:05 1   /dev/mem\n"),
                ElementsAre("device mapping: /dev/mem at 0x1000"));
    EXPECT_THAT(reasons_with_map("1000-2000 r--s 00000000 00:15 3   /sys/devices/pci0000:00/0000:00:02.0/resource2\n"),
                ElementsAre(StartsWith("device mapping: /sys/")));
    EXPECT_THAT(reasons_with_map("1000-2000 r--s 00000000 00:0f 1   anon_inode:something\n"),
                ElementsAre("device mapping: mapping anon_inode:something at 0x1000"));
}

TEST(ReasonsToStay, NameHugePages) {
    EXPECT_THAT(reasons_with_map("200000-400000 rw-p 00000000 00:10 9   /anon_hugepage (deleted)\n"),
                ElementsAre("huge pages: mapping /anon_hugepage (deleted) at 0x200000"));
    EXPECT_THAT(reasons_with_map("200000-400000 rw-s 00000000 00:11 9   /dev/hugepages/x\n"),
                ElementsAre("huge pages: mapping /dev/hugepages/x at 0x200000"));
}

TEST(ReasonsToStay, NameWhatTheKernelWorksOnByItself) {
    EXPECT_THAT(reasons_with_map("b7002000-b7003000 rw-s 00000000 00:0e 9001   /[aio] (deleted)\n"),
                ElementsAre("asynchronous i/o: its ring is mapped at 0xb7002000"));
    ProcessFacts facts = ordinary();
    facts.files = {"anon_inode:[userfaultfd]", "anon_inode:[perf_event]", "anon_inode:kvm-vm", "anon_inode:[io_uring]"};
    facts.map = parse_memory_map("1000-2000 rw-s 08000000 00:0f 1057   anon_inode:[io_uring]\n");
    EXPECT_THAT(reasons_to_stay(facts),
                ElementsAre("io_uring: mapping anon_inode:[io_uring] at 0x1000, and 1 more",
                            "userfaultfd: it has anon_inode:[userfaultfd] open",
                            "perf_event: it has anon_inode:[perf_event] open", "kvm: it has anon_inode:kvm-vm open"));
}

TEST(ReasonsToStay, AreOneForEachWord) {
    std::string map;
    for (int page = 1; page < 10; ++page) {
        map +=
            std::to_string(page) + "000-" + std::to_string(page) + "800 rw-s 00000000 00:01 7   /dev/zero (deleted)\n";
    }
    EXPECT_THAT(reasons_with_map(map),
                ElementsAre("shared memory: writable shared mapping of anonymous memory at 0x1000, and 8 more"));
}

TEST(ReasonsToStay, AreFitForATerminal) {
    EXPECT_THAT(reasons_with_map("1000-2000 rw-s 00000000 fe:0a 8   /home/\x1b[2J\n"),
                ElementsAre("shared memory: writable shared mapping /home/\\x1b[2J at 0x1000"));
    EXPECT_THAT(reasons_with_map("1000-2000 rw-s 00000000 fe:0a 8   /" + std::string(4000, 'x')),
                ElementsAre(SizeIs(testing::Lt(300U))));
}

/// What keeps this process besides what keeps it before anything was done: what runs the tests may have a filter.
class ReasonsOfThisProcess : public testing::Test {
protected:
    [[nodiscard]] std::vector<std::string> new_reasons() const {
        auto reasons = reasons_to_stay(::getpid());
        std::erase_if(reasons, [&](const std::string& reason) { return std::ranges::count(before_, reason) != 0; });
        return reasons;
    }

private:
    std::vector<std::string> before_ = reasons_to_stay(::getpid());
};

/// Ends when the object does.
class Child {
public:
    explicit Child(pid_t pid) : pid_(pid) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;
    ~Child() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    pid_t pid_;
};

TEST_F(ReasonsOfThisProcess, IncludeSharedMemoryForAsLongAsThereIsSome) {
    void* const area = ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(area, MAP_FAILED);
    EXPECT_THAT(new_reasons(), ElementsAre(StartsWith("shared memory: writable shared mapping of anonymous memory")));
    ASSERT_EQ(::munmap(area, page_size), 0);
    EXPECT_THAT(new_reasons(), IsEmpty());
}

TEST_F(ReasonsOfThisProcess, IncludeSystemVSharedMemory) {
    const int segment = ::shmget(IPC_PRIVATE, page_size, 0600);
    ASSERT_NE(segment, -1);
    void* const area = ::shmat(segment, nullptr, 0);
    ::shmctl(segment, IPC_RMID, nullptr);
    EXPECT_THAT(new_reasons(), ElementsAre(StartsWith("system v shared memory: /SYSV00000000")));
    ::shmdt(area);
}

TEST_F(ReasonsOfThisProcess, IncludeThreads) {
    std::promise<void> end;
    std::thread other([wait = end.get_future()] { wait.wait(); });
    EXPECT_THAT(new_reasons(), ElementsAre("threads: it has 2 threads"));
    end.set_value();
    other.join();
}

TEST_F(ReasonsOfThisProcess, IncludeLockedMemory) {
    void* const area = ::mmap(nullptr, page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(area, MAP_FAILED);
    // The address sanitizer's mlock() does nothing.
    if (::syscall(SYS_mlock, area, page_size) != 0) {
        GTEST_SKIP() << "no memory may be locked here";
    }
    EXPECT_THAT(new_reasons(), ElementsAre("locked memory: 4 kB (VmLck)"));
    ::munmap(area, page_size);
}

TEST_F(ReasonsOfThisProcess, IncludeAChildInTheSameMemory) {
    constexpr std::size_t stack_size = 65536;
    std::vector<char> stack(stack_size);
    const Child child(::clone(
        [](void*) -> int {
            while (true) {
                ::pause();
            }
        },
        stack.data() + stack.size(), CLONE_VM | SIGCHLD, nullptr));
    ASSERT_GT(child.pid(), 0);
    EXPECT_THAT(new_reasons(),
                ElementsAre("shared address space: process " + std::to_string(child.pid()) + " runs in it, too"));
    EXPECT_THAT(reasons_to_stay(child.pid()),
                Contains("shared address space: process " + std::to_string(::getpid()) + " runs in it, too"));
}

TEST_F(ReasonsOfThisProcess, IncludeAnOpenUserfaultfd) {
    const clusterdisc::FileDescriptor file(static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC)));
    if (!file.is_open()) {
        GTEST_SKIP() << "userfaultfd is not allowed here";
    }
    EXPECT_THAT(new_reasons(), ElementsAre("userfaultfd: it has anon_inode:[userfaultfd] open"));
}

TEST(ReasonsToStay, KnowTheSystemsProcessesByTheirFacts) {
    EXPECT_THAT(reasons_to_stay(1), ElementsAre("system process: it is init"));
    // In a namespace of its own, 2 is an ordinary process or none.
    if (::access("/proc/2/stat", F_OK) == 0 && read_process_facts(2).is_kernel_thread) {
        EXPECT_THAT(reasons_to_stay(2), ElementsAre("system process: it is a kernel thread"));
    }
}

TEST(ReasonsToStay, KnowAProcessThatHasEnded) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(0);
    }
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    EXPECT_THAT(reasons_to_stay(child), ElementsAre(StartsWith("ended: ")));
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_THAT([&] { reasons_to_stay(child); },
                ThrowsMessage<std::runtime_error>("process " + std::to_string(child) + " does not exist"));
}

TEST(ReasonsToStay, RefuseAThreadThatIsNotTheProcess) {
    pid_t thread = 0;
    std::string problem;
    std::thread([&] {
        thread = ::gettid();
        try {
            static_cast<void>(reasons_to_stay(thread));
        } catch (const std::runtime_error& error) {
            problem = error.what();
        }
    }).join();
    EXPECT_EQ(problem, std::to_string(thread) + " is a thread of process " + std::to_string(::getpid()));
}

}  // namespace
}  // namespace openmosix
