import { isSame } from './ids.ts'
import { subnetsOf } from './world.ts'
import type { IpConfiguration, Machine, NetworkInterface, World } from './world.ts'
import type { Fields, Json } from './contract.ts'
import type { Token } from './token.ts'

/** What a machine asks about itself. */
export interface MetadataRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The address that it comes from: whom it is about. */
  readonly from: string
}

export interface MetadataAnswer {
  readonly status: number
  readonly body: string
}

export interface MetadataOptions {
  readonly world: World
  /** The token of the identity that machines have, of the moment; null: they have none. */
  readonly identity: (machine: Machine) => Token | null
}

const LIFETIME_S = 86_400
const answerOf = (status: number, body: Json): MetadataAnswer => ({ status, body: JSON.stringify(body) })

/** The metadata service of machines: only for who says that it means it, and never through a proxy. */
export class Metadata {
  /** Out of reach, as it is for a machine whose firewall shuts it out. */
  isOff = false
  private readonly options: MetadataOptions

  constructor(options: MetadataOptions) {
    this.options = options
  }

  answer({ method, path, headers, from }: MetadataRequest, now: number): MetadataAnswer {
    if (this.isOff) return answerOf(503, { error: 'Service unavailable' })
    const { pathname, searchParams } = new URL(path, 'http://metadata.invalid')
    if (headers['metadata'] !== 'true' || headers['x-forwarded-for'] !== undefined)
      return answerOf(400, { error: 'Bad request. Required metadata header not specified' })
    if (method !== 'GET') return answerOf(405, { error: 'Method not allowed' })
    const own = this.options.world.networkInterfaces.find((one) => addressesOf(one).includes(from))
    const machine = this.options.world.machines.find(({ id }) => isSame(id, own?.properties.virtualMachine?.id))
    if (machine === undefined) return answerOf(404, { error: 'Not found' })
    if (searchParams.get('api-version') === null)
      return answerOf(400, {
        error: 'Bad request. api-version was not specified in the request',
        'newest-versions': ['2021-02-01', '2018-02-01'],
      })
    switch (pathname.replace(/\/$/, '')) {
      case '/metadata/instance':
        return answerOf(200, instanceOf(this.options.world, machine))
      case '/metadata/instance/compute':
        return answerOf(200, computeOf(this.options.world, machine))
      case '/metadata/instance/network':
        return answerOf(200, networkOf(this.options.world, machine))
      case '/metadata/identity/oauth2/token':
        return this.tokenAnswer(machine, searchParams.get('resource'), now)
      default:
        return answerOf(404, { error: 'Not found' })
    }
  }

  private tokenAnswer(machine: Machine, resource: string | null, now: number): MetadataAnswer {
    if (resource === null)
      return answerOf(400, { error: 'invalid_request', error_description: 'Required query variable resource is missing' })
    const identity = this.options.identity(machine)
    if (identity === null) return answerOf(400, { error: 'invalid_request', error_description: 'Identity not found' })
    const { token, expiresAt = now + LIFETIME_S * 1000 } = identity
    const leftS = String(Math.max(0, Math.round((expiresAt - now) / 1000)))
    return answerOf(200, {
      access_token: token,
      client_id: machine.vmId,
      expires_in: leftS,
      ext_expires_in: leftS,
      expires_on: String(Math.round(expiresAt / 1000)),
      not_before: String(Math.round(now / 1000)),
      resource,
      token_type: 'Bearer',
    })
  }
}

function addressesOf({ properties }: NetworkInterface): readonly (string | undefined)[] {
  return properties.ipConfigurations.map((one) => one.properties.privateIPAddress)
}

function instanceOf(world: World, machine: Machine): Fields {
  return { compute: computeOf(world, machine), network: networkOf(world, machine) }
}

function computeOf({ location, subscription }: World, { id, name, vmId, zone, group }: Machine): Fields {
  return {
    azEnvironment: 'AzurePublicCloud',
    location,
    name,
    osType: 'Linux',
    resourceGroupName: group,
    resourceId: id,
    subscriptionId: subscription,
    vmId,
    zone,
  }
}

function networkOf(world: World, machine: Machine): Fields {
  const own = world.networkInterfaces.filter(({ properties }) => isSame(properties.virtualMachine?.id, machine.id))
  return {
    interface: own.map(({ properties: { ipConfigurations, macAddress = '' } }) => ({
      ipv4: {
        ipAddress: ipConfigurations.map((one) => ipAddressOf(world, one)),
        subnet: ipConfigurations.slice(0, 1).map((one) => subnetOf(world, one)),
      },
      ipv6: { ipAddress: [] },
      macAddress: macAddress.replaceAll('-', ''),
    })),
  }
}

function ipAddressOf({ publicIPAddresses }: World, { properties }: IpConfiguration): Fields {
  const address = publicIPAddresses.find(({ id }) => isSame(id, properties.publicIPAddress?.id))
  return { privateIpAddress: properties.privateIPAddress, publicIpAddress: address?.properties.ipAddress ?? '' }
}

function subnetOf(world: World, { properties }: IpConfiguration): Fields {
  const subnet = subnetsOf(world).find(({ id }) => isSame(id, properties.subnet?.id))
  const [address = '', prefix = ''] = subnet?.properties.addressPrefix.split('/') ?? []
  return { address, prefix }
}
