import { createSilent } from '@movip/backend-arp/create'
import { parseVip } from '@movip/backend-arp/ip'
import type { Backend, BackendContext } from '@movip/core/backend'
import { LedEndpoint } from '@movip/core/leading'
import { ArmCalls } from './access.ts'
import { Documents } from './documents.ts'
import type { Identity } from './identity.ts'
import { nameOf } from './ip-configurations.ts'
import type { Moved } from './ip-configurations.ts'
import { addressPreflight, routePreflight } from './led-preflight.ts'
import type { AddressOptions, RouteOptions } from './led-options.ts'
import { MovedAddress } from './moved-address.ts'
import { chooseInterface } from './own-interface.ts'
import type { OwnInterface } from './own-interface.ts'
import { readOwnNic, scopeOf } from './own-nic.ts'
import { RouteTables } from './route-tables.ts'

/** As Azure is seen to take until packets go by a change that it has called done. */
const SETTLE_MS = 5000
const LOOK_MS = 4000

interface Begun {
  readonly documents: Documents
  readonly own: OwnInterface
  /** null: none is to be had by this machine itself. */
  readonly address: Backend | null
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
  const moved = movedBy(options)
  const { documents, own, address } = await begin(options, identity, context, moved.address === null ? null : `${moved.address}/32`)
  const nic = await readOwnNic(documents, identity, own, AbortSignal.timeout(LOOK_MS)).catch(async (error: unknown) => {
    await address?.close()
    throw error
  })
  const leads = new MovedAddress({ documents, moved, own: nic.id, scope: scopeOf(identity) })
  return new LedEndpoint({
    context,
    name: nameOf(moved),
    address,
    leads,
    ownInterface: nic.id,
    settleMs: SETTLE_MS,
    preflight: (signal) => addressPreflight(leads, signal),
    close: () => undefined,
  })
}

/** What goes from one interface to another. */
export function movedBy({ address, publicAddress }: AddressOptions): Moved {
  return { address: address ?? null, publicAddress: publicAddress ?? null }
}

async function begin(
  options: Pick<RouteOptions, 'interface' | 'identity' | 'endpoint' | 'oldFlows'>,
  identity: Identity,
  context: BackendContext,
  local: string | null,
): Promise<Begun> {
  const own = chooseInterface(identity, options.interface, context.interfaces)
  const calls = new ArmCalls({ subscription: identity.subscription, identity: options.identity, endpoint: options.endpoint })
  const documents = new Documents(calls, context.clock)
  if (local === null) return { documents, own, address: null }
  const vip = parseVip(local)
  if (vip === null) throw new Error(`invariant: ${local} was accepted as an address`)
  return { documents, own, address: await createSilent(vip, own.device, context, options) }
}
