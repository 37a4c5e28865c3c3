import { createSilent } from '@movip/backend-arp/create'
import { parseVip } from '@movip/backend-arp/ip'
import type { Backend, BackendContext } from '@movip/core/backend'
import { LedEndpoint } from '@movip/core/leading'
import { ArmCalls } from './access.ts'
import { Documents } from './documents.ts'
import type { Identity } from './identity.ts'
import { addressPreflight, routePreflight } from './led-preflight.ts'
import type { AddressOptions, RouteOptions } from './led-options.ts'
import { chooseInterface } from './own-interface.ts'
import type { OwnInterface } from './own-interface.ts'
import { readOwnNic, scopeOf } from './own-nic.ts'
import { PrivateAddress } from './private-address.ts'
import { RouteTables } from './route-tables.ts'

/** As Azure is seen to take until packets go by a change that it has called done. */
const SETTLE_MS = 5000
const LOOK_MS = 4000

interface Begun {
  readonly documents: Documents
  readonly own: OwnInterface
  readonly address: Backend
}

/** `azure-route`. Nothing of what is asked here is asked while a group moves. */
export async function createRoute(options: RouteOptions, identity: Identity, context: BackendContext): Promise<Backend> {
  const { destination } = options
  const { documents, own, address } = await begin(options, identity, context, destination)
  const tables = new RouteTables({ documents, tables: options.routeTables, destination, own: own.address })
  return new LedEndpoint({
    context,
    name: destination,
    address,
    leads: tables,
    ownInterface: own.address,
    settleMs: SETTLE_MS,
    preflight: (signal) => routePreflight(tables, (within) => readOwnNic(documents, identity, own, within), signal),
    close: () => undefined,
  })
}

/** `azure-ip` */
export async function createAddress(options: AddressOptions, identity: Identity, context: BackendContext): Promise<Backend> {
  const { documents, own, address } = await begin(options, identity, context, `${options.address}/32`)
  const nic = await readOwnNic(documents, identity, own, AbortSignal.timeout(LOOK_MS)).catch(async (error: unknown) => {
    await address.close()
    throw error
  })
  const leads = new PrivateAddress({ documents, address: options.address, own: nic.id, scope: scopeOf(identity) })
  return new LedEndpoint({
    context,
    name: options.address,
    address,
    leads,
    ownInterface: nic.id,
    settleMs: SETTLE_MS,
    preflight: (signal) => addressPreflight(leads, signal),
    close: () => undefined,
  })
}

async function begin(
  options: Pick<RouteOptions, 'interface' | 'identity' | 'endpoint' | 'oldFlows'>,
  identity: Identity,
  context: BackendContext,
  local: string,
): Promise<Begun> {
  const own = chooseInterface(identity, options.interface, context.interfaces)
  const calls = new ArmCalls({ subscription: identity.subscription, identity: options.identity, endpoint: options.endpoint })
  const vip = parseVip(local)
  if (vip === null) throw new Error(`invariant: ${local} was accepted as an address`)
  const address = await createSilent(vip, own.device, context, options)
  return { documents: new Documents(calls, context.clock), own, address }
}
