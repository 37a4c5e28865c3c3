import { createSilent } from '@movip/backend-arp/create'
import { parseVip } from '@movip/backend-arp/ip'
import { sweep } from '@movip/backend-arp/sweep'
import { patienceMs } from '@movip/backend-lb/asking'
import { foundOnce } from '@movip/backend-lb/found-once'
import { createHealthEndpoint } from '@movip/backend-lb/health-endpoint'
import { doorClaims, doorOf, doorText } from '@movip/backend-lb/options'
import type { Backend, BackendContext, BackendKind, BackendPlugin, Need } from '@movip/core/backend'
import { duration } from '@movip/core/fields'
import { ArmCalls } from './access.ts'
import { readIdentity } from './identity.ts'
import { Ilb } from './ilb.ts'
import { ilbOptions } from './ilb-options.ts'
import type { IlbOptions } from './ilb-options.ts'
import { nameOf } from './ip-configurations.ts'
import { createAddress, createRoute, movedBy } from './led.ts'
import { addressOptions, routeOptions } from './led-options.ts'
import type { AddressOptions, RouteOptions } from './led-options.ts'
import { parseResourceId } from './resource-id.ts'
import type { ResourceId } from './resource-id.ts'
import { addressRights, ilbRights, routeRights } from './rights.ts'

/** Of what leads to one node; a balancer that only asks goes on without. */
const NEEDS: readonly Need[] = [{ service: 'Azure Resource Manager', to: 'claim' }]

const ilb: BackendKind<IlbOptions> = {
  schema: ilbOptions,
  describe: ({ loadBalancer, rule }) => `${balancerOf(loadBalancer).name}/${rule}`,
  claims: (options) => [
    ...doorClaims(options),
    `azure:${options.loadBalancer.toLowerCase()}/${options.rule.toLowerCase()}`,
    ...(options.address === undefined ? [] : [`ip:${vipOf(options.address).text}`]),
  ],
  claimMs: ({ within }) => patienceMs(duration.parse(within)),
  rights: ilbRights,
  async create(options, context) {
    const balancer = balancerOf(options.loadBalancer)
    const door = doorOf(options)
    const cloud = new Ilb({
      context,
      calls: new ArmCalls({ subscription: balancer.subscription, identity: options.identity, endpoint: options.endpoint }),
      identity: ownIdentity,
      balancer,
      rule: options.rule,
      door,
      wanted: {
        door,
        ports: context.health.listen.map(({ port }) => port),
        address: options.address,
        withinMs: duration.parse(options.within),
      },
    })
    return createHealthEndpoint({
      context,
      door,
      name: `${balancer.name} (${doorText(door)})`,
      ports: options.ports ?? [],
      address: await guestOf(options, context),
      probe: () => cloud.probe,
      preflight: (signal) => cloud.preflight(signal),
      onFlowing: (epoch, signal) => void cloud.confirm(epoch, signal),
    })
  },
}

/** What this machine is, for all endpoints. */
const ownIdentity = foundOnce(readIdentity)

async function guestOf({ address, interface: name, oldFlows }: IlbOptions, context: BackendContext): Promise<Backend | null> {
  if (address === undefined || name === undefined) return null
  const device = Object.hasOwn(context.interfaces, name) ? (context.interfaces[name] ?? name) : name
  return createSilent(vipOf(address), device, context, { oldFlows })
}

function vipOf(address: string): NonNullable<ReturnType<typeof parseVip>> {
  const vip = parseVip(`${address}/${address.includes(':') ? 128 : 32}`)
  if (vip === null) throw new Error(`invariant: ${address} was accepted as an address`)
  return vip
}

function balancerOf(id: string): ResourceId {
  const parsed = parseResourceId(id)
  if (parsed === null) throw new Error(`invariant: ${id} was accepted as a resource id`)
  return parsed
}

const route: BackendKind<RouteOptions> = {
  schema: routeOptions,
  describe: ({ destination }) => destination,
  claims: ({ destination }) => [`ip:${vipOf(destination.replace(/\/\d+$/, '')).text}`],
  rights: routeRights,
  needs: () => NEEDS,
  create: async (options, context) => createRoute(options, await ownIdentity(), context),
}

const secondary: BackendKind<AddressOptions> = {
  schema: addressOptions,
  describe: (options) => nameOf(movedBy(options)),
  claims: ({ address, publicAddress }) => [
    ...(address === undefined ? [] : [`ip:${vipOf(address).text}`]),
    ...(publicAddress === undefined ? [] : [`azure:${publicAddress.toLowerCase()}`]),
  ],
  rights: addressRights,
  needs: () => NEEDS,
  create: async (options, context) => createAddress(options, await ownIdentity(), context),
}

/** Addresses in Azure: `backend: azure-ilb`, `azure-route` and `azure-ip`. */
const plugin: BackendPlugin = { kinds: { 'azure-ilb': ilb, 'azure-route': route, 'azure-ip': secondary }, sweep }
export default plugin
