import { execFileSync } from 'node:child_process'
import { command } from '../command.ts'
import type { Probe } from '../probes/child.ts'
import { startProbe } from '../probes/child.ts'
import type { Client } from '../probes/client.ts'
import { startClient } from '../probes/client.ts'
import { startResponder } from '../probes/responder.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil } from '../wait.ts'
import type { Mood } from './load-balancer/backend-for-tests.ts'
import type { ClientOrder } from './load-balancer/client-for-tests.ts'
import { SERVICE_PORT } from './load-balancer/ports-for-tests.ts'
import type { CloudNetwork } from './network/cloud-network.ts'

/** Who serves in a cloud without movip, and who asks there: for tests of what drives its packets. */
export interface Served {
  /** Who answers a client of the overlay address of late, by UDP. */
  servedBy(): string
  untilServedBy(name: string): Promise<unknown>
  /** Who answers at the load balancer, over a new connection. */
  connected(): Promise<string>
  /** How a node answers probes from now on. */
  set(name: string, mood: Mood): void
  /** What a program prints that is run on a host. */
  inside(name: string, ...args: readonly string[]): string
  reaches(name: string, address: string): boolean
  stop(): void
}

/** `overlay` is an address that every node has on lo; `frontend` that of the load balancer. */
export async function startServed(network: CloudNetwork, overlay: string, frontend: string): Promise<Served> {
  const backends = new Map<string, Probe>()
  for (const { name, namespace, ipv4 } of network.nodes) {
    for (const address of [overlay, frontend]) await command('ip', ['-n', namespace, 'addr', 'add', `${address}/32`, 'dev', 'lo'])
    const argument = { name, own: ipv4 }
    const module = '../clouds/load-balancer/backend-for-tests'
    backends.set(name, await startProbe({ namespace, module, argument, isPunctual: false, onLine: () => {} }))
  }
  const responder = await startResponder(network, [overlay])
  const client = await startClient(network, overlay)
  const answers = new Map<number, (by: string) => void>()
  const connecting = await startProbe({
    namespace: network.client.namespace,
    module: '../clouds/load-balancer/client-for-tests',
    argument: null,
    isPunctual: false,
    onLine: ([, id, by]) => answers.get(id as number)?.(by as string),
  })
  let orders = 0
  const inside = (name: string, ...args: readonly string[]): string =>
    execFileSync('ip', ['netns', 'exec', network.host(name).namespace, ...args], { encoding: 'utf8' })
  return {
    servedBy: () => servedBy(client),
    untilServedBy: (name) => pollUntil(() => servedBy(client) === name || null, `to be served by "${name}"`, { timeoutMs: 5000 }),
    connected() {
      const id = (orders += 1)
      const order: ClientOrder = { id, type: 'open', connection: id, address: frontend, port: SERVICE_PORT }
      connecting.tell(order)
      return new Promise((resolve) => answers.set(id, resolve))
    },
    set: (name, mood) => backends.get(name)?.tell(mood),
    inside,
    reaches(name, address) {
      try {
        inside(name, 'ping', '-c', '1', '-W', '1', address)
        return true
      } catch {
        return false
      }
    },
    stop() {
      for (const probe of [client, responder, connecting, ...backends.values()]) probe.stop()
    },
  }
}

const servedBy = (client: Client): string => [...new Set(client.since(nowMs() - 50).answers.map(({ by }) => by))].join()
