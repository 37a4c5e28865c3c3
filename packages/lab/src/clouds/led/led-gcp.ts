import { textOf } from '../gcp/contract.ts'
import type { Fields } from '../gcp/contract.ts'
import { createGcpNetwork, startGcp } from '../gcp/vpc-control.ts'
import type { World } from '../gcp/world.ts'
import { OPERATION_MS, OVERLAY, SECONDARY, trustIn } from './led-cloud.ts'
import type { LedCloud, LedMode } from './led-cloud.ts'

export async function startLedGoogle(mode: LedMode): Promise<LedCloud> {
  const network = await createGcpNetwork({ nodes: ['n1', 'n2', 'n3'] })
  const gcp = await startGcp(network, { operationMs: OPERATION_MS })
  const isRoute = mode === 'gcp-route'
  const zones = ['b', 'c', 'd'].map((letter) => `europe-west1-${letter}`)
  const own = isRoute ? { destination: `${OVERLAY}/32`, network: 'lab' } : { address: SECONDARY, zones }
  const { project } = network.plan.world
  const base = `/compute/v1/projects/${project}`
  const instanceOf = (node: string): string => network.plan.hosts.find(({ name }) => name === node)?.instance ?? ''
  return {
    network,
    control: gcp,
    vip: isRoute ? OVERLAY : SECONDARY,
    arrivesAs: [isRoute ? OVERLAY : SECONDARY],
    clientAt: network.client.namespace,
    endpoint: { endpoint: gcp.endpoint, ...own },
    // Nobody here resolves names: that of the metadata server is known.
    trusting: { ...trustIn(network, gcp.ca), GCE_METADATA_HOST: '169.254.169.254', METADATA_SERVER_DETECTION: 'assume-present' },
    async leads() {
      if (isRoute) {
        const best = bestRoute(await gcp.world())
        return best === undefined ? [] : [textOf(best[1], 'nextHopInstance').split('/').at(-1) ?? '']
      }
      const having = [...(await gcp.world()).documents].filter(isHaving)
      return having.map(([path]) => path.split('/').at(-1) ?? '')
    },
    async takeAway() {
      const world = await gcp.world()
      const [path, fields] = (isRoute ? bestRoute(world) : [...world.documents].find(isHaving)) ?? ['', {}]
      if (isRoute) return gcp.call(`DELETE ${base}/${path}`, {})
      const [own] = (fields['networkInterfaces'] ?? []) as readonly Fields[]
      const call = `PATCH ${base}/${path}/updateNetworkInterface?networkInterface=nic0`
      return gcp.call(call, { fingerprint: own?.['fingerprint'], aliasIpRanges: [] })
    },
    writes: isRoute
      ? { action: 'compute.routes.insert', about: (node) => `projects/${project}/${instanceOf(node)}` }
      : { action: 'compute.instances.updateNetworkInterface', about: (node) => node },
    stop: () => gcp.stop(),
  }
}

/** The one that packets go by. */
function bestRoute({ documents }: World): readonly [path: string, fields: Fields] | undefined {
  const routes = [...documents].filter(([, fields]) => fields['destRange'] === `${OVERLAY}/32`)
  return routes.toSorted(([, a], [, b]) => Number(a['priority']) - Number(b['priority']))[0]
}

function isHaving([path, fields]: readonly [string, Fields]): boolean {
  return path.includes('/instances/') && JSON.stringify(fields).includes(`${SECONDARY}/32`)
}
