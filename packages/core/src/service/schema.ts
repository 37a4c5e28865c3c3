import { z } from 'zod'
import { durationFrom } from '../config/fields.ts'
import type { ServicePart } from '../model/index.ts'
import { unitName } from '../programs/systemctl.ts'

const argvForm = 'expected a program with its arguments as a list, such as ["/usr/local/bin/app", "start"]'
const argv = z
  .array(z.string({ error: argvForm }), { error: argvForm })
  .min(1, { error: argvForm })
  .max(256)
const agentForm = 'expected provider:type, such as heartbeat:Dummy'
const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const

const command = z.strictObject({ start: argv, stop: argv, check: argv, standby: z.exactOptional(argv) })
const watched = z
  .strictObject({
    start: argv,
    pidfile: z.exactOptional(z.string().startsWith('/', { error: 'expected an absolute path' })),
    name: z.exactOptional(z.string().min(1)),
    stopSignal: z.enum(signals).default('SIGTERM'),
  })
  .refine(({ pidfile, name }) => pidfile !== undefined || name !== undefined, { error: 'expected a pidfile, a name, or both' })

/** A part of a service as `cluster.yaml` has it: one of the kinds, and what all have. */
export const servicePartSchema = z
  .strictObject({
    systemd: unitName.optional().describe('A unit of systemd'),
    command: command
      .optional()
      .describe('Programs that start it, stop it, tell by their exit code whether it runs, and bring it into its standby role'),
    process: watched.optional().describe('A process, known by its pidfile or its name'),
    ocf: z
      .string({ error: agentForm })
      .regex(/^[\w-]+:[\w-]+$/, { error: agentForm })
      .optional()
      .describe('An OCF resource agent of the system'),
    parameters: z.record(z.string().regex(/^\w+$/), z.coerce.string()).optional().describe('Parameters of the OCF agent'),
    promote: z.boolean().optional().describe('The OCF agent is promoted where the group is'),
    name: z
      .string()
      .regex(/^[\w-]{1,64}$/, { error: 'expected letters, digits, _ and - only, such as data' })
      .optional()
      .describe('Tells it from another part of the same kind and agent'),
    startTimeout: durationFrom(100).default(30_000).describe('A start that takes longer has failed'),
    stopTimeout: durationFrom(100).default(30_000).describe('After so long a stop is forced'),
    every: durationFrom(100).default(5000).describe('How often it is looked at while it should run'),
    restarts: z
      .strictObject({ max: z.int().nonnegative().default(3), within: durationFrom(1000).default(600_000) })
      .optional()
      .describe('How often it may end by itself before the node is unfit for the group'),
  })
  .superRefine((part, context) => {
    const named = kindNames.filter((kind) => part[kind] !== undefined)
    if (named.length !== 1) context.addIssue({ code: 'custom', message: `expected exactly one of ${kindNames.join(', ')}` })
    if (part.ocf !== undefined) return
    for (const key of ['parameters', 'promote'] as const)
      if (part[key] !== undefined) context.addIssue({ code: 'custom', path: [key], message: 'expected only beside ocf' })
  })

type PartEntry = z.infer<typeof servicePartSchema>
export const kindNames = ['systemd', 'command', 'process', 'ocf'] as const
type Kind = (typeof kindNames)[number]

const defaultRestarts = { max: 3, within: 600_000 }

/** What the kinds need to know beside their own options, as it stands in the configuration. */
export const commonOptions = z.strictObject({ everyMs: z.number(), restarts: z.strictObject({ max: z.number(), withinMs: z.number() }) })
/** And their own. */
export const kindOptions = {
  systemd: z.strictObject({ unit: z.string() }),
  command,
  process: watched,
  ocf: z.strictObject({ agent: z.string(), parameters: z.record(z.string(), z.string()), promote: z.boolean() }),
}

/** One part as the cluster's configuration holds it. Names are unique in their group as long as the entries differ. */
export function partSpecOf(entry: PartEntry): ServicePart {
  const { name, kind, options } = ownOptions(entry)
  const { max, within } = entry.restarts ?? defaultRestarts
  return {
    id: `${kind}-${entry.name ?? name}`,
    kind,
    startMs: entry.startTimeout,
    stopMs: entry.stopTimeout,
    options: { ...options, everyMs: entry.every, restarts: { max, withinMs: within } },
  }
}

function ownOptions(entry: PartEntry): { readonly name: string; readonly kind: Kind; readonly options: object } {
  if (entry.systemd !== undefined) return { name: entry.systemd, kind: 'systemd', options: { unit: entry.systemd } }
  if (entry.ocf !== undefined) {
    const options = { agent: entry.ocf, parameters: entry.parameters ?? {}, promote: entry.promote ?? false }
    return { name: entry.ocf, kind: 'ocf', options }
  }
  if (entry.process !== undefined) {
    const { pidfile, name = '' } = entry.process
    return { name: pidfile ?? name, kind: 'process', options: entry.process }
  }
  return { name: entry.command?.start[0] ?? '', kind: 'command', options: entry.command ?? {} }
}
