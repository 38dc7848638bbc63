# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The first screen, for a person at a console of the node (not in ssh sessions and not in shells within shells). On the
# first one, where nobody may be sitting, it follows what happens until a key is pressed.
case $(tty 2>/dev/null) in
  /dev/tty[0-9]* | /dev/ttyS[0-9]* | /dev/hvc[0-9]*)
    if [ -z "${SSH_CONNECTION:-}" ] && [ -z "${TMUX:-}" ] && [ "${SHLVL:-1}" -le 1 ]; then
      if [ "$(tty)" = /dev/tty1 ] && [ -t 0 ] && [ -t 1 ]; then
        clusterdisc-status --live || clusterdisc-status
      else
        clusterdisc-status --wait-for-address 5
      fi
    fi
    ;;
esac
