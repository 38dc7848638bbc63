# SPDX-License-Identifier: GPL-2.0-or-later
# One-liners over build.sh and the tests.

PYTEST = /usr/bin/python3 -m pytest

.PHONY: iso kernel packages drone test deps clean clusterdisc-vm test-quick test-kernel-debug soak soak-suites bench pictures

iso kernel packages drone test deps clean:
	./build.sh $@

# The command of ./build.sh cluster as one file that can be copied anywhere.
clusterdisc-vm:
	virtual/make-command.py out/clusterdisc-vm

test-quick: deps
	$(PYTEST) -m "not image and not vm and not slow"

# The openMosix interface in a kernel that checks itself (lockdep, kmemleak, UBSAN ...), with many random operations.
test-kernel-debug: deps
	CLUSTERDISC_VMLINUZ=$$(kernel/debug-kernel.sh) CLUSTERDISC_ROUNDS=40000 CLUSTERDISC_GUEST_SECONDS=3600 \
		$(PYTEST) tests/kernel/test_openmosix.py

# Processes are moved 100,000 times, failures come at many more moments of a move, and ten thousand random clusters are
# simulated: more than an hour.
soak: deps
	CLUSTERDISC_MOVES=560 CLUSTERDISC_MOMENTS=12 CLUSTERDISC_SEEDS=10000 $(PYTEST) -n 2 tests/migration \
		tests/balance/test_simulator.py tests/cluster/test_simulator.py

# Python's and perl's own test suites, unmoved and moved: many hours. ARGUMENTS="--suite perl --share 1/20" for a part.
soak-suites: deps
	/usr/bin/python3 tests/soak/suites.py $(ARGUMENTS)

bench: deps iso
	/usr/bin/python3 tests/bench/run.py

# The manual's pictures are those that the boot tests took.
pictures:
	cp out/screenshots/*.png docs/pictures/
