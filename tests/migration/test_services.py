# SPDX-License-Identifier: GPL-2.0-or-later
"""A server answers requests, and an interactive program its user, while they are moved around."""

import signal
import subprocess

import pexpect
import pytest

from guests.running import ENVIRONMENT, PATIENCE
from migration.mover import move_family

REQUESTS = 100
TURNS = 9
# Made when there were so many moves: how fast those are depends on what else the machine does.
ENOUGH = "enough"

# Without threads, unlike `python3 -m http.server`: a process with threads stays where it is.
SERVER = """
import http.server
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = 'HTTP/1.0'
    def log_message(self, *arguments):
        pass
server = http.server.HTTPServer(('127.0.0.1', 8080), Handler)
print('ready', flush=True)
server.serve_forever()
"""

CLIENT = f"""
import os, urllib.request
number = 0
while number < {REQUESTS} or not os.path.exists('{ENOUGH}'):
    number += 1
    with urllib.request.urlopen('http://127.0.0.1:8080/content', timeout={PATIENCE}) as answer:
        assert answer.status == 200
        assert answer.read() == open('content', 'rb').read(), number
print('all right')
"""


def test_a_web_server_answers_all_requests(three_nodes, testbed):
    home = three_nodes[0]
    folder = home.make_folder("served")
    (home.outside(folder) / "content").write_bytes(bytes(range(256)) * 1000)
    with subprocess.Popen(home.command("python3", "-c", SERVER, folder=folder), stdout=subprocess.PIPE, text=True,
                          env=ENVIRONMENT) as server:
        try:
            assert server.stdout.readline() == "ready\n"
            with subprocess.Popen(home.command("python3", "-c", CLIENT, folder=folder), stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT) as client:
                def is_over() -> bool:
                    if testbed.moves >= TURNS:
                        (home.outside(folder) / ENOUGH).touch()
                    return client.poll() is not None

                moves = move_family(testbed, server.pid, three_nodes, is_over, 10 * PATIENCE)
                assert client.stdout.read() == "all right\n"
            assert moves >= TURNS
            server.send_signal(signal.SIGINT)
            assert server.wait(timeout=PATIENCE) in (1, -signal.SIGINT, 130)
        finally:
            server.kill()


def places(nodes):
    """Where to go in each turn."""
    return [(*nodes[1:], "home")[turn % len(nodes)] for turn in range(TURNS)]


@pytest.fixture
def terminal(three_nodes):
    """Starts interactive programs at home; the ends of them are seen to."""
    started = []

    def start(*command) -> pexpect.spawn:
        words = three_nodes[0].command(*command)
        child = pexpect.spawn(words[0], words[1:], env=dict(ENVIRONMENT, TERM="dumb", PS1="> "), timeout=PATIENCE,
                              encoding="utf-8", echo=False)
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def test_a_shell_answers_between_moves(three_nodes, testbed, terminal):
    home = three_nodes[0]
    shell = terminal("bash", "--norc", "--noediting", "-i")
    shell.expect_exact("> ")
    shell.sendline("count=0; echo pid $$")
    shell.expect(r"pid (\d+)\r\n")
    assert int(shell.match[1]) == shell.pid
    for turn, place in enumerate(places(three_nodes), 1):
        shell.expect_exact("> ")
        # It sits in read() on the terminal now.
        home.move(shell.pid, place)
        testbed.moves += 1
        shell.sendline(f"count=$((count + 1)); echo turn $count of $(echo {turn} | cat)")
        shell.expect_exact(f"turn {turn} of {turn}\r\n")
    shell.expect_exact("> ")
    shell.sendline("exit 6")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 6


def test_ctrl_c_reaches_an_interactive_program(three_nodes, testbed, terminal):
    home = three_nodes[0]
    python = terminal("python3", "-q", "-i", "-c", "import sys; sys.ps1 = 'ready> '")
    for turn, place in enumerate(places(three_nodes)):
        python.expect_exact("ready> ")
        home.move(python.pid, place)
        testbed.moves += 1
        python.sendline(f"{turn} * 1001")
        python.expect_exact(f"{turn * 1001}\r\n")
        python.expect_exact("ready> ")
        # In user code and without any system call until it is interrupted; ctrl-C also discards what was typed before.
        python.sendline("print('lo' + 'ops', flush=True); exec('while True: pass')")
        python.expect_exact("loops\r\n")
        python.sendintr()
        python.expect_exact("KeyboardInterrupt")
    python.expect_exact("ready> ")
    python.sendeof()
    python.expect(pexpect.EOF)


SIZES = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
print('ready', flush=True)
while True:
    signal.sigwait([signal.SIGWINCH])
    print(os.get_terminal_size(0).lines, 'lines', flush=True)
"""


def test_a_resized_terminal_is_told(three_nodes, testbed, terminal):
    home, away, _ = three_nodes
    program = terminal("python3", "-c", SIZES)
    program.expect_exact("ready")
    for rows, place in ((31, away), (32, "home"), (33, away)):
        home.move(program.pid, place)
        testbed.moves += 1
        program.setwinsize(rows, 77)
        program.expect_exact(f"{rows} lines")
