// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace clusterdisc {

/// Sets every signal to its default action and unblocks all: both are inherited over execve(2), from a shell's `&`,
/// nohup(1) or systemd (IgnoreSIGPIPE=), and would be passed on to every child. Safe after fork(2).
void reset_signals();

/// For a daemon: reset_signals(), but SIGPIPE is ignored. Its standard error may be a socket of the journal, which may
/// be started again; a log line that is lost must not end the daemon.
void set_daemon_signals();

}  // namespace clusterdisc
