import { createSilent } from '@movip/backend-arp/create'
import { parseVip } from '@movip/backend-arp/ip'
import { sweep } from '@movip/backend-arp/sweep'
import { patienceMs } from '@movip/backend-lb/asking'
import { foundOnce } from '@movip/backend-lb/found-once'
import { createHealthEndpoint } from '@movip/backend-lb/health-endpoint'
import { doorClaims, doorOf, doorText } from '@movip/backend-lb/options'
import type { BackendContext, BackendKind, BackendPlugin, Need } from '@movip/core/backend'
import { duration } from '@movip/core/fields'
import { callsTo } from './access.ts'
import { readIdentity } from './identity.ts'
import { Ilb } from './ilb.ts'
import { ilbOptions } from './ilb-options.ts'
import type { IlbOptions } from './ilb-options.ts'
import { LocalRoute } from './local-route.ts'
import { createAlias, createRoute } from './led.ts'
import { aliasOptions, routeOptions } from './led-options.ts'
import type { AliasOptions, RouteOptions } from './led-options.ts'
import { aliasRights, ilbRights, routeRights } from './rights.ts'

/** Of what leads to one node; a balancer that only asks goes on without. */
const NEEDS: readonly Need[] = [{ service: 'the Compute Engine API of Google Cloud', to: 'claim' }]

const ilb: BackendKind<IlbOptions> = {
  schema: ilbOptions,
  describe: ({ forwardingRule }) => forwardingRule,
  claims: (options) => [...doorClaims(options), `ip:${vipOf(options.address).text}`],
  claimMs: ({ within }) => patienceMs(duration.parse(within)),
  rights: ilbRights,
  async create(options, context) {
    const door = doorOf(options)
    const { address } = options
    const cloud = new Ilb({
      context,
      cloud: cloudOf(options),
      rule: options.forwardingRule,
      door,
      wanted: { door, ports: context.health.listen.map(({ port }) => port), address, withinMs: duration.parse(options.within) },
    })
    const route = new LocalRoute({ address, clock: context.clock, logger: context.logger })
    const endpoint = await createHealthEndpoint({
      context,
      door,
      name: `${options.forwardingRule} (${doorText(door)})`,
      ports: options.ports ?? [],
      address: await createSilent(vipOf(address), deviceOf(options, context), context, options),
      probe: () => cloud.probe,
      preflight: (signal) => cloud.preflight(signal),
      onFlowing: (epoch, signal) => void cloud.confirm(epoch, signal),
      close: () => route.stop(),
    })
    route.start()
    return endpoint
  },
}

/** Whom to ask, found out once; where the metadata does not answer, whoever asks next tries again. */
function cloudOf({ project, region, endpoint }: IlbOptions): ConstructorParameters<typeof Ilb>[0]['cloud'] {
  return async () => {
    const identity = await ownIdentity()
    return { calls: callsTo({ project: project ?? identity.project, endpoint }), identity, region: region ?? identity.region }
  }
}

/** What this machine is, for all endpoints. */
const ownIdentity = foundOnce(readIdentity)

function deviceOf({ interface: name }: IlbOptions, { interfaces }: BackendContext): string {
  return Object.hasOwn(interfaces, name) ? (interfaces[name] ?? name) : name
}

function vipOf(address: string): NonNullable<ReturnType<typeof parseVip>> {
  const vip = parseVip(`${address}/${address.includes(':') ? 128 : 32}`)
  if (vip === null) throw new Error(`invariant: ${address} was accepted as an address`)
  return vip
}

const route: BackendKind<RouteOptions> = {
  schema: routeOptions,
  describe: ({ destination }) => destination,
  claims: ({ destination }) => [`ip:${vipOf(destination.replace(/\/\d+$/, '')).text}`],
  rights: routeRights,
  needs: () => NEEDS,
  create: async (options, context) => createRoute(options, await ownIdentity(), context),
}

const alias: BackendKind<AliasOptions> = {
  schema: aliasOptions,
  describe: ({ address }) => address,
  claims: ({ address }) => [`ip:${vipOf(address).text}`],
  rights: aliasRights,
  needs: () => NEEDS,
  create: async (options, context) => createAlias(options, await ownIdentity(), context),
}

/** Addresses in Google Cloud: `backend: gcp-ilb`, `gcp-route` and `gcp-alias`. */
const plugin: BackendPlugin = { kinds: { 'gcp-ilb': ilb, 'gcp-route': route, 'gcp-alias': alias }, sweep }
export default plugin
