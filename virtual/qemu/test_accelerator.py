# SPDX-License-Identifier: GPL-2.0-or-later
"""The choice of the accelerator."""

import pytest

from qemu import accelerator
from qemu.accelerator import KVM, TCG, Attempt, NoAccelerator, choose, run_probe


def probe(**attempts):
    """A stand-in for run_probe that knows the answer, and keeps to the limit."""
    def run(name, limit):
        attempt = attempts[name]
        return attempt if attempt.seconds <= limit else Attempt(limit, "too slow")
    return run


def test_the_emulator_runs_the_probe_guest():
    assert run_probe("tcg").problem is None


def test_an_accelerator_that_does_not_exist_is_a_problem_with_qemus_words():
    assert "no-such-accelerator" in run_probe("no-such-accelerator").problem


def test_a_missing_emulator_is_a_problem_with_a_remedy():
    assert "./build.sh deps" in run_probe("tcg", qemu="no-such-qemu").problem


def test_a_guest_that_never_answers_is_a_problem(monkeypatch):
    monkeypatch.setattr(accelerator.boot_sector, "exit_with", lambda value: b"\xeb\xfe")
    assert "within 2 s" in run_probe("tcg", limit=2).problem


def test_takes_kvm_where_it_works():
    assert choose(probe(kvm=Attempt(0.3), tcg=Attempt(0.5))) is KVM
    assert choose(probe(kvm=Attempt(0.3), tcg=Attempt(0, "broken"))) is KVM


def test_falls_back_where_kvm_is_refused():
    assert choose(probe(kvm=Attempt(0.1, "refused"), tcg=Attempt(0.5))) is TCG


def test_falls_back_where_kvm_is_slower_than_emulation():
    assert choose(probe(kvm=Attempt(20), tcg=Attempt(0.5))) is TCG


def test_none_that_works_names_every_problem():
    with pytest.raises(NoAccelerator, match="(?s)kvm: broken kvm.*tcg: broken tcg"):
        choose(probe(kvm=Attempt(0, "broken kvm"), tcg=Attempt(0, "broken tcg")))


def test_old_cpus_are_always_emulated(monkeypatch):
    monkeypatch.setattr(accelerator, "probe_accelerator", lambda: KVM)
    assert accelerator.accelerator_for("486") is TCG
    assert accelerator.accelerator_for("486,+cx8") is TCG
    assert accelerator.accelerator_for("pentium3") is KVM
