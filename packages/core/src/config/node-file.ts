import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { durationFrom, listen, name, parseHostPort, path } from './fields.ts'
import { natsPlanes, natsProblems, natsSchema } from './nats.ts'
import { ConfigError } from './problem.ts'
import type { ConfigProblem } from './problem.ts'
import { parseSource } from './source.ts'
import { notifySecretsSchema, notifySecretsOf, notifySecretsProblems } from './notify-secrets.ts'
import type { Source } from './source.ts'
import type { NodeConfig } from './types.ts'
import { validate } from './validate.ts'

const socketBytesMax = 107
const socketForm = `expected a path of at most ${socketBytesMax} characters, the limit for sockets`

const listensForm = 'expected an address and a port, such as 0.0.0.0:9650, or a list of these'
const modeForm = 'expected octal digits in quotes, such as "0660"'

/** The shape of `node.yaml`. */
export const nodeFileSchema = z.strictObject({
  node: name.describe('Name of this node, as in cluster.yaml'),
  data: path.default('/var/lib/movip').describe("Folder of this node's log; never shared, never copied"),
  bootstrap: path.default('cluster.yaml').describe('cluster.yaml for the first start of a new cluster'),
  nats: natsSchema,
  interfaces: z
    .record(name, z.string().regex(/^[^\s/]{1,15}$/, { error: 'expected the name of a network interface, such as eth0' }))
    .default({})
    .describe("Names that endpoints use, for this machine's interfaces"),
  secrets: z.record(name, path).default({}).describe('Files with secrets that endpoints in cluster.yaml refer to by these names'),
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
  health: z
    .strictObject({
      listen: z
        .union([listen, z.array(listen).min(1).max(8)], { error: listensForm })
        .describe('Address and port of the answers that have a path; those with a port of their own are given at the same addresses'),
    })
    .optional()
    .describe('Where load balancers and others may ask, without any proof of who they are, whether a group is served here'),
  drills: z.boolean().default(true).describe('Whether movip drill may kill this daemon or cut it off for a while'),
  fence: z
    .strictObject({ secrets: z.record(name, path).describe('Files with secrets that the fences in cluster.yaml refer to') })
    .optional()
    .describe('What this node needs to fence others'),
  watchdog: z
    .strictObject({
      device: path.default('/dev/watchdog'),
      timeout: durationFrom(2000).default(10_000).describe('After so long without a sign of life it resets the machine'),
      stuck: durationFrom(1000).default(30_000).describe('For so long a group may be stuck here before the machine is reset'),
    })
    .optional()
    .describe("The kernel's watchdog that ends what movip cannot"),
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
    nats: natsPlanes(value.nats, absolute),
    interfaces: value.interfaces,
    secrets: mapped(value.secrets, absolute),
    api: { socket: absolute(value.api.socket), mode: Number.parseInt(value.api.mode, 8) },
    health: [value.health?.listen ?? []].flat().map(placeOf),
    drills: value.drills,
    ...(value.fence === undefined ? {} : { fence: { secrets: mapped(value.fence.secrets, absolute) } }),
    ...(value.watchdog === undefined ? {} : { watchdog: watchdogOf(value.watchdog, absolute) }),
    log: value.log,
    ...notifySecretsOf(value.notify, absolute),
  }
}

function placeOf(text: string): NodeConfig['health'][number] {
  const { host, port } = parseHostPort(text) ?? {}
  if (host === undefined || typeof port !== 'number') throw new Error(`invariant: ${text} was accepted as an address with a port`)
  return { host, port }
}

function watchdogOf(
  { device, timeout, stuck }: NonNullable<NodeFile['watchdog']>,
  absolute: (path: string) => string,
): NonNullable<NodeConfig['watchdog']> {
  return { device: absolute(device), timeoutMs: timeout, stuckMs: stuck }
}

function mapped(files: Readonly<Record<string, string>>, absolute: (path: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([key, file]) => [key, absolute(file)]))
}
