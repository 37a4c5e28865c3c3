import { z } from 'zod'
import { address, duration, name as label, parseHostPort, writtenDuration } from '@movip/core/fields'
import { isHostName, normal, normalAll, typeOf } from './records.ts'
import type { RecordType } from './records.ts'

const nameForm = 'expected a name such as web.example.net'
const valueForm = 'expected an address, or a name for a CNAME'
const valuesForm = 'expected what the name is at each site, such as { paris: 203.0.113.5, ireland: 198.51.100.7 }'
const keyForm = 'expected a name of "secrets" in node.yaml'
const TTL_MIN_MS = 1000

const hostName = z.string({ error: nameForm }).refine(isHostName, { error: nameForm })
const value = z.string({ error: valueForm }).refine((text) => typeOf([text]) !== null, { error: valueForm })
const ttl = writtenDuration.refine((text) => wholeSeconds(text), { error: 'expected whole seconds, at least 1s' })

/** Options that all kinds have: which name is what at which place. */
const nameFields = {
  name: hostName.describe('The name that follows the active site'),
  ttl: ttl.default('30s').describe('For so long resolvers and clients may go on with the old value after a move'),
  values: z
    .record(label, z.union([value, z.array(value).min(1).max(8)]), { error: valuesForm })
    .refine((values) => Object.keys(values).length > 0, { error: valuesForm })
    .describe('What the name is while the holder is at that site, or is that node: addresses, or one name for a CNAME'),
  ownership: z
    .boolean()
    .optional()
    .describe('Whether a TXT record beside the name says whose it is, so that two clusters never fight over it; absent: it does'),
  resolvers: z
    .array(address)
    .max(8)
    .optional()
    .describe(
      'Resolvers that clients use, of which movip check sees whether they keep answers for too long; absent: those of this machine',
    ),
}

/** One type for all places, and one value at each where it is a CNAME. */
function judgeValues({ values }: Pick<NameOptions, 'values'>, context: z.RefinementCtx): void {
  const all = Object.values(values).flat()
  if (all.some((one) => typeOf([one]) === null)) return
  const type = typeOf(all)
  const issue = (message: string): void => context.addIssue({ code: 'custom', path: ['values'], message })
  if (type === null) issue('expected IPv4 addresses alone, IPv6 addresses alone, or names alone')
  else if (type === 'CNAME' && Object.values(values).some((one) => Array.isArray(one) && one.length > 1))
    issue('expected one name for each place: a CNAME has no second one')
}

export interface NameOptions {
  readonly name: string
  readonly ttl: string
  readonly values: Readonly<Record<string, string | readonly string[]>>
  readonly ownership?: boolean | undefined
  readonly resolvers?: readonly string[] | undefined
}

/** Where a name is to point from one place, and all that there is to know of it. */
export interface NameShape {
  readonly name: string
  readonly type: RecordType
  readonly ttlS: number
  /** At this place; null: it has none. */
  readonly own: readonly string[] | null
  readonly known: readonly (readonly string[])[]
  readonly isOwned: boolean
}

export function shapeOf(
  { name, ttl: ttlText, values, ownership }: NameOptions,
  here: { readonly node: string; readonly site: string },
): NameShape {
  const type = typeOf(Object.values(values).flat())
  if (type === null) throw new Error('invariant: values of several types were accepted')
  const at = (place: string): readonly string[] | null => {
    const found = Object.hasOwn(values, place) ? values[place] : undefined
    return found === undefined ? null : normalAll([found].flat())
  }
  return {
    name: normal(name),
    type,
    ttlS: duration.parse(ttlText) / 1000,
    own: at(here.node) ?? at(here.site),
    known: Object.values(values).map((one) => normalAll([one].flat())),
    isOwned: ownership ?? true,
  }
}

/** Options of `dns-rfc2136`, beside `at` and `backend`. */
export const rfc2136Options = z
  .strictObject({
    ...nameFields,
    server: address.optional().describe('The primary of the zone, which takes changes'),
    servers: z.array(address).min(1).max(8).optional().describe('The same where there are several, each of which has to be told'),
    secondaries: z.array(address).max(16).optional().describe('Other authoritative servers, which hear of changes and are read back'),
    zone: hostName.optional().describe('The zone; absent: the servers are asked'),
    key: z
      .string({ error: keyForm })
      .refine((text) => label.safeParse(text).success, { error: keyForm })
      .optional()
      .describe('Name of a secret in node.yaml: the TSIG key, as tsig-keygen writes it; absent: changes are not signed'),
    timeout: writtenDuration.default('1s').describe('A server that takes longer for an answer is down'),
  })
  .superRefine((options, context) => {
    judgeValues(options, context)
    if ((options.server === undefined) === (options.servers === undefined))
      context.addIssue({
        code: 'custom',
        path: ['server'],
        message: 'expected either server, or servers where there are several primaries',
      })
  })

export type Rfc2136Options = z.infer<typeof rfc2136Options>

interface ServerPlace {
  readonly host: string
  readonly port: number
}

const DNS_PORT = 53

export function serverOf(text: string): ServerPlace {
  const { host, port } = parseHostPort(text) ?? {}
  if (host === undefined) throw new Error(`invariant: ${text} was accepted as an address`)
  return { host, port: port ?? DNS_PORT }
}

function wholeSeconds(text: string): boolean {
  const parsed = duration.safeParse(text)
  return !parsed.success || (parsed.data >= TTL_MIN_MS && parsed.data % 1000 === 0)
}
