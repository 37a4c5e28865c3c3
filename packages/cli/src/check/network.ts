import { lookup } from 'node:dns/promises'
import { createConnection } from 'node:net'
import { networkInterfaces } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Finding } from '@movip/core/backend'
import { addressOn, formatDuration, parseHostPort, routePort } from '@movip/core/config'
import type { NodeConfig } from '@movip/core/config'
import { checkPlanes } from './planes.ts'
import type { ClusterSpec, Daemon } from './run-checks.ts'

const connectTimeoutMs = 1500
/** Silence that is no passing one, and the age at which a daemon should have heard from everybody. */
const settledMs = 10_000

/** Whether the addresses that the others know of this node are of this machine, and fit the planes of its own file. */
export async function checkOwnAddress(node: NodeConfig, spec: ClusterSpec): Promise<Finding[]> {
  const self = spec.nodes.find((member) => member.id === node.node)
  if (self === undefined) {
    const names = spec.nodes.map((member) => member.id).join(', ')
    return [
      {
        severity: 'error',
        code: 'NODE_UNKNOWN',
        message: `${node.file} names this node ${node.node}, which is not in ${node.bootstrap}`,
        fix: `write node: with one of ${names}, or add ${node.node} to the nodes of the cluster`,
      },
    ]
  }
  const addresses = Object.values(self.addresses ?? { main: self.address })
  const findings = await Promise.all(addresses.map((address) => checkIsHere(address, node)))
  return [...findings.flat(), ...checkPlanes(node, self)]
}

async function checkIsHere(address: string, node: NodeConfig): Promise<Finding[]> {
  const host = parseHostPort(address)?.host ?? address
  const resolved = await lookup(host, { all: true }).catch(() => [])
  if (resolved.length === 0) {
    return [
      {
        severity: 'error',
        code: 'ADDRESS_UNRESOLVED',
        message: `the address ${host} of this node cannot be resolved`,
        fix: 'write an IP address in cluster.yaml, or correct the name service',
      },
    ]
  }
  const local = Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map((one) => one.address) ?? [])
  if (resolved.some((one) => local.includes(one.address))) return []
  return [
    {
      severity: 'error',
      code: 'ADDRESS_NOT_HERE',
      message: `${host} is the address of ${node.node} in ${node.bootstrap}, but no interface of this machine has it`,
      fix: `correct node: in ${node.file}, or before the first start the address in ${node.bootstrap}; this machine has ${local.join(', ')}`,
    },
  ]
}

/** Whether the other nodes' nats-servers can be reached in every plane, and fast enough for the chosen times. */
export async function checkPeers(node: NodeConfig, spec: ClusterSpec, daemon: Daemon = 'absent'): Promise<Finding[]> {
  const own = node.nats.filter((plane) => plane.type === 'embedded')
  const [first] = own
  if (first === undefined) return []
  const peers = spec.nodes.filter((member) => member.id !== node.node)
  const ways = own.flatMap(({ name }) =>
    peers.flatMap((peer): Way[] => {
      const address = addressOn(peer, name)
      return address === null ? [] : [{ peer: peer.id, address, where: node.nats.length > 1 ? ` in the plane ${name}` : '' }]
    }),
  )
  const tried = await Promise.all(ways.map((way) => checkWay(way, spec)))
  const reached = tried.flatMap(({ reached: peer }) => (peer === null ? [] : [peer]))
  return [...tried.flatMap(({ findings }) => findings), ...unheard([...new Set(reached)], daemon, first.secretFile)]
}

/** How a peer is reached in one plane. */
interface Way {
  readonly peer: string
  readonly address: string
  readonly where: string
}

async function checkWay(
  { peer, address, where }: Way,
  spec: ClusterSpec,
): Promise<{ readonly reached: string | null; readonly findings: readonly Finding[] }> {
  const { host, port: named } = parseHostPort(address) ?? { host: address, port: null }
  const port = named ?? routePort
  const tookMs = await connectTime(host, port)
  if (typeof tookMs === 'string') {
    const finding: Finding = {
      severity: 'warning',
      code: 'PEER_UNREACHABLE',
      message: `${peer} does not answer at ${host} port ${port}${where} (${tookMs})`,
      fix: `start movip there if it does not run yet; else open TCP port ${port} between the nodes`,
    }
    return { reached: null, findings: [finding] }
  }
  if (tookMs <= spec.timing.electionMs / 4) return { reached: peer, findings: [] }
  const finding: Finding = {
    severity: 'warning',
    code: 'TIMING_TIGHT',
    message: `${peer} answers after ${Math.round(tookMs)} ms${where}, too slow for an election time of ${formatDuration(spec.timing.electionMs)}`,
    fix: 'look for what slows the network or this machine, or found the cluster with timing: wan (docs/operations.md, "Changing the configuration")',
  }
  return { reached: peer, findings: [finding] }
}

/** Peers whose port answers although this node's daemon has not heard from them: they do not let it into their network of servers. */
export function unheard(reached: readonly string[], daemon: Daemon, secretFile: string): Finding[] {
  if (daemon === 'absent' || daemon instanceof Error || daemon.uptimeMs < settledMs) return []
  const silent = daemon.engine.nodes.filter(({ id, heardAgoMs }) => reached.includes(id) && (heardAgoMs === null || heardAgoMs > settledMs))
  if (silent.length === 0) return []
  const names = silent.map(({ id }) => id).join(', ')
  return [
    silent.length === reached.length
      ? {
          severity: 'error',
          code: 'PEERS_REFUSE',
          message: `${names}: reachable, but they do not accept this node: another cluster.secret?`,
          fix: `compare ${secretFile} with that of the others, for example with sha256sum; then: systemctl restart movip`,
        }
      : {
          severity: 'warning',
          code: 'PEER_SILENT',
          message: `${names}: reachable, but nothing has been heard from there`,
          fix: 'run movip check there',
        },
  ]
}

/** Milliseconds until a TCP connection stands, or why there is none. */
export function connectTime(host: string, port: number): Promise<number | string> {
  return new Promise((resolve) => {
    const begin = performance.now()
    const socket = createConnection({ host, port, timeout: connectTimeoutMs })
    const settle = (result: number | string): void => {
      socket.destroy()
      resolve(result)
    }
    socket.on('connect', () => settle(performance.now() - begin))
    socket.on('timeout', () => settle(`no answer within ${connectTimeoutMs} ms`))
    socket.on('error', (error) => settle('code' in error ? String(error.code) : error.message))
  })
}
