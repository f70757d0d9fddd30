# ClubPad: what can be done here. `make` alone prints this list.

SETUP := node_modules/.clubpad-setup
RUN_TS := node --import tsx
BOARD ?= esp32
SCENARIO ?=
ONLY ?=
RUNS ?= 20000
SECONDS ?= 60
TARGET ?=

.PHONY: help run pad test test-espruino test-peers test-lua check fuzz exhaust exhaust-pairs \
  soak attack bench build size boards canaries
.DEFAULT_GOAL := help

## Show this help
help:
	@awk '/^## /{text = substr($$0, 4)} /^[a-z-]+:/{if (text) printf "  make %-13s %s\n", \
	  substr($$1, 1, length($$1) - 1), text; text = ""}' Makefile

## Simulate a day at a club: pads, cards, members, and the back office (SCENARIO=FILE for another)
run: $(SETUP)
	@npx clubpad sim run $(SCENARIO)

## Operate one simulated pad from the keyboard
pad: $(SETUP)
	@npx clubpad sim pad

## Run the checks and all test suites (ONLY=WORD: just the suites with WORD in their path)
test: $(SETUP)
	@$(RUN_TS) scripts/test/run.ts $(if $(ONLY),,check) suites $(ONLY)

## Play a day with the bundle in a real Espruino for Linux (ESPRUINO=FILE, or on the PATH)
test-espruino: $(SETUP)
	@ESPRUINO="$(ESPRUINO)" $(RUN_TS) scripts/espruino/test-espruino.ts

## Feed every parser of outside things with broken input (RUNS=20000 for each, TARGET=one of them)
fuzz: $(SETUP)
	@npx clubpad fuzz $(TARGET) --runs $(RUNS)

## Have tools of libnfc, libfreefare and mfoc at simulated cards (ONLY=WORD: just those cases)
test-peers: $(SETUP)
	@$(RUN_TS) scripts/peers/test-peers.ts $(ONLY)

## Disturb every kind of tap at every place, then pairs of faults by chance for SECONDS=60
exhaust: $(SETUP)
	@npx clubpad exhaust --seconds $(SECONDS)

## Disturb every kind of tap by all pairs of faults (hours; goes on where it was stopped)
exhaust-pairs: $(SETUP)
	@npx clubpad exhaust --pairs

## Soak shops in random days with faults (ARGS="--taps 1000000 --seed x --json", see --help)
soak: $(SETUP)
	@npx clubpad soak $(ARGS)

## Play a day with the NodeMCU bundle in Lua 5.1
test-lua: $(SETUP)
	@$(RUN_TS) scripts/test/run.ts suites scripts/build/portable scripts/build/rule-cases
	@$(RUN_TS) scripts/lua/test-lua.ts

## Try to be paid twice, knowing all sector keys of a card (SEARCH=TAP-RUNS, SEED=TEXT)
attack: $(SETUP)
	@npx clubpad attack $(if $(SEARCH),--search $(SEARCH)) $(if $(SEED),--seed $(SEED))

## Spoil the firmware on purpose, one bug after another: the searches must catch every one
canaries: $(SETUP)
	@npx clubpad exhaust --canaries

## Check format, lint, types, and the project's own rules
check: $(SETUP)
	@$(RUN_TS) scripts/test/run.ts check

## Measure taps on air, buses and flash, the bundle, and the simulator's speed
bench: $(SETUP)
	@$(RUN_TS) scripts/bench/bench.ts

## Build the firmware bundle of a board (BOARD=esp32) within its size budget
build: $(SETUP)
	@$(RUN_TS) scripts/build/build.ts $(BOARD)

## Show the bundle's bytes by source file
size: $(SETUP)
	@$(RUN_TS) scripts/build/build.ts $(BOARD) --sizes

## Write what is made from the board profiles: entry files and wiring pictures
boards: $(SETUP)
	@$(RUN_TS) scripts/board/write-boards.ts

# Sets up by itself, again whenever the lock file changes; needs the network only then.
$(SETUP): package-lock.json
	@command -v node >/dev/null || { echo "Node.js 20 or newer is needed: https://nodejs.org" >&2; \
	  exit 1; }
	@node -e 'if (parseInt(process.versions.node) < 20) { console.error("Node.js 20 or newer is \
	needed, this is " + process.version); process.exit(1) }'
	@echo "Installing the packages of package-lock.json ..."
	@npm ci --no-progress --loglevel=error
	@ln -sf ../../scripts/clubpad.mjs node_modules/.bin/clubpad
	@touch $@
