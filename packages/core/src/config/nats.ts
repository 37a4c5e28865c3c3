import { z } from 'zod'
import { mainPlane } from '../model/index.ts'
import { addressKey, listen, name, parseHostPort, path, routePort } from './fields.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'
import type { NatsAuth, NatsConfig, NatsPlane, TlsFiles } from './types.ts'

const defaultListen = `0.0.0.0:${routePort}`

const tls = z.strictObject({ ca: path.optional(), cert: path.optional(), key: path.optional() })

const serverForm = 'expected a server such as nats://10.0.0.5:4222 or tls://nats.example.net:4222, without user and password'
const server = z.string({ error: serverForm }).regex(/^(nats|tls):\/\/[^\s/@]+$/, { error: serverForm })

const planeFields = {
  embedded: z
    .strictObject({
      listen: listen.default(defaultListen).describe("Where the other members reach this node's nats-server"),
      secret: path.default('cluster.secret').describe("File with the cluster's shared secret"),
      tls: tls.optional(),
    })
    .optional()
    .describe('A nats-server beside the daemon'),
  servers: z.array(server).min(1).optional().describe('Your own NATS instead'),
  credentials: path.optional().describe('File with NATS credentials'),
  nkey: path.optional().describe('File with an nkey seed'),
  user: z.string().min(1).optional(),
  passwordFile: path.optional(),
  tls: tls.optional(),
}
const one = z.strictObject(planeFields)
const named = z.strictObject({ name: name.optional().describe('Name of the plane, the same on all nodes; main if absent'), ...planeFields })

const planesMax = 8
const fewForm = `expected one to ${planesMax} planes`

/** `nats` of `node.yaml`: one plane, or several. */
export const natsSchema = z
  .union([one, z.array(named).min(1, { error: fewForm }).max(planesMax, { error: fewForm })])
  .default({})
  .describe('How this node talks to the others; a list: over several networks at once')

type NatsFile = z.infer<typeof natsSchema>
type Absolute = (path: string) => string

/** The planes that the file names, in its order. */
export function natsPlanes(nats: NatsFile, absolute: Absolute): readonly NatsPlane[] {
  const planes: readonly z.infer<typeof named>[] = Array.isArray(nats) ? nats : [nats]
  return planes.map((plane) => ({ name: plane.name ?? mainPlane, ...natsConfig(plane, absolute) }))
}

function natsConfig(nats: z.infer<typeof one>, absolute: Absolute): NatsConfig {
  if (nats.servers !== undefined) {
    return { type: 'external', servers: nats.servers, auth: natsAuth(nats, absolute), ...tlsFiles(nats.tls, absolute) }
  }
  const { host, port } = parseHostPort(nats.embedded?.listen ?? defaultListen) ?? {}
  if (host === undefined || typeof port !== 'number') throw new Error('the schema let a listen address without a port pass')
  return {
    type: 'embedded',
    host,
    port,
    secretFile: absolute(nats.embedded?.secret ?? 'cluster.secret'),
    ...tlsFiles(nats.embedded?.tls, absolute),
  }
}

function natsAuth(nats: z.infer<typeof one>, absolute: Absolute): NatsAuth {
  if (nats.credentials !== undefined) return { type: 'credentials', file: absolute(nats.credentials) }
  if (nats.nkey !== undefined) return { type: 'nkey', seedFile: absolute(nats.nkey) }
  if (nats.user !== undefined && nats.passwordFile !== undefined) {
    return { type: 'password', user: nats.user, passwordFile: absolute(nats.passwordFile) }
  }
  return { type: 'none' }
}

function tlsFiles(files: z.infer<typeof tls> | undefined, absolute: Absolute): { tls?: TlsFiles } {
  if (files === undefined) return {}
  const present = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { tls: Object.fromEntries(present.map(([key, file]) => [key, absolute(file)])) }
}

/** What the shape alone cannot say, of each plane by itself and of all together. */
export function natsProblems(source: Source): ConfigProblem[] {
  const nats = source.valueAt(['nats'])
  if (!Array.isArray(nats)) return planeProblems(['nats'], source)
  const paths = nats.map((_, index): Path => ['nats', index])
  return [...paths.flatMap((path) => planeProblems(path, source)), ...nameProblems(paths, source), ...listenProblems(paths, source)]
}

/** Embedded or your own, one way to sign in, pairs that belong together. */
function planeProblems(plane: Path, source: Source): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const has = (...keys: string[]): boolean => source.valueAt([...plane, ...keys]) !== undefined
  const report = (keys: string[], expected: string, message: string, fix: string): void => {
    problems.push(source.problem([...plane, ...keys], 'key', { expected, message, fix }))
  }
  const signIns = ['credentials', 'nkey', 'user'].filter((key) => has(key))
  if (has('embedded') && has('servers')) {
    report(['servers'], 'either embedded or servers', 'both an embedded nats-server and servers of your own', 'remove one of the two')
  }
  for (const key of ['credentials', 'nkey', 'user', 'passwordFile', 'tls']) {
    if (has(key) && !has('servers')) {
      report(
        [key],
        'servers beside it',
        `${key} is for servers of your own, and none are named`,
        key === 'tls' ? 'write it under nats.embedded, or add servers' : 'remove it, or add servers',
      )
    }
  }
  const second = signIns[1]
  if (second !== undefined) report([second], 'one way to sign in', `two ways to sign in: ${signIns.join(' and ')}`, 'keep one of them')
  if (has('user') !== has('passwordFile')) {
    const [present, absent] = has('user') ? ['user', 'passwordFile'] : ['passwordFile', 'user']
    report([present], `${absent} beside it`, `${present} without ${absent}`, `add ${absent}`)
  }
  for (const at of [['tls'], ['embedded', 'tls']]) {
    if (has(...at, 'cert') === has(...at, 'key')) continue
    const [present, absent] = has(...at, 'cert') ? ['cert', 'key'] : ['key', 'cert']
    report([...at, present], `${absent} beside it`, `${present} without ${absent}`, `add ${absent}`)
  }
  return problems
}

/** Planes are told apart by their names. */
function nameProblems(planes: readonly Path[], source: Source): ConfigProblem[] {
  const names = planes.map((plane) => source.valueAt([...plane, 'name']) ?? mainPlane)
  return planes.flatMap((plane, index) => {
    const own = names[index]
    if (typeof own !== 'string' || names.indexOf(own) === index) return []
    const about = {
      expected: 'another name for each plane',
      message: `a second plane called ${own}`,
      fix: 'write name: with the name that this plane has on every node, such as back',
    }
    return [source.problem([...plane, 'name'], 'value', about)]
  })
}

/** Each plane of a node has a nats-server of its own, and two cannot listen in one place. */
function listenProblems(planes: readonly Path[], source: Source): ConfigProblem[] {
  const places = planes.map((plane) => {
    if (source.valueAt([...plane, 'servers']) !== undefined) return null
    const written = source.valueAt([...plane, 'embedded', 'listen']) ?? defaultListen
    return typeof written === 'string' ? placeOf(written) : null
  })
  return planes.flatMap((plane, index) => {
    const own = places[index]
    if (own === null || own === undefined) return []
    const other = places.slice(0, index).find((place) => place !== null && place.port === own.port && overlap(place.host, own.host))
    if (other === undefined) return []
    const about = {
      expected: 'a place of its own',
      message: `two planes would listen at port ${own.port} of ${own.host}`,
      fix: 'write listen: with the address that this machine has in the network of the plane',
    }
    return [source.problem([...plane, 'embedded', 'listen'], 'value', about)]
  })
}

function placeOf(text: string): { readonly host: string; readonly port: number } | null {
  const { host, port } = parseHostPort(text) ?? {}
  return host === undefined || typeof port !== 'number' ? null : { host: addressKey(host), port }
}

function overlap(one: string, other: string): boolean {
  return one === other || [one, other].some((host) => host === '0.0.0.0' || host === '[::]')
}
