import { textOf } from './contract.ts'
import type { Fields, Json } from './contract.ts'
import type { Token } from './server.ts'
import type { World } from './world.ts'

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
  readonly headers: Readonly<Record<string, string>>
}

export interface MetadataOptions {
  readonly world: World
  /** The token of the account that instances have, of the moment; null: they have none. */
  readonly token: (instance: string) => Token | null
}

const ROOT = '/computeMetadata/v1/'
/** The service says that it is the real one, and clients insist on that. */
const FLAVOR = { 'metadata-flavor': 'Google' }

/** The metadata service of instances: only for who says that it means it, and never through a proxy. */
export class Metadata {
  /** Out of reach, as it is for an instance whose firewall shuts it out. */
  isOff = false
  private readonly options: MetadataOptions

  constructor(options: MetadataOptions) {
    this.options = options
  }

  answer({ method, path, headers, from }: MetadataRequest, now: number): MetadataAnswer {
    if (this.isOff) return answerOf(503, 'Service unavailable')
    const { pathname, searchParams } = new URL(path, 'http://metadata.invalid')
    if (headers['metadata-flavor'] !== 'Google' || headers['x-forwarded-for'] !== undefined)
      return answerOf(403, 'Missing Metadata-Flavor:Google header.')
    // Clients look first whether anybody is there.
    if (pathname === '/') return answerOf(200, 'computeMetadata/')
    const own = method === 'GET' ? this.instanceAt(from) : null
    const tree = own === null || !pathname.startsWith(ROOT) ? undefined : this.treeOf(own, now)
    const value =
      tree === undefined
        ? undefined
        : valueAt(
            tree,
            pathname
              .slice(ROOT.length)
              .split('/')
              .filter((part) => part !== ''),
          )
    if (value === undefined) return answerOf(404, 'not found')
    if (searchParams.get('recursive') === 'true') return answerOf(200, JSON.stringify(value), 'application/json')
    // The token is the one leaf that is a document.
    if (pathname.endsWith('/token')) return answerOf(200, JSON.stringify(value), 'application/json')
    return answerOf(200, textAt(value))
  }

  private instanceAt(from: string): readonly [path: string, instance: Fields] | null {
    for (const [path, document] of this.options.world.documents) {
      const interfaces = (document['networkInterfaces'] ?? []) as readonly Fields[]
      if (interfaces.some((own) => textOf(own, 'networkIP') === from)) return [path, document]
    }
    return null
  }

  private treeOf([path, instance]: readonly [path: string, instance: Fields], now: number): Fields {
    const { world, token: tokenOf } = this.options
    const [, zone = ''] = path.split('/')
    const token = tokenOf(path)
    const interfaces = (instance['networkInterfaces'] ?? []) as readonly Fields[]
    const account =
      token === null
        ? {}
        : {
            email: `${token.principal}@${world.project}.iam.gserviceaccount.com`,
            token: {
              access_token: token.value,
              expires_in: Math.floor(((token.expiresAt ?? now + 3_600_000) - now) / 1000),
              token_type: 'Bearer',
            },
          }
    return {
      project: { 'project-id': world.project, 'numeric-project-id': '1' },
      instance: {
        id: textOf(instance, 'id'),
        name: textOf(instance, 'name'),
        zone: `projects/1/zones/${zone}`,
        'network-interfaces': Object.fromEntries(interfaces.map((own, index) => [String(index), interfaceTree(own)])),
        'service-accounts': token === null ? {} : { default: account },
      },
    }
  }
}

function interfaceTree(own: Fields): Fields {
  const ranges = ((own['aliasIpRanges'] ?? []) as readonly Fields[]).map((range, index): [string, string] => [
    String(index),
    textOf(range, 'ipCidrRange'),
  ])
  return { ip: textOf(own, 'networkIP'), mac: textOf(own, 'x-mac'), 'ip-aliases': Object.fromEntries(ranges) }
}

function valueAt(tree: Json, [first, ...rest]: readonly string[]): Json | undefined {
  if (first === undefined) return tree
  const next =
    typeof tree === 'object' && tree !== null && !Array.isArray(tree) && Object.hasOwn(tree, first) ? (tree as Fields)[first] : undefined
  return next === undefined ? undefined : valueAt(next, rest)
}

/** A folder lists what is in it, folders with a slash. */
function textAt(value: Json): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, inner]) => `${name}${typeof inner === 'object' ? '/' : ''}\n`)
    .join('')
}

function answerOf(status: number, body: string, type = 'application/text'): MetadataAnswer {
  return { status, body, headers: { ...FLAVOR, 'content-type': type } }
}
