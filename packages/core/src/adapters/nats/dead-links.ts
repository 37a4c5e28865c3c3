import { spawn } from 'node:child_process'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import type { NodeId } from '../../model/index.ts'
import type { Logger } from '../../ports.ts'
import { routeAddress } from './address.ts'

export interface Peer {
  readonly id: NodeId
  /** `host` or `host:port` of its nats-server. */
  readonly address: string
}

/**
 * Cuts the TCP links to a peer that has fallen silent. After a partition TCP would go on waiting for its next retransmission, for as long
 * again as the partition lasted; a link that is cut is dialled anew every second. Both ends do this, each by itself.
 */
export interface DeadLinks {
  heard(from: NodeId): void
  setPeers(peers: readonly Peer[]): void
  close(): void
}

export interface DeadLinksOptions {
  readonly peers: readonly Peer[]
  /** Where this node's nats-server listens for the others. */
  readonly routePort: number
  readonly heartbeatMs: number
  readonly logger: Logger
}

/** So many looks in a row without a message. Looks and not time: this process may itself have been frozen. */
const silentLooks = 3
const lookMsMin = 500
/** While the silence lasts, a link that came up for nothing is cut again after so many looks. */
const againLooks = 10

export function watchDeadLinks(options: DeadLinksOptions): DeadLinks {
  const { routePort, heartbeatMs, logger } = options
  let peers = options.peers
  const looks = new Map<NodeId, number>()
  const look = (): void => {
    for (const peer of peers) {
      const seen = looks.get(peer.id)
      // Who was never heard has no link that could have died.
      if (seen === undefined) continue
      looks.set(peer.id, seen + 1)
      if (seen + 1 < silentLooks || (seen + 1 - silentLooks) % againLooks !== 0) continue
      logger.debug('nats.links-cut', { peer: peer.id, address: peer.address })
      void destroySockets(linksTo(peer.address, routePort))
    }
  }
  const everyMs = Math.max(lookMsMin, 1.5 * heartbeatMs)
  let timer: NodeJS.Timeout
  // At multiples of the period, together with other periodic work: one wake-up for all.
  const arm = (): void => {
    timer = setTimeout(
      () => {
        look()
        arm()
      },
      1.5 * everyMs - ((performance.now() + everyMs / 2) % everyMs),
    ).unref()
  }
  arm()
  return {
    heard: (from) => void looks.set(from, 0),
    setPeers: (next) => void (peers = next),
    close: () => clearTimeout(timer),
  }
}

/** The filter for `ss`: links with that host, dialled by either side. */
function linksTo(address: string, routePort: number): readonly string[] {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(routeAddress(address)) ?? []
  return ['dst', host, 'and', '(', 'dport', '=', `:${port}`, 'or', 'sport', '=', `:${routePort}`, ')']
}

/** True: `ss` ran. It needs CAP_NET_ADMIN and a kernel with INET_DIAG_DESTROY. */
async function destroySockets(filter: readonly string[]): Promise<boolean> {
  const child = spawn('ss', ['--kill', '--tcp', '--numeric', '--no-header', ...filter], { stdio: 'ignore' })
  return new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}

const trialMs = 500

/** Whether this process may cut links: tried on a link of its own. */
export async function canCutLinks(): Promise<boolean> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect(port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  const cut = new Promise<boolean>((resolve) => {
    client.once('error', () => resolve(true))
    client.once('close', () => resolve(true))
    setTimeout(resolve, trialMs, false).unref()
  })
  accepted.on('error', () => undefined)
  const ran = await destroySockets(['sport', '=', `:${port}`])
  const worked = ran && (await cut)
  client.destroy()
  accepted.destroy()
  server.close()
  return worked
}
