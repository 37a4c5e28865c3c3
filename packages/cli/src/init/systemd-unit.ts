interface UnitOptions {
  readonly command: readonly string[]
  readonly data: string
}

/** The service of a user without rights, who runs a witness: it moves nothing on this machine, and needs none. */
export function userUnit({ command }: UnitOptions): string {
  return `[Unit]
Description=movip: a witness, that votes on where service addresses live
# However often it fails, it is started again: a vote that is missing may be the one that counts.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${command.map(quote).join(' ')}
Restart=always
RestartSec=1
# SIGTERM goes to the daemon alone: it ends its nats-server itself.
KillMode=mixed
TimeoutStopSec=30
NoNewPrivileges=yes
UMask=0077

[Install]
WantedBy=default.target
`
}

interface MachineUnitOptions extends UnitOptions {
  /** The daemon starts services of this node itself: they inherit whatever its unit forbids. */
  readonly startsServices: boolean
}

/** The service that runs the daemon, with the rights it needs and no others; where it starts services itself, with those of any service of root. */
export function systemdUnit(options: MachineUnitOptions): string {
  return `[Unit]
Description=movip: keeps service addresses alive
Wants=network-online.target
After=network-online.target nftables.service
# However often it fails, it is started again: an idle node protects nobody.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${options.command.map(quote).join(' ')}
Restart=always
RestartSec=1
# SIGTERM goes to the daemon alone: it hands its groups over and then ends its nats-server itself.
KillMode=mixed
TimeoutStopSec=30
OOMScoreAdjust=-900

# Being late costs the lease: the daemon and its nats-server go before ordinary programs.
CPUSchedulingPolicy=rr
CPUSchedulingPriority=10
LimitRTPRIO=20
LimitNOFILE=65536

${options.startsServices ? unbounded : bounded(options.data)}RuntimeDirectory=movip
RuntimeDirectoryMode=0755
StateDirectory=movip
StateDirectoryMode=0700

[Install]
WantedBy=multi-user.target
`
}

/**
 * None of what would also bound the services: another user (setpriv), a port below 1024, a file anywhere. Nor any that gives the daemon mounts
 * of its own: what an agent mounts there, nobody else would see.
 */
const unbounded = `# The daemon starts services of this node itself, and these inherit what is forbidden here: so nothing is.
`

function bounded(data: string): string {
  return `# Addresses and routes, ARP frames, real-time priority: nothing else.
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_NICE
AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_NICE
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
UMask=0077
ReadWritePaths=${quote(data)}
`
}

/** As systemd reads words: in quotes where there is more than plain characters, specifiers doubled. */
function quote(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
