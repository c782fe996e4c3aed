# Shardlab's tasks. `make` lists them.

GO       ?= go
WEB      := web
BIN      := bin
DIST     := dist
PACK     := $(WEB)/tools/bin/pack
PACKAGES := $(WEB)/node_modules/.package-lock.json
NPM_CLIENTS := server/awsjson/clients/testdata/js
READERS  := wasm/columnar/testdata/tools
WASM     := $(BIN)/app.wasm $(BIN)/engine.wasm $(BIN)/console.wasm

# What a learner downloads, brotli at its best, in bytes. CI fails above.
BUDGETS  := app.wasm=1900000,engine.wasm=2200000,console.wasm=1650000,editor.js=150000

# The same source gives the same bytes, so that a browser fetches only what has really changed.
BUILD_WASM := GOOS=js GOARCH=wasm CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags='-s -w'

# What the engine needs for words and not for records is compiled without inlining: 10 % less to download, and the hot path
# (kinesis, sim, cloudwatch, producer, consumer, region, md5) keeps its speed. The page is words throughout (APP_COLD): 9 % less.
COLD := github.com/itchyny/... github.com/jmespath/... mvdan.cc/... golang.org/x/term \
	bufio bytes context encoding/json errors flag fmt internal/poll internal/strconv io/... math/big net/... os/... path/... \
	reflect regexp/... slices sort strconv strings syscall text/... time unicode/... \
	shardlab/wasm shardlab/wasm/console/... shardlab/wasm/share shardlab/wasm/terminal shardlab/wasm/grade shardlab/wasm/dynamodb shardlab/wasm/fis shardlab/wasm/glue shardlab/wasm/iam shardlab/wasm/kms \
	shardlab/wasm/agent shardlab/wasm/analytics shardlab/wasm/connector shardlab/wasm/firehose shardlab/wasm/kcl shardlab/wasm/protocol shardlab/wasm/s3 shardlab/wasm/sink shardlab/wasm/jq/... shardlab/wasm/lab shardlab/wasm/lambda shardlab/wasm/pricing shardlab/wasm/calculate shardlab/wasm/scaler shardlab/wasm/scenario shardlab/wasm/aws
BUILD_ENGINE := $(BUILD_WASM) $(foreach p,$(COLD),-gcflags=$(p)=-l)
BUILD_CONSOLE := $(BUILD_WASM) $(foreach p,$(COLD) compress/... crypto/... encoding/... hash/... maps os shardlab/... vendor/...,-gcflags=$(p)=-l)

# Where net/http is not used the linker drops most of it, and it sees that better with inlining: net, mime and vendor keep it.
APP_COLD := shardlab/app/... github.com/maxence-charriere/... bufio bytes context crypto/... encoding/... fmt html/... io/... log/... math/big os \
	reflect regexp/... slices sort strconv strings text/... time unicode/...
BUILD_APP := $(BUILD_WASM) $(foreach p,$(APP_COLD),-gcflags=$(p)=-l)

# KEEP_LINES=1 keeps files and lines in the stack traces of the programs, which are some 200 kB larger to download then.
PACK_ARGS   = -web $(WEB) -wasm $(BIN) -app app -exec "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" $(if $(KEEP_LINES),-lines)

# AWS's own words are error texts here, capitals and full stops included: ST1005 does not fit.
CHECKS := -checks inherit,-ST1005

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test bench lint build dist clean statements \
	wasm assets best-assets packages prerequisites check-format check-vet test-go test-clients test-files test-wasm test-e2e FORCE

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build what has changed and serve the lab on http://127.0.0.1:8080
	@exec $(BIN)/shardlab serve $(ARGS)

build: prerequisites assets ## build the WebAssembly programs, the assets and the server
	@$(GO) build -o $(BIN)/shardlab ./server

dist: prerequisites best-assets ## build one server binary with every asset inside: dist/shardlab
	@mkdir -p $(DIST)
	@$(GO) build -trimpath -ldflags='-s -w' -o $(DIST)/shardlab ./server
	@ls -l $(DIST)/shardlab | awk '{ printf "%s, %.1f MB\n", $$NF, $$5 / 1e6 }'

test: ## run every test: format, vet, Go, AWS clients, WebAssembly, sizes, browser, statements
	@$(WEB)/tools/steps.sh \
		"Prerequisites"                              "$(MAKE) -s prerequisites packages" \
		"A Chromium for the browser tests"           "$(WEB)/tools/chromium.sh" \
		"Format (gofmt)"                             "$(MAKE) -s check-format" \
		"Vet"                                        "$(MAKE) -s check-vet" \
		"The server with every asset, within budget" "$(MAKE) -s dist" \
		"Go tests"                                   "$(MAKE) -s test-go" \
		"Real AWS clients"                           "$(MAKE) -s test-clients" \
		"Files, read by others"                      "$(MAKE) -s test-files" \
		"The engine's tests as WebAssembly"          "$(MAKE) -s test-wasm" \
		"End to end in Chromium"                     "$(MAKE) -s test-e2e" \
		"Statements: taught, shown, asked"           "$(MAKE) -s statements"

bench: dist packages ## print speed, memory, start and size figures against their budgets
	@$(WEB)/tools/title.sh "Sizes"
	@$(PACK) $(PACK_ARGS) -best -budget $(BUDGETS)
	@$(WEB)/tools/title.sh "Go benchmarks"
	@$(GO) test -run '^$$' -bench . -benchmem ./...
	@$(WEB)/tools/title.sh "The AWS endpoint beside kinesalite"
	@found="$$($(WEB)/tools/clients.sh npm)" && $(GO) run ./server/awsjson/clients/beside \
		-shardlab $(DIST)/shardlab -node "$${found#CLIENT_NODE=}" -kinesalite $(NPM_CLIENTS)/node_modules/kinesalite
	@if [ -f $(WEB)/e2e/bench.mjs ]; then \
		$(WEB)/tools/title.sh "In Chromium" && \
		CHROMIUM="$$($(WEB)/tools/chromium.sh)" SHARDLAB_BIN="$(CURDIR)/$(DIST)/shardlab" node $(WEB)/e2e/bench.mjs; \
	fi

lint: check-format check-vet ## check format, vet and staticcheck
	@$(WEB)/tools/title.sh "staticcheck"
	@tool="$$($(GO) tool -modfile=$(WEB)/tools/go.mod -n staticcheck)" && \
		"$$tool" $(CHECKS) ./... && GOOS=js GOARCH=wasm "$$tool" $(CHECKS) ./app/... ./wasm/... && \
		cd $(WEB)/tools && "$$tool" $(CHECKS) ./...

statements: ## report which statements are taught, shown and asked, and by what
	@$(GO) run ./lessons/lint/statements

clean: ## remove what was built (not the database)
	@rm -rf $(BIN) $(DIST) $(WEB)/tools/bin $(WEB)/node_modules $(NPM_CLIENTS)/node_modules $(READERS)/node_modules test-results
	@find $(WEB)/built -mindepth 1 ! -name README -delete

# --- the parts ---

prerequisites:
	@$(WEB)/tools/prerequisites.sh

packages: $(PACKAGES)

$(PACKAGES): $(WEB)/package.json $(WEB)/package-lock.json
	@cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Go itself knows what has changed: these run each time and do nothing when all is there.
wasm: $(WASM)

$(BIN)/app.wasm: FORCE
	@mkdir -p $(BIN)
	@$(BUILD_APP) -o $@ ./app

$(BIN)/engine.wasm: FORCE
	@$(BUILD_ENGINE) -o $@ ./wasm

$(BIN)/console.wasm: FORCE
	@$(BUILD_CONSOLE) -o $@ ./wasm/console/worker

$(PACK): FORCE
	@cd $(WEB)/tools && $(GO) build -o bin/pack ./pack

assets: $(PACK) packages wasm
	@$(PACK) $(PACK_ARGS)

best-assets: $(PACK) packages wasm
	@$(PACK) $(PACK_ARGS) -best -budget $(BUDGETS)

check-format:
	@bad="$$(gofmt -l app lessons server wasm web/*.go web/tools *.go)"; \
	if [ -n "$$bad" ]; then echo "not formatted, run gofmt -w on:"; echo "$$bad"; exit 1; fi

check-vet:
	@$(GO) vet ./...
	@GOOS=js GOARCH=wasm $(GO) vet ./app/... ./wasm/...
	@cd $(WEB)/tools && $(GO) vet ./...

# The packages that take longest begin first, so that at the end no core waits for one of them. check-vet looks at all of it, so the
# tests do not vet once more.
LONG_GO   := ./lessons/lint ./lessons/js ./lessons/play ./wasm/lab ./server
LONG_WASM := ./wasm/lab ./wasm/region ./wasm/console ./wasm/kcl ./wasm/kinesis

test-go:
	@$(GO) test -vet=off -timeout 30m $(LONG_GO) ./...
	@cd $(WEB)/tools && $(GO) test -vet=off ./...

# The AWS CLI, boto3 and the AWS SDKs for Go, JavaScript and Java against the endpoint.
test-clients:
	@found="$$($(WEB)/tools/clients.sh)" && cd server/awsjson/clients && env $$found CLIENTS=all $(GO) test -vet=off -count=1 -timeout 20m

# DuckDB, Apache Arrow, hyparquet, gzip, unzip and readers of Snappy on the files that delivery makes. WebAssembly writes the same
# bytes: test-wasm holds it to their hashes.
test-files: $(READERS)/node_modules/.package-lock.json
	@command -v unzip >/dev/null || apt-get install -y -q unzip >&2 || { echo "The tests of files need unzip: install it" >&2; exit 1; }
	@READERS=all $(GO) test -vet=off -count=1 -run 'ByOthers|ParquetGo' ./wasm/columnar

$(READERS)/node_modules/.package-lock.json: $(READERS)/package.json $(READERS)/package-lock.json
	@cd $(READERS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

test-wasm:
	@GOOS=js GOARCH=wasm CGO_ENABLED=0 $(GO) test -vet=off -timeout 40m -exec "$(CURDIR)/$(WEB)/tools/wasm-exec.sh" $(LONG_WASM) ./wasm/... ./app/model/...

test-e2e:
	@CHROMIUM="$$($(WEB)/tools/chromium.sh)" SHARDLAB_BIN="$(CURDIR)/$(DIST)/shardlab" \
		node --test --test-concurrency=1 --test-reporter=spec $(WEB)/e2e/*.test.mjs

FORCE:
