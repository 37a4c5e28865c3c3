import { request } from 'node:https'
import { NetworkManagementClient } from '@azure/arm-network'
import type { Carried } from '../../control-plane.ts'
import { certificateFor } from '../../tls.ts'
import {
  addInterface,
  addLoadBalancer,
  addMachine,
  addPublicAddress,
  addRouteTable,
  addSecurityGroup,
  addVirtualNetwork,
} from '../build.ts'
import { createArm } from '../server.ts'
import type { Arm, ArmOptions } from '../server.ts'
import type { Token } from '../token.ts'
import { emptyWorld } from '../world.ts'
import type { LoadBalancer, NetworkInterface, PublicAddress, RouteTable, VirtualNetwork, World } from '../world.ts'

const tls = certificateFor('127.0.0.1')

export const group = 'shop'
const tokens: readonly Token[] = [
  { token: 'good', principal: 'movip' },
  { token: 'other', principal: 'other' },
  { token: 'late', principal: 'movip', expiresAt: 1000 },
]

/** Two nodes in a network, with what a backend of any kind moves there. */
export interface Shop {
  readonly world: World
  readonly network: VirtualNetwork
  readonly table: RouteTable
  readonly nodes: readonly [NetworkInterface, NetworkInterface]
  readonly inside: LoadBalancer
  readonly address: PublicAddress
}

export function shop(): Shop {
  const world = emptyWorld('westeurope')
  const table = addRouteTable(world, { group, name: 'routes' }, { vip: ['10.99.0.50/32', '10.0.1.10'] })
  const securityGroup = addSecurityGroup(world, { group, name: 'guard' }, [{ name: 'probes', properties: { access: 'Allow' } }])
  const network = addVirtualNetwork(
    world,
    { group, name: 'net' },
    { prefix: '10.0.0.0/16', subnets: [{ name: 'one', prefix: '10.0.1.0/24', routeTable: table, securityGroup }] },
  )
  const [subnet] = network.properties.subnets
  if (subnet === undefined) throw new Error('no subnet')
  const inside = addLoadBalancer(
    world,
    { group, name: 'inside' },
    { frontend: { subnet, address: '10.0.1.50' }, probe: { port: 8080, path: '/health' }, rule: { name: 'web', port: 80, floating: true } },
  )
  const [first, second] = [0, 1].map((index) =>
    addInterface(
      world,
      { group, name: `nic${index}` },
      {
        machine: addMachine(world, { group, name: `n${index}` }, String(index + 1)),
        subnet,
        address: `10.0.1.1${index}`,
        pools: inside.properties.backendAddressPools,
        enableIPForwarding: true,
      },
    ),
  )
  if (first === undefined || second === undefined) throw new Error('no nodes')
  const address = addPublicAddress(world, { group, name: 'front' })
  return { world, network, table, nodes: [first, second], inside, address }
}

/** A control plane that runs, and those who ask it. */
export class Rig {
  readonly shop = shop()
  readonly carried: Carried[] = []
  readonly arm: Arm
  changes = 0
  url = ''

  constructor(options: Partial<ArmOptions> = {}) {
    this.arm = createArm({
      world: this.shop.world,
      tls,
      tokens,
      onChange: () => void (this.changes += 1),
      onCarried: (one) => void this.carried.push(one),
      ...options,
    })
  }

  async start(): Promise<void> {
    this.url = await this.arm.server.listen('127.0.0.1')
  }

  client(token = 'good', subscription = this.shop.world.subscription): NetworkManagementClient {
    const getToken = (): Promise<{ token: string; expiresOnTimestamp: number }> =>
      Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 })
    return new NetworkManagementClient({ getToken }, subscription, {
      endpoint: this.url,
      tlsOptions: { ca: tls.cert },
      retryOptions: { maxRetries: 0 },
    })
  }

  /** Asks without the vendor's client: what that one would not say can be said. */
  async raw(
    method: string,
    id: string,
    { body, headers = {} }: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
  ): Promise<Told> {
    const url = id.startsWith('https:') ? id : `${this.url}${id}${id.includes('?') ? '' : '?api-version=2026-01-01'}`
    return new Promise((resolve, reject) => {
      const asking = request(url, { method, ca: tls.cert, headers: { authorization: 'Bearer good', ...headers } }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => {
          const told = text === '' ? {} : (JSON.parse(text) as Told['body'])
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: told })
        })
      })
      asking.on('error', reject)
      asking.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}

interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Readonly<Record<string, unknown>>
}

interface Refused {
  readonly code?: string
  readonly statusCode?: number
  readonly name: string
}

/** `404 ResourceNotFound`, as the vendor's client tells it; `ok` where a call is not refused. */
export function outcomeOf(call: PromiseLike<unknown>): Promise<string> {
  return Promise.resolve(call).then(
    () => 'ok',
    (error: unknown) => {
      const { statusCode, code, name } = error as Refused
      return code === undefined ? name : `${statusCode ?? '-'} ${code}`
    },
  )
}
