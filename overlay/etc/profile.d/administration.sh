# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Who is at a node looks after it: omd status, wg, ip and fdisk are not for root only.
case :$PATH: in
  *:/usr/sbin:*) ;;
  *) PATH=$PATH:/usr/sbin:/sbin ;;
esac
