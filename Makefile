# SPDX-License-Identifier: GPL-2.0
#
# Every verb of procmon; `make help` lists them.

VARIANT  ?= kprobe
KERNELS  ?= $(KERNEL)

# Debian's kernels for another architecture have it behind their names. The scripts know
# it by that, and what else they call make for is for this machine.
ifeq ($(ARCH),arm64)
KERNEL   ?= 6.12
override KERNEL  := $(addsuffix -arm64,$(KERNEL:%-arm64=%))
override KERNELS := $(addsuffix -arm64,$(KERNELS:%-arm64=%))
else ifneq ($(filter-out amd64 x86 x86_64,$(ARCH)),)
$(error procmon: ARCH=$(ARCH): there are amd64 and arm64)
endif
ifndef KDIR
MAKEOVERRIDES :=
unexport ARCH
endif

running := $(shell uname -r)

# For which kernel? KDIR, or KERNEL, or the running one if its headers are
# there, or the kernel of the bench.
ifdef KDIR
target := --kdir $(KDIR)
else ifdef KERNEL
target := --kernel $(KERNEL)
else ifneq ($(wildcard /lib/modules/$(running)/build/Makefile),)
target := --kdir /lib/modules/$(running)/build
else
target := --kernel 6.12
note = @echo "procmon: no headers of the running kernel $(running): building for Debian's 6.12 (KDIR= or KERNEL= to choose)"
endif

all:
	$(note)
	@scripts/build.sh $(target)

install:
	@scripts/load.sh load $(VARIANT) $(PARAMS)

uninstall:
	@scripts/load.sh unload

modules_install:
	@scripts/build.sh $(target) --install $(VARIANT)

install-reader:
	@scripts/install-reader.sh $(if $(PREFIX),--prefix '$(PREFIX)')

deb:
	@scripts/package.sh

bench:
ifeq ($(TARGET),host)
	@scripts/bench-host.sh $(if $(YES),--yes)
else ifeq ($(TARGET),)
	@scripts/bench.sh $(KERNELS)
else
	@echo "procmon: TARGET=$(TARGET): there is only TARGET=host" >&2; exit 2
endif

bench-peers:
	@scripts/bench-peers.sh $(KERNELS)

test:
	@scripts/test.sh $(if $(BUSY),--busy $(BUSY)) $(KERNELS)

test-deb:
	@scripts/test-fresh.sh scripts/tests/package/install.sh

test-fresh:
	@scripts/test-fresh.sh

soak:
	@scripts/test.sh --soak $(KERNELS)

ftracetest:
	@scripts/ftracetest.sh $(addprefix --kernel ,$(KERNEL)) $(TESTS)

check:
	@scripts/check.sh $(KERNEL)

clean:
	@scripts/build.sh --clean
	$(MAKE) -s -C bench clean
	rm -rf build

help:
	@sed -n 's/^#: \{0,1\}//p' Makefile | \
		sed "s/ALL-VARIANTS/$$(scripts/build.sh --list | xargs | sed 's/ /, /g')/"

#: procmon: watch processes exit, from inside the kernel
#:
#:   make                   build all variants
#:   make install           load one variant: make install VARIANT=fprobe
#:   make uninstall         unload it
#:   make modules_install   install one variant below /lib/modules
#:   make install-reader    build the reader and install it with its manual pages and
#:                          the header for readers of your own, below PREFIX
#:                          (default /usr/local)
#:   make deb               Debian packages: procmon, with the reader and its services,
#:                          and procmon-dkms, with the modules; in build/deb
#:   make bench             what one exit costs, and where each instruction goes: writes
#:                          results/report.md (on 6.12 and the newest 7.x; KERNEL= or
#:                          KERNELS= to choose)
#:   make bench TARGET=host the same by the clock of this machine, on its running
#:                          kernel: asks first, YES=1 to agree
#:   make bench-peers       everything else: the other tools (perf, bpftrace, exitsnoop,
#:                          ...), truth, losses, growth, wall clock (forty minutes for
#:                          each kernel: 6.12, or KERNEL= or KERNELS= to choose)
#:   make test              boot a kernel and test every variant; with KERNELS
#:                          (or KERNEL) under fire, too
#:   make test-fresh        run each command that README names, first and alone, on a
#:                          fresh Debian 12 and 13 (about an hour)
#:   make test-deb          build and install the Debian packages on a fresh Debian 12 and
#:                          13, boot each, use it, upgrade and purge them (about an hour)
#:   make soak              the long storms: a million exits, 200 loads of each hook,
#:                          ten minutes of random operations (about an hour)
#:   make ftracetest        the kernel's own tests of ftrace, without and with each variant
#:                          (TESTS="kprobe ...": those whose names begin so)
#:   make check             W=1, sparse, shellcheck, who uses whom, the estimator's tests
#:   make clean             remove all that was built
#:
#: Variables:
#:   VARIANT=NAME           one of ALL-VARIANTS (default kprobe)
#:   KERNEL=SERIES          a stock Debian kernel: 6.1, 6.12 (default), 7.3, ...,
#:                          6.12-rt, 6.12-cloud, ...; or debug or debug-kcsan, made
#:                          from Debian's source, which look for bugs
#:   ARCH=arm64             for 64-bit ARM, with make, make test, make bench, make check
#:                          and modules_install: by a cross compiler, and in guests of
#:                          that architecture
#:   KERNELS="SERIES ..."   several of them, for make test, soak, bench and bench-peers
#:   BUSY=N                 loops that want a CPU each, beside make test
#:   PARAMS="NAME=VALUE"    module parameters, for make install
#:   KDIR=DIR               the build tree of any other kernel, for make
#:   PROCMON_CACHE=DIR      where unpacked kernels are kept (~/.cache/procmon)
#:
#: Without KERNEL and KDIR, make builds for the running kernel if its headers are
#: installed, else for Debian's 6.12.

.PHONY: all install uninstall modules_install install-reader deb bench bench-peers test \
	test-deb test-fresh soak ftracetest check clean help
