import { readFileSync } from 'node:fs'
import { createSilent } from '@movip/backend-arp/create'
import { parseVip } from '@movip/backend-arp/ip'
import { BackendError } from '@movip/core/backend'
import type { Backend, BackendContext } from '@movip/core/backend'
import { LedEndpoint } from '@movip/core/leading'
import { callsTo } from './access.ts'
import type { ComputeCalls } from './access.ts'
import { Alias } from './alias.ts'
import type { Identity } from './identity.ts'
import type { AliasOptions, RouteOptions } from './led-options.ts'
import { aliasPreflight, routePreflight } from './led-preflight.ts'
import { Routes } from './routes.ts'

/** As Google is seen to take until packets go by a change that it has called done. */
const SETTLE_MS = 5000
const PRIORITY = 1000

interface Begun {
  readonly calls: ComputeCalls
  readonly own: string
  /** `nic0`, as Google calls it. */
  readonly nic: string
  readonly address: Backend
}

/** `gcp-route`. Nothing of what is asked here is asked while a group moves. */
export async function createRoute(options: RouteOptions, identity: Identity, context: BackendContext): Promise<Backend> {
  const { destination, network, priority = PRIORITY } = options
  const { calls, own, address } = await begin(options, identity, context, destination)
  const leads = new Routes({ calls, clock: context.clock, destination, network, own, priority })
  const preflight = (signal: AbortSignal) => routePreflight({ calls, leads, own, destination }, signal)
  return led(context, { name: destination, address, leads, own, preflight })
}

/** `gcp-alias` */
export async function createAlias(options: AliasOptions, identity: Identity, context: BackendContext): Promise<Backend> {
  const { address: name, range = null, zones } = options
  const { calls, own, nic, address } = await begin(options, identity, context, `${name}/32`)
  const leads = new Alias({ calls, clock: context.clock, address: name, range, own, nic, zones })
  return led(context, { name, address, leads, own, preflight: (signal) => aliasPreflight(leads, signal) })
}

type Led = Pick<ConstructorParameters<typeof LedEndpoint>[0], 'name' | 'address' | 'leads' | 'preflight'> & { readonly own: string }

function led(context: BackendContext, { own, ...rest }: Led): Backend {
  return new LedEndpoint({ ...rest, context, ownInterface: own, settleMs: SETTLE_MS, close: () => undefined })
}

async function begin(
  options: Pick<RouteOptions, 'interface' | 'project' | 'endpoint' | 'oldFlows'>,
  identity: Identity,
  context: BackendContext,
  local: string,
): Promise<Begun> {
  const { interfaces } = context
  const device = Object.hasOwn(interfaces, options.interface) ? (interfaces[options.interface] ?? options.interface) : options.interface
  const index = identity.interfaces.findIndex(({ mac }) => mac === macOf(device))
  if (index === -1)
    throw new BackendError(
      'NOT_FOUND',
      `${device} is no network interface that Google has given to ${identity.name}`,
      'correct interface of the endpoint',
    )
  const calls = callsTo({ project: options.project ?? identity.project, endpoint: options.endpoint })
  const vip = parseVip(local)
  if (vip === null) throw new Error(`invariant: ${local} was accepted as an address`)
  const address = await createSilent(vip, device, context, options)
  return { calls, own: `zones/${identity.zone}/instances/${identity.name}`, nic: `nic${index}`, address }
}

function macOf(device: string): string {
  try {
    return readFileSync(`/sys/class/net/${device}/address`, 'utf8').trim().toLowerCase()
  } catch {
    return ''
  }
}
