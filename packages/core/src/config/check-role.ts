import type { CheckKind } from '../checks/kind.ts'
import { judge } from '../judge.ts'
import type { CheckSpec, ServicePart } from '../model/index.ts'
import { partSpecOf, servicePartSchema } from '../service/schema.ts'
import type { CheckEntry } from './check-schema.ts'
import { addressKey } from './fields.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'

/** One check with its kind, as far as that tells where it can run. */
export interface Placed {
  readonly kind: CheckKind
  readonly kindName: string
  readonly entry: CheckEntry
  /** `groups.<group>.checks.<check>` */
  readonly path: Path
}

/** Where a check runs that does not say so: where alone it makes sense, and where the service runs if it seems to test that. */
export function roleOf(check: Placed, source: Source): CheckSpec['on'] {
  return onlyRole(check, source)?.role ?? (testsService(check, source) ? 'active' : 'both')
}

/** What is written must be a role in which the check can pass. */
export function roleProblems(check: Placed, source: Source): ConfigProblem[] {
  const { on } = check.entry
  const only = onlyRole(check, source)
  if (only === null || on === undefined || on === only.role) return []
  return [
    source.problem([...check.path, 'on'], 'value', {
      expected: only.role,
      message: only.why,
      fix: `write on: ${only.role}, or remove the line`,
    }),
  ]
}

/** A look for addresses of a group that brings none would pass whatever happens, and for one that it does not bring never. */
export function addressProblems({ kindName, entry, path }: Placed, source: Source): ConfigProblem[] {
  const endpoints = source.valueAt([...groupOf(path), 'endpoints'])
  if (kindName !== 'vip' || !Array.isArray(endpoints)) return []
  const { address } = entry
  const brought = addressesOf(path, source)
  // What an endpoint of another kind or a service brings is not known here.
  const areAll = brought.length === endpoints.length && partsOf(path, source).length === 0
  if (typeof address === 'string' && areAll && brought.length > 0 && !brought.includes(addressKey(address)))
    return [
      source.problem([...path, 'address'], 'value', {
        expected: `one of ${brought.join(', ')}`,
        message: `no endpoint of the group brings ${address}: the check could never pass`,
        fix: `write one of ${brought.join(', ')}, or remove the line to look for all of them`,
      }),
    ]
  if (address !== undefined || brought.length > 0) return []
  return [
    source.problem(path, 'key', {
      found: 'no endpoint with an address',
      expected: 'an endpoint with an address, such as arp',
      message: 'no endpoint of the group has an address that could be looked for: the check would always pass',
      fix: 'write the address: that is to be up where the group is active, or remove the check',
    }),
  ]
}

/** Where alone a check can pass, and why; null: it may anywhere. */
function onlyRole({ kind, kindName, entry, path }: Placed, source: Source): { role: 'active' | 'standby'; why: string } | null {
  if (kind.fromPeers) return { role: 'standby', why: `a ${kindName} check is made where the group is not active` }
  if (kind.activeOnly) return { role: 'active', why: `a ${kindName} check can only pass where the group is active` }
  const own = partsOf(path, source).find((part) => isNamed(part, kindName, entry))
  return own === undefined
    ? null
    : { role: 'active', why: `${own.id} is the group's own service, which runs only where the group is active` }
}

/** Whether the check names what this part starts. */
function isNamed({ kind, options }: ServicePart, kindName: string, entry: CheckEntry): boolean {
  if (kind !== kindName) return false
  return ['unit', 'pidfile', 'name'].some((key) => entry[key] !== undefined && entry[key] === options[key])
}

/** Whether it seems to ask the group's service, and that answers only where the group is active. */
function testsService({ kindName, entry, path }: Placed, source: Source): boolean {
  const parts = partsOf(path, source)
  const host = parts.length === 0 ? null : hostOf(kindName, entry)
  if (host !== null && addressesOf(path, source).includes(addressKey(host))) return true
  return parts.some((part) => !hasStandby(part)) && (entry.restart !== undefined || (host !== null && isLoopback(host)))
}

/** Whom it asks; null: nobody by name. */
function hostOf(kindName: string, entry: CheckEntry): string | null {
  const { host = '127.0.0.1', url } = entry
  if (kindName === 'tcp') return typeof host === 'string' ? host : null
  if (kindName !== 'http' || typeof url !== 'string' || !URL.canParse(url)) return null
  return new URL(url).hostname.replace(/^\[|\]$/g, '')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
}

/** Such a part runs on every node, in a role that may well answer. */
function hasStandby({ kind, options }: ServicePart): boolean {
  return kind === 'command' ? options['standby'] !== undefined : kind === 'ocf' && options['promote'] === true
}

/** What the endpoints of the group bring, in the form in which addresses compare. */
function addressesOf(path: Path, source: Source): string[] {
  const endpoints = source.valueAt([...groupOf(path), 'endpoints'])
  const count = Array.isArray(endpoints) ? endpoints.length : 0
  const written = Array.from({ length: count }, (_, index) => source.valueAt([...groupOf(path), 'endpoints', index, 'address']))
  return written.flatMap((address) => (typeof address === 'string' ? [addressKey(address.replace(/\/\d+$/, ''))] : []))
}

function partsOf(path: Path, source: Source): ServicePart[] {
  const service = source.valueAt([...groupOf(path), 'service'])
  return (Array.isArray(service) ? service : [service]).flatMap((written: unknown) => {
    const part = judge(servicePartSchema, written)
    return part?.success === true ? [partSpecOf(part.data)] : []
  })
}

function groupOf(path: Path): Path {
  return path.slice(0, 2)
}
