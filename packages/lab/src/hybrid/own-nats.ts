import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Planes } from '../cluster/cluster.ts'
import type { Host } from '../network/host.ts'
import { inHost } from '../network/host.ts'
import { pollUntil } from '../wait.ts'

/** How the servers of several sites are one NATS: each site a cluster of its own that all others know, or leaves of two of them. */
export type Topology = 'gateways' | 'leaves'

/** A nats-server that somebody else runs, for one site. */
export interface SiteNats {
  readonly site: string
  /** On which it runs. */
  readonly host: Host
}

export interface OwnNats {
  /** The planes of a node whose site has that server. */
  planes(site: string, host: Host): Planes
  /** kill -9. */
  kill(site: string): Promise<void>
  start(site: string): Promise<void>
  stop(): void
}

const PORTS = { clients: 4222, routes: 6223, gateways: 7222, leaves: 7422 }
const PASSWORD = 'a password of the lab'
/** Links over a wide area that are dead are noticed within some seconds. */
const ALIVE = 'ping_interval: "1s"\nping_max: 2\nwrite_deadline: "2s"\nmax_payload: 8388608'

/** One server for each site. Of leaves the first two are the hubs, which are joined as a cluster. */
export async function startOwnNats(topology: Topology, sites: readonly SiteNats[], folder: string): Promise<OwnNats> {
  mkdirSync(folder, { recursive: true })
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 })
  const running = new Map<string, ReturnType<typeof spawn>>()
  const hostOf = (site: string): Host => sites.find((one) => one.site === site)?.host ?? (sites[0] as SiteNats).host
  const start = async (site: string): Promise<void> => {
    const [host, file, log] = [hostOf(site), join(folder, `${site}.conf`), join(folder, `${site}.log`)]
    writeFileSync(file, configuration(topology, site, sites))
    const { file: program, args } = inHost(host.namespace, 'nats-server', ['-c', file])
    const out = openSync(log, 'a')
    const child = spawn(program, args, { stdio: ['ignore', out, out] })
    running.set(site, child)
    await pollUntil(() => {
      if (child.exitCode !== null) throw new Error(`the nats-server of ${site} ended: ${readFileSync(log, 'utf8').slice(-2000)}`)
      return readFileSync(log, 'utf8').includes('Server is ready')
    }, `the nats-server of ${site}`)
  }
  for (const { site } of sites) await start(site)
  return {
    start,
    planes: (site, host) => ({
      address: { main: host.ipv4 },
      nats: [{ name: 'main', servers: [`nats://${hostOf(site).ipv4}:${PORTS.clients}`], user: 'movip', passwordFile }],
    }),
    async kill(site) {
      const child = running.get(site)
      child?.kill('SIGKILL')
      if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
    stop: () => running.forEach((child) => void child.kill('SIGKILL')),
  }
}

function configuration(topology: Topology, site: string, sites: readonly SiteNats[]): string {
  const own = sites.find((one) => one.site === site)?.host.ipv4 ?? ''
  const common = [
    `server_name: ${site}`,
    `listen: "${own}:${PORTS.clients}"`,
    ALIVE,
    `authorization { users: [{ user: movip, password: "${PASSWORD}", permissions: { publish: "movip.>", subscribe: ["movip.>", "_INBOX.>"] } }] }`,
  ]
  return [...common, ...(topology === 'gateways' ? gateway(site, own, sites) : leaf(site, own, sites)), ''].join('\n')
}

const url = (scheme: string, { ipv4 }: Host, port: number): string => `"${scheme}://nats:${encodeURIComponent(PASSWORD)}@${ipv4}:${port}"`
const inner = `authorization { user: nats, password: "${PASSWORD}" }`

/** Every site a cluster, and each knows all others. */
function gateway(site: string, own: string, sites: readonly SiteNats[]): readonly string[] {
  const others = sites.filter((one) => one.site !== site)
  const known = others.map((one) => `{ name: ${one.site}, urls: [${url('nats', one.host, PORTS.gateways)}] }`)
  return [
    'gateway {',
    `  name: ${site}`,
    `  listen: "${own}:${PORTS.gateways}"`,
    `  ${inner}`,
    '  connect_retries: 0',
    `  gateways: [${known.join(', ')}]`,
    '}',
  ]
}

/** Two hubs at two sites, joined by a route; every other site is a leaf that knows both. */
function leaf(site: string, own: string, sites: readonly SiteNats[]): readonly string[] {
  const hubs = sites.slice(0, 2)
  if (hubs.some((hub) => hub.site === site)) {
    const routes = hubs.filter((hub) => hub.site !== site).map(({ host }) => url('nats', host, PORTS.routes))
    return [
      `cluster { name: hub, listen: "${own}:${PORTS.routes}", ${inner}, routes: [${routes.join(', ')}] }`,
      `leafnodes { listen: "${own}:${PORTS.leaves}", ${inner} }`,
    ]
  }
  const urls = hubs.map(({ host }) => url('nats-leaf', host, PORTS.leaves))
  return [`leafnodes { reconnect: 1, remotes: [{ urls: [${urls.join(', ')}] }] }`]
}
