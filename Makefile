# tracelab: two commands matter, `make demo` and `make test`. `make help` lists the others.

BUILD  ?= build/release
CFLAGS ?= -O2 -g
SAN    ?=

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
# No fused multiply-add and no fast maths: the same bytes from every compiler and CPU.
ALL  = -std=c17 -D_GNU_SOURCE -ffp-contract=off $(WARN) $(CFLAGS) $(SAN) -MMD -MP
LIBS = -lyaml -lz

# Which rooms a room may include. The compiler enforces it: each is compiled against a view of the tree
# that holds nothing else, so that runtime and grader can never see each other.
SEES_base    = base
SEES_format  = base format
SEES_runtime = base format runtime
SEES_grader  = base format grader
SEES_lab     = base format runtime grader lab
SEES_cli     = base format runtime grader lab cli
SEES_tests   = base format runtime grader lab cli tests
ROOMS        = base format runtime grader lab cli

# `make V=1` shows the commands.
JOBS = $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
Q    = $(if $(V),,@)
say  = $(if $(V),,@echo "  $(1)" $(2))

sources = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIB_SRC  = $(filter-out cli/main.c,$(foreach r,$(ROOMS),$(call sources,$(r))))
UNIT_SRC = $(wildcard tests/unit/*.c)

all: $(if $(filter build/release,$(BUILD)),tracelab,$(BUILD)/tracelab) ## build ./tracelab

# Only the ordinary build is put where one types it; a sanitized one stays in its folder.
tracelab: build/release/tracelab
	@cp $< $@

$(BUILD)/tracelab: $(call objects,$(LIB_SRC) cli/main.c)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL) -o $@ $^ $(LIBS)

$(BUILD)/unit: $(call objects,$(LIB_SRC) $(UNIT_SRC))
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL) -o $@ $^ $(LIBS) $(shell pkg-config --libs check) -lm

$(BUILD)/proof: $(call objects,$(filter base/% format/% runtime/%,$(LIB_SRC)) $(wildcard tests/proof/*.c))
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL) -pthread -o $@ $^ $(LIBS)

$(BUILD)/bench: $(call objects,$(LIB_SRC) $(wildcard tests/bench/*.c))
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL) -o $@ $^ $(LIBS)

$(BUILD)/fuzz: $(call objects,$(LIB_SRC) $(wildcard tests/fuzz/*.c))
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c | build/view
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL) -Ibuild/view/$(firstword $(subst /, ,$<)) -c -o $@ $<

build/view: Makefile
	@rm -rf $@
	@$(foreach r,$(ROOMS) tests,mkdir -p $@/$(r); $(foreach s,$(SEES_$(r)),ln -s ../../../$(s) $@/$(r)/$(s);))
	@touch $@

setup:                                    ## install what this machine lacks (as root or with sudo)
	@./setup.sh

demo: setup                               ## one whole loop: trace, diagnose, fix, trace again
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@./tracelab demo

test: setup                               ## build and run every test
	@$(MAKE) --no-print-directory -s -j$(JOBS) all $(BUILD)/unit $(BUILD)/proof
	@BUILD=$(BUILD) tests/run.sh

bench: all                                ## measure speed and memory, beside Go where it is present
	@$(MAKE) --no-print-directory -s -j$(JOBS) $(BUILD)/bench
	@BUILD=$(BUILD) tests/bench/run.sh

asan:                                     ## all tests under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory test BUILD=build/asan CFLAGS="-O1 -g" \
		SAN="-fsanitize=address,undefined -fno-sanitize-recover=all"

tsan:                                     ## the core on real threads under ThreadSanitizer
	@$(MAKE) --no-print-directory -s -j$(JOBS) build/tsan/proof BUILD=build/tsan CFLAGS="-O1 -g" SAN=-fsanitize=thread
	@build/tsan/proof

valgrind: all                             ## runs, reports and grades under valgrind
	@tests/valgrind.sh

fuzz:                                     ## a short mutation fuzz of loader and reader, with sanitizers
	@$(MAKE) --no-print-directory -s -j$(JOBS) build/asan/fuzz BUILD=build/asan CFLAGS="-O1 -g" \
		SAN="-fsanitize=address,undefined -fno-sanitize-recover=all"
	@build/asan/fuzz

interop: all                              ## check against the real Go tools, where present
	@tests/interop/run.sh

format:                                   ## apply .clang-format to the lines that you changed
	@git clang-format --force --quiet --extensions c,h HEAD

clean:                                    ## remove everything that was built
	@rm -rf build tracelab

help:                                     ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{printf "  %-10s %s\n", $$1, $$2}'

.PHONY: all setup demo test bench asan tsan valgrind fuzz interop format clean help
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
