# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration check, on a small Kconfig tree of its own."""

import pathlib
import sys
import textwrap

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_config  # noqa: E402  (it lies beside this file, wherever pytest was started)

KCONFIG = """
    config MODULES
    	bool "Modules"
    	default y
    	modules

    config NET
    	bool "Networking"

    config PCI
    	bool "PCI"

    config CARD
    	tristate "A network card"
    	depends on NET && (PCI || ISA)

    config ISA
    	bool

    config HELPER
    	tristate

    config USER
    	bool "User of the helper"
    	select HELPER

    config MODULE_ONLY
    	tristate "Needs the card"
    	depends on CARD

    config COUNT
    	int "How many"
    	range 1 8
    	default 4

    choice
    	prompt "Clock"
    	default SLOW
    config SLOW
    	bool "slow"
    config FAST
    	bool "fast"
    endchoice
"""


@pytest.fixture(name="check")
def check_fixture(tmp_path):
    """A function: (final configuration, fragment) -> problems."""
    (tmp_path / "Kconfig").write_text(textwrap.dedent(KCONFIG))

    def check(config, fragment):
        path = tmp_path / "config"
        path.write_text(textwrap.dedent(config))
        requests, problems = check_config.parse_fragment("topic.config", textwrap.dedent(fragment).splitlines())
        assert not problems
        kconfig = check_config.load_kconfig(str(tmp_path), str(path))
        return check_config.find_problems(kconfig, check_config.parse_config(path.read_text().splitlines()), requests)

    return check


def test_fulfilled_requests_are_no_problem(check):
    config = """\
        CONFIG_MODULES=y
        CONFIG_NET=y
        CONFIG_PCI=y
        CONFIG_CARD=m
        CONFIG_COUNT=8
        # CONFIG_USER is not set
        """
    assert check(config, config) == []


def test_unmet_dependency_is_named_with_place_and_values(check):
    (problem,) = check("CONFIG_NET=y\n", "# comment\nCONFIG_CARD=m\n")
    assert problem.startswith("topic.config:2: CARD=m became unset")
    assert "unmet: PCI || ISA (ISA=n, PCI=n)" in problem
    assert "NET" not in problem.replace("unmet: PCI", "")
    assert "at Kconfig:" in problem


def test_each_unmet_dependency_has_its_line(check):
    (problem,) = check("", "CONFIG_CARD=m\n")
    assert "unmet: NET (NET=n)" in problem
    assert "unmet: PCI || ISA" in problem


def test_built_in_asked_for_where_only_a_module_is_possible(check):
    config = "CONFIG_MODULES=y\nCONFIG_NET=y\nCONFIG_PCI=y\nCONFIG_CARD=m\nCONFIG_MODULE_ONLY=m\n"
    (problem,) = check(config, "CONFIG_MODULE_ONLY=y\n")
    assert "MODULE_ONLY=y became m" in problem
    assert "unmet: CARD (CARD=m)" in problem


def test_unknown_symbol(check):
    (problem,) = check("", "CONFIG_CRAD=m\n")
    assert "no such symbol" in problem


def test_switching_off_an_unknown_symbol_is_a_problem_too(check):
    (problem,) = check("", "# CONFIG_CRAD is not set\n")
    assert "no such symbol" in problem


def test_selected_symbol_cannot_be_switched_off(check):
    (problem,) = check("CONFIG_USER=y\nCONFIG_HELPER=y\n", "# CONFIG_HELPER is not set\n")
    assert "HELPER=n became y" in problem
    assert "selected by USER (USER=y)" in problem


def test_symbol_without_prompt(check):
    (problem,) = check("", "CONFIG_ISA=y\n")
    assert "no prompt" in problem


def test_choice_that_went_elsewhere(check):
    (problem,) = check("CONFIG_SLOW=y\n# CONFIG_FAST is not set\n", "CONFIG_FAST=y\n")
    assert "the choice it belongs to went to SLOW" in problem


def test_number_out_of_range(check):
    (problem,) = check("CONFIG_COUNT=8\n", "CONFIG_COUNT=9\n")
    assert "COUNT=9 became 8" in problem
    assert "allowed: 1 to 8" in problem


def test_module_of_a_yes_no_symbol(check):
    (problem,) = check("CONFIG_MODULES=y\nCONFIG_NET=y\n", "CONFIG_NET=m\n")
    assert "cannot be a module" in problem


def test_malformed_line_of_a_fragment():
    _, problems = check_config.parse_fragment("a.config", ["CONFIG_A=y", "CONFIG_B y"])
    assert problems == ["a.config:2: neither CONFIG_NAME=VALUE nor a comment: CONFIG_B y"]


def test_symbol_asked_for_twice():
    requests = [check_config.Request("A", "y", "one.config:3"), check_config.Request("A", "n", "two.config:5")]
    (problem,) = check_config.find_contradictions(requests)
    assert problem.startswith("two.config:5: A=n was already asked for (A=y) at one.config:3")


def test_program_fails_on_a_dropped_symbol(tmp_path, capsys):
    (tmp_path / "Kconfig").write_text(textwrap.dedent(KCONFIG))
    (tmp_path / "config").write_text("CONFIG_NET=y\n")
    good, bad = tmp_path / "good.config", tmp_path / "bad.config"
    good.write_text("CONFIG_NET=y\n")
    bad.write_text("CONFIG_CARD=y\n")
    arguments = ["--tree", str(tmp_path), "--config", str(tmp_path / "config")]
    assert check_config.main([*arguments, str(good)]) == 0
    assert check_config.main([*arguments, str(good), str(bad)]) == 1
    assert "bad.config:1: CARD=y became unset" in capsys.readouterr().err
