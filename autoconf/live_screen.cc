// SPDX-License-Identifier: GPL-2.0-or-later
#include "live_screen.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <system_error>

#include "common/file_descriptor.h"
#include "common/file_watch.h"
#include "network_links.h"
#include "terminal_drawing.h"

namespace clusterdisc {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// The terminal gives each key at once and does not show it, until the end of this object.
class KeyByKeyInput {
public:
    KeyByKeyInput() {
        if (::tcgetattr(STDIN_FILENO, &former_) != 0 || ::isatty(STDOUT_FILENO) == 0) {
            fail("a live screen needs a terminal as standard input and output");
        }
        termios mode = former_;
        // Ctrl-C is a key like others.
        mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
        mode.c_cc[VMIN] = 1;
        mode.c_cc[VTIME] = 0;
        if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &mode) != 0) {
            fail("cannot set the terminal up for a live screen");
        }
    }
    KeyByKeyInput(const KeyByKeyInput&) = delete;
    KeyByKeyInput& operator=(const KeyByKeyInput&) = delete;
    KeyByKeyInput(KeyByKeyInput&&) = delete;
    KeyByKeyInput& operator=(KeyByKeyInput&&) = delete;
    // Flushes: the key is meant for the screen, and some keys send several characters.
    ~KeyByKeyInput() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &former_); }

private:
    termios former_{};
};

/// The signals that end a program wait in a file, until the end of this object.
class EndingSignals {
public:
    EndingSignals() {
        sigset_t signals;
        ::sigemptyset(&signals);
        for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
            ::sigaddset(&signals, signal);
        }
        file_ = FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
        if (!file_.is_open() || ::sigprocmask(SIG_BLOCK, &signals, &former_) != 0) {
            fail("cannot wait for signals");
        }
    }
    EndingSignals(const EndingSignals&) = delete;
    EndingSignals& operator=(const EndingSignals&) = delete;
    EndingSignals(EndingSignals&&) = delete;
    EndingSignals& operator=(EndingSignals&&) = delete;
    ~EndingSignals() { ::sigprocmask(SIG_SETMASK, &former_, nullptr); }

    [[nodiscard]] int number() const noexcept { return file_.number(); }

    /// 0 when there is none.
    [[nodiscard]] int take() const {
        signalfd_siginfo information{};
        return ::read(file_.number(), &information, sizeof information) == sizeof information
                   ? static_cast<int>(information.ssi_signo)
                   : 0;
    }

private:
    FileDescriptor file_;
    sigset_t former_{};
};

/// The end of the input has no key.
char read_key() {
    char key = 0;
    return ::read(STDIN_FILENO, &key, 1) == 1 ? key : '\0';
}

void draw(const std::string& text) {
    if (std::fputs(over_former_screen(text).c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
        fail("cannot write to the terminal");
    }
}

/// When to draw again. The screen of a node that nobody looks at must not take the node's time, so the pause is many
/// times as long as drawing took.
class Pacing {
public:
    void begin() { began_ = Clock::now(); }
    void end() {
        constexpr Clock::duration min_pause = std::chrono::milliseconds(250);
        constexpr int pause_per_work = 20;
        const Clock::time_point now = Clock::now();
        next_ = now + std::max(min_pause, pause_per_work * (now - began_));
    }
    [[nodiscard]] bool is_time() const { return Clock::now() >= next_; }
    /// For poll(2).
    [[nodiscard]] int milliseconds_left() const {
        constexpr std::chrono::milliseconds longest = std::chrono::minutes(1);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - Clock::now());
        return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), longest).count());
    }

private:
    Clock::time_point began_;
    Clock::time_point next_;
};

}  // namespace

LiveScreenEnd show_until_key(const ScreenText& text, const std::string& watched_file) {
    // In this order: a signal that comes while the terminal is put back waits until it is.
    const EndingSignals signals;
    const KeyByKeyInput input;
    // Watching starts before the first look, so that no change falls between the two.
    FileWatch file(watched_file);
    LinkChanges links;
    Pacing pacing;
    bool is_stale = true;
    while (true) {
        if (is_stale && pacing.is_time()) {
            pacing.begin();
            draw(text(true));
            pacing.end();
            is_stale = false;
        }
        std::array<pollfd, 4> events = {{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                         {.fd = signals.number(), .events = POLLIN, .revents = 0},
                                         {.fd = file.number(), .events = POLLIN, .revents = 0},
                                         {.fd = links.number(), .events = POLLIN, .revents = 0}}};
        if (::poll(events.data(), events.size(), is_stale ? pacing.milliseconds_left() : -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("cannot wait for a key");
        }
        if (const int signal = signals.take(); signal != 0) {
            return {.key = 0, .signal = signal};
        }
        if (events[0].revents != 0) {
            draw(text(false));
            return {.key = read_key(), .signal = 0};
        }
        if (events[3].revents != 0) {
            links.forget();
            is_stale = true;
        }
        is_stale = file.take_changes() || is_stale;
    }
}

}  // namespace clusterdisc
