# make test is what CI runs. RACE=1 adds the race detector, which needs a C compiler; ROLES=1 runs the site under the role of
# docs/two-roles.sql, which may not change the schema.
GO      ?= go
ENGINE  ?= $(shell command -v podman || command -v docker)
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
COMMIT  ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null)

.PHONY: help run test bench chaos build image clean chromium postgres

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 14

run: ## the site with a PostgreSQL of its own, on http://localhost:8080
	$(GO) run .

test: chromium postgres ## set up what the tests need, and run all of them
	$(if $(ROLES),POSTROOM_TEST_ROLES=1) $(GO) test $(if $(RACE),-race) -timeout 30m ./...

bench: ## measure it beside a bare program (needs wrk, and some minutes)
	$(GO) run ./bench

chaos: ## kill the program and PostgreSQL while credits move, and compare the ledger (under 4 minutes)
	$(GO) run ./bench/chaos

build: ## the program as one static file, ./postroom
	CGO_ENABLED=0 $(GO) build -trimpath -tags nomsgpack -o postroom \
	  -ldflags "-s -w -X postroom/controllers/commands.version=$(VERSION) -X postroom/controllers/commands.commit=$(COMMIT)" .

image: ## the container image postroom, by podman or docker
	$(ENGINE) build $(if $(findstring podman,$(ENGINE)),--format docker) --build-arg VERSION=$(VERSION) --build-arg COMMIT=$(COMMIT) -t postroom .

clean: ## remove ./postroom; the site's data stays
	rm -f postroom

# The two that the tests cannot do without. Where apt-get is not there, or may not be used, the tests say what to do.
chromium:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit; done; $(call install,chromium)

postgres:
	@for file in "$$POSTGRES_BIN/postgres" "$$(command -v postgres)" /usr/lib/postgresql/*/bin/postgres; do test -x "$$file" && exit; done; $(call install,postgresql)

define install
command -v apt-get >/dev/null || exit 0; \
root=; test "$$(id -u)" = 0 || root=sudo; \
test -z "$$root" || command -v sudo >/dev/null || exit 0; \
echo "Installing Debian's $(1) for the tests"; \
$$root apt-get update -qq && $$root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(1) </dev/null >/dev/null || true
endef
