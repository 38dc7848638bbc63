# SPDX-License-Identifier: GPL-2.0-or-later
# One-liners over build.sh and the tests. `make test` is what CI runs.

PYTEST = /usr/bin/python3 -m pytest

.PHONY: iso kernel packages deps clean test test-quick bench

iso kernel packages deps clean:
	./build.sh $@

test: deps iso
	$(PYTEST)

test-quick: deps
	$(PYTEST) -m "not image and not vm and not slow"

bench: deps iso
	/usr/bin/python3 tests/bench/run.py
