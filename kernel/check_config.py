#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that everything the configuration fragments ask for reached the final kernel configuration.

Kconfig drops silently what its dependencies do not allow. This program compares each line of the fragments with the
final .config and says, for every line that was dropped or overruled, which dependency, selection or choice did it.

    check_config.py --tree KERNEL_TREE --config .config FRAGMENT...

Exit status: 0 all there, 1 something is not, 2 usage.
"""

import argparse
import contextlib
import dataclasses
import io
import os
import re
import subprocess
import sys
import unittest.mock

import kconfiglib

SET_LINE = re.compile(r"CONFIG_(\w+)=(.*)$")
UNSET_LINE = re.compile(r"# CONFIG_(\w+) is not set$")


@dataclasses.dataclass(frozen=True)
class Request:
    """What one line of a fragment asks for. `value` is as .config writes it; "n" for "is not set"."""

    symbol: str
    value: str
    place: str


def parse_assignment(line):
    """(symbol, value) of a line of .config syntax, or None for comments and empty lines."""
    if match := SET_LINE.match(line):
        return match[1], match[2]
    if match := UNSET_LINE.match(line):
        return match[1], "n"
    return None


def parse_fragment(path, lines):
    """(requests, problems) of one fragment."""
    requests, problems = [], []
    for number, line in enumerate(lines, 1):
        line = line.rstrip()
        assignment = parse_assignment(line)
        if assignment:
            requests.append(Request(*assignment, f"{path}:{number}"))
        elif line and not line.startswith("#"):
            problems.append(f"{path}:{number}: neither CONFIG_NAME=VALUE nor a comment: {line}")
    return requests, problems


def find_contradictions(requests):
    """Problems for symbols that are asked for twice; even when both agree, one of them is forgotten at the next change."""
    first, problems = {}, []
    for request in requests:
        earlier = first.setdefault(request.symbol, request)
        if earlier is not request:
            problems.append(f"{request.place}: {request.symbol}={request.value} was already asked for "
                            f"({earlier.symbol}={earlier.value}) at {earlier.place}; keep one of them")
    return problems


def parse_config(lines):
    return dict(filter(None, (parse_assignment(line.rstrip()) for line in lines)))


class KernelKconfig(kconfiglib.Kconfig):
    """kconfiglib 14.1 with the one word of syntax that Kconfig got later: `modules` for `option modules` (Linux 5.14)."""

    def _open(self, filename, mode):
        file = super()._open(filename, mode)
        if mode != "r":
            return file
        with file:
            return io.StringIO(re.sub(r"^\s+modules$", "\toption modules", file.read(), flags=re.MULTILINE))


def makefile_environment(tree, architecture):
    """The variables that the kernel's Makefile exports for Kconfig."""
    compiler = os.environ.get("CC", "gcc")
    version_text = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "ARCH": architecture,
        "SRCARCH": "x86" if architecture in ("i386", "x86_64") else architecture,
        "CC": compiler, "HOSTCC": compiler, "HOSTCXX": "g++", "LD": "ld", "AR": "ar", "NM": "nm",
        "OBJCOPY": "objcopy", "OBJDUMP": "objdump", "RUSTC": "rustc", "BINDGEN": "bindgen", "PAHOLE": "pahole",
        "CLANG_FLAGS": "", "KERNELVERSION": "", "CC_VERSION_TEXT": version_text.partition("\n")[0],
        "RUSTC_VERSION_TEXT": "", "srctree": tree,
    }


def load_kconfig(tree, config, architecture="i386"):
    """The kernel's Kconfig tree with the values of `config`."""
    # Kconfig's $(shell,...) lines use paths relative to the kernel tree.
    with unittest.mock.patch.dict(os.environ, makefile_environment(tree, architecture)), contextlib.chdir(tree):
        kconfig = KernelKconfig("Kconfig", warn=False)
    kconfig.load_config(config)
    return kconfig


def symbol_values(expression):
    """"A=y, B=n" for the symbols of an expression."""
    symbols = sorted({item for item in kconfiglib.expr_items(expression)
                      if isinstance(item, kconfiglib.Symbol) and not item.is_constant and item.name},
                     key=lambda symbol: symbol.name)
    return ", ".join(f"{symbol.name}={symbol.str_value or 'unset'}" if symbol.nodes else f"{symbol.name}=undefined"
                     for symbol in symbols)


def unmet_parts(expression, wanted):
    """The operands of a conjunction that hold the symbol below `wanted` (a tristate number)."""
    return [part for part in kconfiglib.split_expr(expression, kconfiglib.AND) if kconfiglib.expr_value(part) < wanted]


def explain_dependencies(symbol, wanted):
    """Why a symbol stays below `wanted`: one sentence per unmet dependency of its best definition."""
    candidates = []
    for node in symbol.nodes:
        parts = unmet_parts(node.dep, wanted)
        if node.prompt:
            parts += [part for part in unmet_parts(node.prompt[1], wanted) if part not in parts]
        candidates.append((node, parts))
    if not any(node.prompt for node, _ in candidates):
        return ["it has no prompt: only other symbols can select it"]
    node, parts = min((pair for pair in candidates if pair[0].prompt), key=lambda pair: len(pair[1]))
    return [f"unmet: {kconfiglib.expr_str(part)} ({symbol_values(part)}) at {node.filename}:{node.linenr}"
            for part in parts]


def explain_selection(symbol):
    """Which symbols force a symbol on."""
    selectors = [part for part in kconfiglib.split_expr(symbol.rev_dep, kconfiglib.OR) if kconfiglib.expr_value(part)]
    return [f"selected by {kconfiglib.expr_str(part)} ({symbol_values(part)})" for part in selectors]


def explain(kconfig, request):
    """Sentences that say why a request did not reach the configuration."""
    symbol = kconfig.syms.get(request.symbol)
    if symbol is None or not symbol.nodes:
        return ["this kernel has no such symbol (misspelt, renamed or removed)"]
    tristate = kconfiglib.STR_TO_TRI.get(request.value)
    if tristate is None or symbol.orig_type not in (kconfiglib.BOOL, kconfiglib.TRISTATE):
        if symbol.orig_type in (kconfiglib.BOOL, kconfiglib.TRISTATE):
            return [f"it takes y, m or n, not {request.value}"]
        ranges = [f"allowed: {low.str_value} to {high.str_value}" for low, high, condition in symbol.ranges
                  if kconfiglib.expr_value(condition)]
        return explain_dependencies(symbol, 1) or ranges or ["another fragment or a default overrules it"]
    if tristate == 1 and symbol.orig_type == kconfiglib.BOOL:
        return ["it is a yes/no symbol and cannot be a module"]
    if symbol.tri_value > tristate:
        return explain_selection(symbol) or explain_dependencies(symbol, 1) or ["a default overrules it"]
    if symbol.choice and symbol.choice.selection not in (None, symbol) and not explain_dependencies(symbol, tristate):
        return [f"the choice it belongs to went to {symbol.choice.selection.name}"]
    return explain_dependencies(symbol, tristate) or ["a choice or a default overrules it"]


def find_problems(kconfig, config, requests):
    """One text for each request that is not fulfilled or cannot mean anything."""
    problems = []
    for request in requests:
        symbol = kconfig.syms.get(request.symbol)
        known = symbol is not None and bool(symbol.nodes)
        actual = config.get(request.symbol, "n")
        if known and actual == request.value:
            continue
        reasons = "\n".join(f"    {reason}" for reason in explain(kconfig, request))
        problems.append(f"{request.place}: {request.symbol}={request.value} became "
                        f"{config.get(request.symbol, 'unset')}\n{reasons}")
    return problems


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tree", required=True, help="the kernel source tree")
    parser.add_argument("--config", required=True, help="the final configuration")
    parser.add_argument("fragments", nargs="+", metavar="FRAGMENT")
    options = parser.parse_args(arguments)
    requests, problems = [], []
    for path in options.fragments:
        with open(path, encoding="utf-8") as file:
            found, bad = parse_fragment(path, file)
        requests += found
        problems += bad
    problems += find_contradictions(requests)
    config_path = os.path.abspath(options.config)
    with open(config_path, encoding="utf-8") as file:
        config = parse_config(file)
    problems += find_problems(load_kconfig(os.path.abspath(options.tree), config_path), config, requests)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"kernel configuration: all {len(requests)} requested symbols are in effect")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
