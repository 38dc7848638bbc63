# SPDX-License-Identifier: GPL-2.0-or-later
"""Real programs, with everything that they start, are moved while they run: their output is that of an unmoved run."""

import hashlib
import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from guests.running import ENVIRONMENT
from migration.mover import move_family
from migration.node import Node

MAX_SECONDS = 300.0
LINES = 120_000


def write_text(folder: Path) -> None:
    """Some megabytes that look like a log."""
    words = random.Random(7)
    with (folder / "input").open("w") as file:
        for number in range(LINES):
            file.write(f"{words.randrange(10**9):09d} user{words.randrange(500)} {words.random():.6f} line {number}\n")


def write_project(folder: Path) -> None:
    """A C project of a library and a program."""
    names = [f"part{number}" for number in range(40)]
    for number, name in enumerate(names):
        (folder / f"{name}.c").write_text(f"int {name}(int value) {{ return value * {number} + {number * number}; }}\n")
    declarations = "".join(f"int {name}(int);\n" for name in names)
    calls = " + ".join(f"{name}({number})" for number, name in enumerate(names))
    (folder / "main.c").write_text(f"#include <stdio.h>\n{declarations}"
                                   f"int main(void) {{ printf(\"%d\\n\", {calls}); }}\n")
    objects = " ".join(f"{name}.o" for name in names)
    (folder / "Makefile").write_text(
        "result: program\n\t./program > $@\nprogram: main.o libparts.a\n\tgcc -o $@ $^\n"
        f"libparts.a: {objects}\n\tar rcD $@ $^\n"
        "%.o: %.c\n\tgcc -O2 -c -o $@ $<\n")


AWK = "{ count[$2] += 1; sum[$2] += $3 } END { for (user in count) print user, count[user], sum[user] | \"sort\" }"

PERL = """
my (%seen, $digest);
for my $round (1 .. 6) {
    open(my $file, '<', 'input') or die $!;
    while (<$file>) { my ($key, $user) = split; $seen{$user}{$key % 1000}++; $digest = ($digest * 31 + $key) % 1000003 }
}
print "$digest\\n";
for my $user (sort keys %seen) {
    my $counts = $seen{$user};
    print "$user ", join(',', map { "$_:$counts->{$_}" } sort { $a <=> $b } keys %$counts), "\\n";
}
"""

PYTHON = """
import collections, hashlib, json, zlib
counts = collections.Counter()
digest = hashlib.sha256()
for turn in range(4):
    with open('input', 'rb') as file:
        for line in file:
            fields = line.split()
            counts[fields[1].decode()] += int(fields[0]) % 97
            digest.update(line[::-1])
with open('input', 'rb') as file:
    digest.update(zlib.compress(file.read()))
with open('result.json', 'w') as file:
    json.dump(dict(sorted(counts.items())), file)
print(digest.hexdigest())
"""

SQLITE = """
import sqlite3
database = sqlite3.connect('database')
database.execute('create table entries (number integer primary key, user text, value real)')
with open('input') as file:
    for index, line in enumerate(file):
        number, user, value = line.split()[:3]
        database.execute('insert or replace into entries values (?, ?, ?)', (int(number), user, float(value)))
        if index % 2000 == 0:
            database.commit()
database.commit()
database.execute('create index by_user on entries (user)')
for row in database.execute('select user, count(*), sum(value) from entries group by user order by user'):
    print(*row)
assert database.execute('pragma integrity_check').fetchone() == ('ok',)
database.close()
"""

SHELL = """
set -eu
for turn in $(seq 40); do
    grep "user$turn" input | cut -d' ' -f1,3 | sort -n | head -n 2000 > "part$turn"
    lines=$(wc -l < "part$turn")
    echo "turn $turn: $lines $(sed 's/ .*//' "part$turn" | md5sum)"
done
cat part* | tr 0-9 a-j | sort -u | tee all | wc -l
while read -r first _; do echo "$first"; done < part1 | tail -n 3
"""


@dataclass(frozen=True)
class RealProgram:
    """A command, and what it needs in its folder."""

    name: str
    command: tuple[str, ...]
    prepare: Callable[[Path], None] = write_text


PROGRAMS = [
    RealProgram("gzip", ("gzip", "-9", "-n", "-c", "input")),
    RealProgram("gzip_and_back", ("sh", "-c", "gzip -n < input | gunzip | cksum")),
    RealProgram("xz", ("xz", "-3", "-T1", "-k", "input")),
    # Temporary files, and no threads.
    RealProgram("sort", ("sort", "--parallel=1", "-S", "1M", "-T", ".", "-k3", *["input"] * 12)),
    RealProgram("awk", ("awk", AWK, *["input"] * 20)),
    RealProgram("perl", ("perl", "-e", PERL)),
    RealProgram("python", ("python3", "-c", PYTHON)),
    RealProgram("sqlite", ("python3", "-c", SQLITE)),
    RealProgram("shell", ("bash", "-c", SHELL)),
    RealProgram("make", ("make", "-s"), write_project),
]


def digests(folder: Path) -> dict[str, str]:
    """Of all files in FOLDER, which are what the program has made and what it has got."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def start(node: Node, program: RealProgram, folder: Path) -> subprocess.Popen:
    """Starts it with its output in the file "output"."""
    # Folders have names of the same length, and programs no other way to tell them apart.
    with (node.outside(folder) / "output").open("wb") as output:
        return subprocess.Popen(node.command(*program.command, folder=folder), stdin=subprocess.DEVNULL, stdout=output,
                                stderr=subprocess.STDOUT, env=ENVIRONMENT)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_output_is_that_of_an_unmoved_run(program, three_nodes, testbed):
    home = three_nodes[0]
    folders = [home.make_folder(name) for name in ("stays", "moves")]
    for folder in folders:
        program.prepare(home.outside(folder))
    with start(home, program, folders[0]) as process:
        assert process.wait(timeout=MAX_SECONDS) == 0, (home.outside(folders[0]) / "output").read_text(errors="replace")[-2000:]
    with start(home, program, folders[1]) as process:
        try:
            moves = move_family(testbed, process.pid, three_nodes, lambda: process.poll() is not None, MAX_SECONDS)
        finally:
            process.kill()
    output = (home.outside(folders[1]) / "output").read_text(errors="replace")
    assert process.returncode == 0, output[-2000:]
    assert digests(home.outside(folders[0])) == digests(home.outside(folders[1])), output[-2000:]
    assert moves > 0, "it has ended before it was moved once"
