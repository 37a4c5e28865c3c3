import { DnsError } from './errors.ts'
import { ownershipText, parseOwnership } from './ownership.ts'
import type { Ownership } from './ownership.ts'
import { textOf } from './records.ts'
import type { Held } from './records.ts'

/** Where a name is to point. */
export interface Wanted {
  readonly name: string
  readonly values: readonly string[]
  readonly ttlS: number
  /** Of this group at any of its places: such a record may be taken over that nobody has put a name to. */
  readonly known: readonly (readonly string[])[]
  readonly cluster: string
  readonly group: string
  readonly epoch: number
  /** Whether a TXT record says whose the name is. */
  readonly isOwned: boolean
  /** ms since 1970. */
  readonly nowMs: number
}

/** What the place must know afterwards; null: it knows that already. Throws `DnsError` where the name is somebody else's. */
export function changeTo(held: Held, wanted: Wanted): Held | null {
  const owner = ownerOf(held, wanted)
  if (owner !== null && owner.epoch > wanted.epoch) {
    const message = `${wanted.name} was pointed elsewhere under epoch ${owner.epoch}, which is later than ${wanted.epoch}`
    throw new DnsError('DNS_NEWER', 'LAPSED', message, 'none: another node holds the group')
  }
  const isThere = textOf(held.values) === textOf(wanted.values) && held.ttlS === wanted.ttlS
  if (isThere && (wanted.isOwned ? owner?.epoch === wanted.epoch : held.owner.length === 0)) return null
  const { values, ttlS, cluster, group, epoch, isOwned, nowMs } = wanted
  const sinceMs = owner !== null && isThere ? owner.sinceMs : nowMs
  return { values, ttlS, owner: isOwned ? [ownershipText({ cluster, group, epoch, sinceMs })] : [] }
}

/** Whose the name is; null: nobody's, or nobody has said so and it points at a place of this group. */
function ownerOf({ values, owner }: Held, { name, known, cluster, group }: Wanted): Ownership | null {
  if (owner.length > 0) {
    const own = owner.length === 1 ? parseOwnership(owner[0] ?? '') : null
    if (own?.cluster === cluster && own.group === group) return own
    const whose = own === null ? `says "${owner.join('" and "')}"` : `belongs to group ${own.group} of cluster ${own.cluster}`
    throw notOurs(`${name} ${whose}`, `take another name; or, if nobody else uses it any more, delete that TXT record`)
  }
  if (values.length === 0 || known.some((one) => textOf(one) === textOf(values))) return null
  throw notOurs(
    `${name} points at ${textOf(values)}, which is no value of this endpoint, and nothing says that it is movip's`,
    'take another name; or, if nobody else uses it any more, delete the record',
  )
}

function notOurs(message: string, fix: string): DnsError {
  return new DnsError('DNS_NOT_OURS', 'CONFLICT', message, fix)
}
