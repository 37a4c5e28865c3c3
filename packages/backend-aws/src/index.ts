import { createSilent } from '@movip/backend-arp/create'
import { parseVip } from '@movip/backend-arp/ip'
import { sweep } from '@movip/backend-arp/sweep'
import { LedEndpoint } from '@movip/core/leading'
import type { Backend, BackendContext, BackendKind, BackendPlugin, Finding, Need } from '@movip/core/backend'
import { elasticPreflight, privatePreflight } from './address-preflight.ts'
import { Calls } from './calls.ts'
import { asAwsWrites } from './cidr.ts'
import { ElasticIp } from './elastic-ip.ts'
import { readIdentity } from './identity.ts'
import type { OwnInterface } from './identity.ts'
import { Identities } from './identities.ts'
import { elasticOptions, privateOptions, routeOptions } from './options.ts'
import type { ElasticOptions, PrivateOptions, RouteOptions } from './options.ts'
import { chooseInterface } from './own-interface.ts'
import { PrivateAddress } from './private-address.ts'
import { elasticRights, privateRights, routeRights } from './rights.ts'
import { reversePath } from './reverse-path.ts'
import { routePreflight } from './route-preflight.ts'
import { RouteTables } from './route-tables.ts'

/** As AWS is seen to take. */
const SETTLE_MS = 1000

const route: BackendKind<RouteOptions> = {
  schema: routeOptions,
  describe: ({ destination }) => destination,
  claims: ({ destination }) => [`ip:${asAwsWrites(destination).replace(/\/\d+$/, '')}`],
  rights: routeRights,
  needs: needsOf,
  async create(options, context) {
    const destination = asAwsWrites(options.destination)
    const { calls, own, device, address, close } = await begin(options, context, destination)
    const tables = new RouteTables({ calls, destination, choice: options.routeTables, ownInterface: own.id })
    return new LedEndpoint({
      context,
      name: destination,
      address,
      leads: tables,
      ownInterface: own.id,
      settleMs: SETTLE_MS,
      preflight: andFilter(device, destination, (signal) => routePreflight({ calls, tables, own, destination }, signal)),
      close,
    })
  },
}

const elastic: BackendKind<ElasticOptions> = {
  schema: elasticOptions,
  describe: ({ allocation }) => allocation,
  claims: ({ allocation }) => [`aws:${allocation}`],
  rights: elasticRights,
  needs: needsOf,
  async create(options, context) {
    const { calls, own, device, close } = await begin(options, context, null)
    const { allocation, privateAddress } = options
    const leads = new ElasticIp({ calls, allocation, ownInterface: own.id, privateAddress })
    return new LedEndpoint({
      context,
      name: allocation,
      address: null,
      leads,
      ownInterface: own.id,
      settleMs: SETTLE_MS,
      preflight: andFilter(device, '', (signal) => elasticPreflight(calls, leads, signal)),
      close,
    })
  },
}

const secondary: BackendKind<PrivateOptions> = {
  schema: privateOptions,
  describe: ({ address }) => address,
  claims: ({ address }) => [`ip:${asAwsWrites(address)}`],
  rights: privateRights,
  needs: needsOf,
  async create(options, context) {
    const name = asAwsWrites(options.address)
    const { calls, own, device, address, close } = await begin(options, context, `${name}/${name.includes(':') ? 128 : 32}`)
    const leads = new PrivateAddress({ calls, address: name, own })
    return new LedEndpoint({
      context,
      name,
      address,
      leads,
      ownInterface: own.id,
      settleMs: SETTLE_MS,
      preflight: andFilter(device, name, (signal) => privatePreflight({ calls, leads, address: name, own }, signal)),
      close,
    })
  },
}

/** Nothing leads anywhere else without it. */
function needsOf({ region }: Pick<Common, 'region'>): readonly Need[] {
  return [{ service: `the EC2 API of ${region ?? 'the region of the nodes'}`, to: 'claim' }]
}

type Preflight = (signal: AbortSignal) => Promise<readonly Finding[]>

/** What AWS is asked, and then whether this kernel lets in what AWS hands it. */
function andFilter(device: string, address: string, asked: Preflight): Preflight {
  return async (signal) => [...(await asked(signal)), ...(address.includes(':') ? [] : reversePath(device))]
}

interface Begun {
  readonly own: OwnInterface
  /** What the kernel calls it. */
  readonly device: string
  readonly calls: Calls
  /** null: none is to be had by this machine itself. */
  readonly address: Backend | null
  readonly close: () => void
}

interface Common {
  readonly interface?: string | undefined
  readonly region?: string | undefined
  readonly role?: string | undefined
  readonly oldFlows?: 'reset' | 'keep' | undefined
}

/** Nothing of this is asked while a group moves. An interface that is taken away later is told of, and cannot be led to. */
async function begin(options: Common, context: BackendContext, local: string | null): Promise<Begun> {
  const { interfaces, clock, fitness } = context
  const identity = await identities.get()
  const { own, device } = chooseInterface(identity, options.interface, interfaces)
  const address = local === null ? null : await localAddress(local, device, context, options)
  const calls = new Calls({ region: options.region ?? identity.region, role: options.role }, clock)
  const { id, mac } = own
  const end = identities.listen(clock, (present) => {
    const isThere = present.interfaces.some((known) => known.id === id && known.mac === mac)
    fitness(isThere ? null : `${id} is no network interface of this instance any more (attach it again, or restart movip)`)
  })
  const close = (): void => {
    end()
    calls.close()
  }
  return { own, device, calls, address, close }
}

const identities = new Identities(readIdentity)

function localAddress(text: string, device: string, context: BackendContext, { oldFlows }: Common): Promise<Backend> {
  const vip = parseVip(text)
  if (vip === null) throw new Error(`invariant: ${text} was accepted as an address`)
  return createSilent(vip, device, context, { oldFlows })
}

/** Addresses in AWS: `backend: aws-route`, `aws-eip` and `aws-ip`. */
const plugin: BackendPlugin = { kinds: { 'aws-route': route, 'aws-eip': elastic, 'aws-ip': secondary }, sweep }
export default plugin
