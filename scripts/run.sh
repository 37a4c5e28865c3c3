#!/usr/bin/env bash
# Runs one job of this checkout on a machine that may lack everything for it: set-up first, then the build, then the job with the right Node.
# stdout belongs to the job alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  echo "usage: scripts/run.sh demo|bench|sim|explore|chaos|fuzz|test|build|lint|format|format:check|deadcode|vitest [arguments]" >&2
  exit 2
}

# The manifest spares the CLI from loading every command at start, the schemas are for editors; both are made again only after a build that
# changed something.
build() {
  tsc -b >&2
  [ packages/cli/oclif.manifest.json -nt packages/cli/dist/.tsbuildinfo ] || npm run --silent --if-present --workspace packages/cli manifest >&2
  [ packages/cli/schemas/cluster.schema.json -nt packages/cli/dist/.tsbuildinfo ] || schemas
}

schemas() {
  mkdir -p packages/cli/schemas
  for name in node cluster; do node packages/cli/bin/run.js schema "$name" > "packages/cli/schemas/$name.schema.json"; done
}

[ $# -ge 1 ] || usage
job=$1
shift

setup_started=$(date +%s)
if ! bash scripts/setup.sh; then
  [ "$job" = test ] && echo '0 passed, 1 failed, 0 skipped'
  exit 1
fi
[ -x .toolchain/node/bin/node ] && PATH="$PWD/.toolchain/node/bin:$PATH"
export PATH="$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin"

case "$job" in
  demo)
    build
    exec node packages/cli/bin/run.js demo "$@"
    ;;
  bench)
    build
    exec node packages/lab/dist/bench/main.js "$@"
    ;;
  sim)
    build
    exec node packages/core/dist/testing/sim/main.js "$@"
    ;;
  explore)
    build
    exec node packages/core/dist/testing/explore/main.js "$@"
    ;;
  chaos)
    build
    exec node packages/lab/dist/chaos/main.js "$@"
    ;;
  fuzz) exec node scripts/fuzz.ts "$@" ;;
  test) SETUP_SECONDS=$(($(date +%s) - setup_started)) exec node scripts/test.ts "$@" ;;
  build) build ;;
  lint) exec oxlint --type-aware --deny-warnings "${@:-.}" ;;
  format) exec oxfmt "${@:-.}" ;;
  format:check) exec oxfmt --check "${@:-.}" ;;
  deadcode) exec knip "$@" ;;
  vitest) exec vitest "$@" ;;
  *) usage ;;
esac
