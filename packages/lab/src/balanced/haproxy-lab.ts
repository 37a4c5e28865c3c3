import type { ClusterOptions, ClusterLab } from '../cluster/cluster.ts'
import { createLinks } from '../faults/links.ts'
import type { Host } from '../network/host.ts'
import { createNetwork } from '../network/network.ts'
import type { BalancedLab } from './balanced-lab.ts'
import type { Asking, Haproxy } from './haproxy.ts'
import { startHaproxy } from './haproxy.ts'
import { startHealthWatch } from './health-watch.ts'
import { HEALTH_PATH, HEALTH_PORT, SERVICE_PORT, TCP_HEALTH_PORT } from './ports.ts'
import { pollUntil } from '../wait.ts'
import { startServices } from './services.ts'
import { startVisitor } from './visitor.ts'

/** HAProxy has to have had its last answer of every node. */
const AGREED_WITHIN = 5

export interface HaproxyLab extends BalancedLab {
  readonly haproxy: Haproxy
}

/** A LAN with three nodes, HAProxy in front of them, and its clients. */
export async function startHaproxyLab(asking: Asking): Promise<HaproxyLab> {
  const all = await createNetwork({ nodes: ['n1', 'n2', 'n3', 'lb'] })
  const front = all.host('lb')
  const nodes = all.nodes.filter((host) => host !== front)
  const links = createLinks(all)
  const stops: (() => void)[] = []
  const close = (): void => {
    for (const stop of stops) stop()
    all.close()
  }
  try {
    const haproxy = await startHaproxy(front, nodes, all.folder.path, asking)
    stops.push(() => haproxy.stop())
    const services = await startServices(nodes)
    const [visitor, watch] = await Promise.all([
      startVisitor(all.client, front.ipv4, SERVICE_PORT),
      startHealthWatch(all.client, watchedOf(nodes, asking)),
    ])
    stops.push(...[...services, visitor, watch].map((probe) => () => probe.stop()))
    const lab: ClusterLab = { network: { ...all, nodes }, vips: { ipv4: front.ipv4, ipv6: '' }, client: visitor, client6: null }
    return {
      ...lab,
      haproxy,
      visitor,
      watch,
      probe: { everyMs: asking.everyMs, rise: asking.rise, fall: asking.fall },
      cluster: clusterOf(front, asking),
      async untilAgreed(node) {
        await pollUntil(async () => (await haproxy.up()).join() === node, `HAProxy to take ${node} alone for up`, {
          timeoutMs: AGREED_WITHIN * asking.everyMs * Math.max(asking.rise, asking.fall),
        })
      },
      lose: (host) => links.setLink(host, false),
      regain: (host) => links.setLink(host, true),
      broken: Promise.race([...services, visitor, watch].map(({ broken }) => broken)),
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

function watchedOf(nodes: readonly Host[], { form }: Asking): Parameters<typeof startHealthWatch>[1] {
  const door = form === 'http' ? { port: HEALTH_PORT, path: HEALTH_PATH } : { port: TCP_HEALTH_PORT }
  return { nodes: nodes.map(({ name, ipv4: address }) => ({ name, address })), door }
}

/** The endpoint says what HAProxy's own configuration says. */
function clusterOf({ ipv4 }: Host, { form, everyMs, rise, fall }: Asking): ClusterOptions {
  const endpoint = {
    backend: 'lb-health',
    ...(form === 'http' ? { path: HEALTH_PATH } : { form, port: TCP_HEALTH_PORT }),
    ports: [SERVICE_PORT],
    probe: { every: `${everyMs}ms`, rise, fall, from: [ipv4] },
  }
  return {
    endpoints: [JSON.stringify(endpoint)],
    nodeLines: () => [`health: { listen: "0.0.0.0:${HEALTH_PORT}" }`],
    // Each node's own service answers it, whoever holds the group.
    checks: [`tcp: { port: ${SERVICE_PORT}, every: 1s, timeout: 500ms }`],
  }
}
