import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { listen, name, parseHostPort, routePort } from './fields.ts'
import { ConfigError } from './problem.ts'
import type { ConfigProblem } from './problem.ts'
import { parseSource } from './source.ts'
import { notifySecretsSchema, notifySecretsOf, notifySecretsProblems } from './notify-secrets.ts'
import type { Source } from './source.ts'
import type { NatsAuth, NatsConfig, NodeConfig, TlsFiles } from './types.ts'
import { validate } from './validate.ts'

const defaultListen = `0.0.0.0:${routePort}`

const pathForm = 'expected a path'
const path = z
  .string({ error: pathForm })
  .min(1, { error: pathForm })
  .refine((text) => !text.includes('\0'), { error: pathForm })
const socketBytesMax = 107
const socketForm = `expected a path of at most ${socketBytesMax} characters, the limit for sockets`
const tls = z.strictObject({ ca: path.optional(), cert: path.optional(), key: path.optional() })

const serverForm = 'expected a server such as nats://10.0.0.5:4222 or tls://nats.example.net:4222, without user and password'
const server = z.string({ error: serverForm }).regex(/^(nats|tls):\/\/[^\s/@]+$/, { error: serverForm })

const modeForm = 'expected octal digits in quotes, such as "0660"'

/** The shape of `node.yaml`. */
export const nodeFileSchema = z.strictObject({
  node: name.describe('Name of this node, as in cluster.yaml'),
  data: path.default('/var/lib/movip').describe("Folder of this node's log; never shared, never copied"),
  bootstrap: path.default('cluster.yaml').describe('cluster.yaml for the first start of a new cluster'),
  nats: z
    .strictObject({
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
    })
    .default({}),
  interfaces: z
    .record(name, z.string().regex(/^[^\s/]{1,15}$/, { error: 'expected the name of a network interface, such as eth0' }))
    .default({})
    .describe("Names that endpoints use, for this machine's interfaces"),
  api: z
    .strictObject({
      socket: path.max(socketBytesMax, { error: socketForm }).default('/run/movip/movip.sock'),
      mode: z
        .string({ error: modeForm })
        .regex(/^0?[0-7]{3}$/, { error: modeForm })
        .default('0660')
        .describe('Who may talk to the daemon'),
    })
    .prefault({}),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  notify: notifySecretsSchema.optional().describe('Secrets of the targets of notifications, by their names in cluster.yaml'),
})

type NodeFile = z.infer<typeof nodeFileSchema>

/** Reads the text of a `node.yaml`. Relative paths are relative to `file`. Throws `ConfigError` with all problems. */
export function nodeConfigFromText(text: string, file: string): NodeConfig {
  const source = parseSource(text, file)
  if (source.syntax.length > 0) throw new ConfigError(source.syntax)
  const checked = validate(nodeFileSchema, source.data, source)
  const problems = [
    ...(checked.ok ? socketProblems(checked.value, source, file) : checked.problems),
    ...natsProblems(source),
    ...notifySecretsProblems(source),
  ]
  if (!checked.ok || problems.length > 0) throw new ConfigError(problems)
  return build(checked.value, file)
}

/** The system counts the bytes of the whole path. */
function socketProblems({ api }: NodeFile, source: Source, file: string): ConfigProblem[] {
  const bytes = Buffer.byteLength(resolve(dirname(resolve(file)), api.socket))
  if (bytes <= socketBytesMax) return []
  const about = {
    expected: `at most ${socketBytesMax} bytes`,
    message: `the whole path has ${bytes} bytes, more than the ${socketBytesMax} that a socket can have`,
    fix: 'write a shorter path, such as /run/movip/movip.sock',
  }
  return [source.problem(['api', 'socket'], 'value', about)]
}

function build(value: NodeFile, file: string): NodeConfig {
  const from = dirname(resolve(file))
  const absolute = (relative: string): string => resolve(from, relative)
  return {
    file: resolve(file),
    node: value.node,
    data: absolute(value.data),
    bootstrap: absolute(value.bootstrap),
    nats: natsConfig(value.nats, absolute),
    interfaces: value.interfaces,
    api: { socket: absolute(value.api.socket), mode: Number.parseInt(value.api.mode, 8) },
    log: value.log,
    ...notifySecretsOf(value.notify, absolute),
  }
}

function natsConfig(nats: NodeFile['nats'], absolute: (path: string) => string): NatsConfig {
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

function natsAuth(nats: NodeFile['nats'], absolute: (path: string) => string): NatsAuth {
  if (nats.credentials !== undefined) return { type: 'credentials', file: absolute(nats.credentials) }
  if (nats.nkey !== undefined) return { type: 'nkey', seedFile: absolute(nats.nkey) }
  if (nats.user !== undefined && nats.passwordFile !== undefined) {
    return { type: 'password', user: nats.user, passwordFile: absolute(nats.passwordFile) }
  }
  return { type: 'none' }
}

function tlsFiles(files: z.infer<typeof tls> | undefined, absolute: (path: string) => string): { tls?: TlsFiles } {
  if (files === undefined) return {}
  const present = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { tls: Object.fromEntries(present.map(([key, file]) => [key, absolute(file)])) }
}

/** What the shape alone cannot say: embedded or your own, one way to sign in, pairs that belong together. */
function natsProblems(source: Source): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const has = (...keys: string[]): boolean => source.valueAt(['nats', ...keys]) !== undefined
  const report = (keys: string[], expected: string, message: string, fix: string): void => {
    problems.push(source.problem(['nats', ...keys], 'key', { expected, message, fix }))
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
