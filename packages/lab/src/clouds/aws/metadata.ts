import { randomUUID } from 'node:crypto'
import type { Keys } from './signature.ts'
import { found } from './world.ts'
import type { Interface, World } from './world.ts'

/** What an instance asks about itself. */
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
  /** The role that instances have, with its keys of the moment; null: none. */
  readonly role: () => { readonly name: string; readonly keys: Keys } | null
}

const TTL_MAX_S = 21_600
const notFound: MetadataAnswer = { status: 404, body: '' }

/** The metadata service of instances, version 2 only: without a token nothing is told. */
export class Metadata {
  /** Switched off, as it can be for an instance. */
  isOff = false
  private readonly options: MetadataOptions
  private readonly tokens = new Map<string, { readonly from: string; readonly until: number }>()

  constructor(options: MetadataOptions) {
    this.options = options
  }

  answer({ method, path, headers, from }: MetadataRequest, now: number): MetadataAnswer {
    if (this.isOff) return { status: 403, body: '' }
    if (path === '/latest/api/token') return method === 'PUT' ? this.newToken(headers, from, now) : { status: 405, body: '' }
    const token = this.tokens.get(String(headers['x-aws-ec2-metadata-token'] ?? ''))
    if (token === undefined || token.from !== from || now >= token.until) return { status: 401, body: '' }
    const own = this.options.world.interfaces.find(({ primary, secondaries }) => [primary, ...secondaries].includes(from))
    const body = own === undefined || method !== 'GET' ? undefined : this.textAt(path, own)
    return body === undefined ? notFound : { status: 200, body }
  }

  private newToken(headers: MetadataRequest['headers'], from: string, now: number): MetadataAnswer {
    const ttlS = Number(headers['x-aws-ec2-metadata-token-ttl-seconds'])
    if (!Number.isSafeInteger(ttlS) || ttlS < 1 || ttlS > TTL_MAX_S) return { status: 400, body: '' }
    const token = randomUUID()
    this.tokens.set(token, { from, until: now + ttlS * 1000 })
    return { status: 200, body: token }
  }

  private textAt(path: string, asking: Interface): string | undefined {
    const { world } = this.options
    const [, rest] = /^\/latest\/meta-data\/(.*?)\/?$/.exec(path) ?? []
    if (path === '/latest/dynamic/instance-identity/document') return JSON.stringify(documentOf(world, asking), null, 2)
    if (rest === undefined) return undefined
    const all = world.interfaces.filter(({ instance }) => instance === asking.instance)
    const [, mac, name] = /^network\/interfaces\/macs\/([0-9a-f:]+)\/(.+)$/.exec(rest) ?? []
    if (name !== undefined)
      return interfaceText(
        world,
        all.find((own) => own.mac === mac),
        name,
      )
    const { zone } = found(world, 'subnets', asking.subnet)
    const texts: Readonly<Record<string, string | undefined>> = {
      'instance-id': asking.instance ?? '',
      mac: asking.mac,
      'local-ipv4': asking.primary,
      'placement/region': world.region,
      'placement/availability-zone': zone,
      'network/interfaces/macs': all.map(({ mac: one }) => `${one}/`).join('\n'),
      ...this.roleTexts(),
    }
    return Object.hasOwn(texts, rest) ? texts[rest] : undefined
  }

  private roleTexts(): Readonly<Record<string, string>> {
    const role = this.options.role()
    if (role === null) return {}
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt = Date.now() + TTL_MAX_S * 1000 } = role.keys
    const told = {
      Code: 'Success',
      Type: 'AWS-HMAC',
      LastUpdated: new Date().toISOString(),
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: new Date(expiresAt).toISOString(),
    }
    return { 'iam/security-credentials': role.name, [`iam/security-credentials/${role.name}`]: JSON.stringify(told) }
  }
}

function interfaceText(world: World, own: Interface | undefined, name: string): string | undefined {
  if (own === undefined) return undefined
  const { vpc, cidr } = found(world, 'subnets', own.subnet)
  const texts: Readonly<Record<string, string>> = {
    'interface-id': own.id,
    'device-number': String(own.deviceIndex),
    mac: own.mac,
    'owner-id': world.account,
    'subnet-id': own.subnet,
    'vpc-id': vpc,
    'local-ipv4s': [own.primary, ...own.secondaries].join('\n'),
    'subnet-ipv4-cidr-block': cidr,
    'vpc-ipv4-cidr-block': found(world, 'vpcs', vpc).cidr,
  }
  return Object.hasOwn(texts, name) ? texts[name] : undefined
}

function documentOf(world: World, own: Interface): object {
  return {
    accountId: world.account,
    availabilityZone: found(world, 'subnets', own.subnet).zone,
    instanceId: own.instance,
    privateIp: own.primary,
    region: world.region,
    version: '2017-09-30',
  }
}
