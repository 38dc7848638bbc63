# SPDX-License-Identifier: GPL-2.0-or-later
# One-liners over build.sh and the tests. `make test` is what CI runs.

PYTEST = /usr/bin/python3 -m pytest

.PHONY: iso kernel packages deps clean test test-quick soak soak-suites bench pictures

iso kernel packages deps clean:
	./build.sh $@

# Two workers, one for each virtual machine that runs at a time.
test: deps iso
	$(PYTEST) -n 2 --dist loadgroup

test-quick: deps
	$(PYTEST) -m "not image and not vm and not slow"

# Processes are moved 100,000 times, and failures come at many more moments of a move: about 40 minutes.
soak: deps
	CLUSTERDISC_MOVES=800 CLUSTERDISC_MOMENTS=12 $(PYTEST) -n 2 tests/migration

# Python's and perl's own test suites, unmoved and moved: many hours. ARGUMENTS="--suite perl --share 1/20" for a part.
soak-suites: deps
	/usr/bin/python3 tests/soak/suites.py $(ARGUMENTS)

bench: deps iso
	/usr/bin/python3 tests/bench/run.py

# The manual's pictures are those that the boot tests took.
pictures:
	cp out/screenshots/*.png docs/pictures/
