# SPDX-License-Identifier: GPL-2.0-or-later
"""Title, picture and boot parameters in both boot menus. What an earlier remastering wrote there is replaced, not added to."""

import re
from dataclasses import dataclass

from . import picture
from .problems import Failure, UsageProblem

ISOLINUX = "/isolinux/isolinux.cfg"
GRUB = "/boot/grub/grub.cfg"

# Of what Linux takes (2048 on x86), less than half: the entries have parameters of their own, and so has who types some.
MAX_PARAMETERS = 800
# The frame of isolinux' menu is 78 columns wide.
MAX_TITLE = 70

# isolinux' menu that can show a picture; on the serial line it looks as the other one.
_ISOLINUX_MENU = "vesamenu.c32"
# A picture needs GRUB's graphical terminal. Without one the menu is text, which every firmware shows.
_GRUB_TERMINAL = f"""loadfont /boot/grub/unicode.pf2
set gfxmode={picture.WIDTH}x{picture.HEIGHT}
terminal_output gfxterm serial
background_image {picture.NAME}"""

# isolinux takes these as they are and GRUB does not, or the other way round.
_DIFFERS = "\"'\\$"


@dataclass(frozen=True)
class MenuSettings:
    """What a remastered disc's menus have that the menus of the build do not; empty: nothing."""

    title: str = ""
    cluster: str = ""
    parameters: str = ""
    # The name of the file that the picture came from.
    picture: str = ""

    @property
    def words(self) -> str:
        """The boot parameters of every entry."""
        return " ".join(filter(None, (self.cluster and f"cluster={self.cluster}", self.parameters)))


def check_title(title: str) -> str:
    """Returns the title; raises a UsageProblem if the menus cannot show it."""
    if not 1 <= len(title) <= MAX_TITLE or not title.isascii() or not title.isprintable() or set(title) & set(_DIFFERS):
        raise UsageProblem(f"--title takes 1 to {MAX_TITLE} ASCII characters without quotes, backslash and $, "
                           f"as both boot menus can show; not \"{title}\"")
    return title


def check_cluster(name: str) -> str:
    """Returns the cluster's name; raises a UsageProblem if it cannot be one (docs/boot-parameters.md)."""
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?", name):
        raise UsageProblem("--cluster takes 1 to 32 letters, digits and hyphens, no hyphen at either end, "
                           f"not \"{name}\"")
    return name.lower()


def check_parameters(parameters: str) -> str:
    """Returns the boot parameters with single spaces; raises a UsageProblem for what the menus cannot carry."""
    words = parameters.split()
    joined = " ".join(words)
    if not joined.isascii() or not joined.isprintable() or set(joined) & set(_DIFFERS):
        raise UsageProblem("--boot-parameters takes ASCII words without quotes, backslash and $, which isolinux and GRUB "
                           f"read differently; not \"{parameters}\"")
    if len(joined) > MAX_PARAMETERS:
        raise UsageProblem(f"--boot-parameters has {len(joined)} characters; at most {MAX_PARAMETERS} fit")
    for word in words:
        if word in ("--", "---"):
            raise UsageProblem(f"--boot-parameters: what follows a lone {word} is not read; leave it out")
        if word.startswith("clusterkey="):
            raise UsageProblem("--boot-parameters: clusterkey= would be readable by every user of each node; use --key")
        if word.startswith("cluster="):
            raise UsageProblem("--boot-parameters: use --cluster for the name of the cluster")
    return joined


def change_isolinux(text: str, old: MenuSettings, new: MenuSettings) -> str:
    """The menu of isolinux with NEW in place of OLD."""
    text = _change_lines(text, r"^[ \t]*append initrd=.*$", lambda line: _with_words(line, "", old, new), ISOLINUX)
    if new.title:
        text = _change_lines(text, r"^menu title .*$", lambda _: f"menu title {new.title}", ISOLINUX)
    if new.picture and not old.picture:
        text = _change_lines(text, r"^default menu\.c32$",
                             lambda _: f"default {_ISOLINUX_MENU}\nmenu background {picture.NAME}", ISOLINUX)
    return text


def change_grub(text: str, old: MenuSettings, new: MenuSettings) -> str:
    """The menu of GRUB with NEW in place of OLD. It has no title of its own, so that its first entry shows it."""
    text = _change_lines(text, r'^set (?:live="(?!\$live)|drone=").*"$', lambda line: _with_words(line, '"', old, new), GRUB)
    if new.title:
        text = _change_lines(text, r'^menuentry "[^"(]*\([^"]*\)".*--id node .*$',
                             lambda line: re.sub(r'\([^"]*\)"', lambda _: f'({new.title})"', line, count=1), GRUB)
    if new.picture and not old.picture:
        text = _change_lines(text, r"^terminal_output --append serial$", lambda _: _GRUB_TERMINAL, GRUB)
    return text


def _with_words(line: str, end: str, old: MenuSettings, new: MenuSettings) -> str:
    line = line.removesuffix(end)
    if old.words:
        if not line.endswith(f" {old.words}"):
            raise Failure(f"a boot menu was edited by hand: \"{line}\" does not end in \"{old.words}\", which an earlier "
                          "remastering wrote there; write it back, or begin with the original disc")
        line = line.removesuffix(f" {old.words}")
    return f"{line} {new.words}".rstrip() + end


def _change_lines(text: str, pattern: str, change, name: str) -> str:
    changed, count = re.subn(pattern, lambda match: change(match[0]), text, flags=re.MULTILINE)
    if not count:
        raise Failure(f"{name} on the disc is not as ClusterDisc makes it: no line matches {pattern}")
    return changed
