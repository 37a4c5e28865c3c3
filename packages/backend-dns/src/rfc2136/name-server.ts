import type { Answer } from 'dns-packet'
import { ownerName } from '../ownership.ts'
import { DnsError } from '../errors.ts'
import { normal, normalAll } from '../records.ts'
import type { Held, RecordType } from '../records.ts'
import type { Store, WriteOutcome } from '../store.ts'
import type { Authority, StartOfAuthority } from './authority.ts'
import { addresses, CLASSES, encodeName, texts, TYPES } from './wire/message.ts'
import type { WireRecord } from './wire/message.ts'

export interface NameServerOptions {
  readonly authority: Authority
  readonly name: string
  readonly type: RecordType
  readonly isOwned: boolean
  /** Whether it takes changes itself. */
  readonly isWritten: boolean
  /** null: the server is asked which it is. */
  readonly zone: string | null
}

/** A name on one name server that is authoritative for its zone. */
export class NameServer implements Store {
  readonly name: string
  readonly isWritten: boolean
  private readonly options: NameServerOptions
  private zone: string | null

  constructor(options: NameServerOptions) {
    this.options = options
    this.name = options.authority.name
    this.isWritten = options.isWritten
    this.zone = options.zone
  }

  async read(signal: AbortSignal): Promise<Held> {
    const { authority, name, type, isOwned, isWritten } = this.options
    const [answers, owner] = await Promise.all([
      authority.records(name, type, signal),
      isOwned && isWritten ? authority.records(ownerName(name, type), 'TXT', signal) : [],
    ])
    const own = answers.filter((answer) => answer.type === type && normal(answer.name) === normal(name))
    const alias = answers.find((answer) => answer.type === 'CNAME' && normal(answer.name) === normal(name))
    if (type !== 'CNAME' && alias !== undefined) {
      const message = `${name} is a CNAME of ${dataOf(alias)} on ${this.name}, beside which there can be no ${type} record`
      throw new DnsError('DNS_NOT_OURS', 'CONFLICT', message, 'delete the CNAME, or take another name')
    }
    const [first] = own
    const ttlS = first !== undefined && 'ttl' in first ? (first.ttl ?? null) : null
    return { values: normalAll(own.map(dataOf)), ttlS, owner: owner.filter((answer) => answer.type === 'TXT').map(dataOf) }
  }

  async write(from: Held, to: Held, signal: AbortSignal): Promise<WriteOutcome> {
    const { authority, name, type } = this.options
    const owner = ownerName(name, type)
    const [old, next] = [recordsOf(name, type, from), recordsOf(name, type, to)]
    const [oldOwner, nextOwner] = [ownersOf(owner, from), ownersOf(owner, to)]
    const prerequisites = [...stillSo(name, type, old), ...stillSo(owner, 'TXT', oldOwner)]
    const updates = [...replaced(name, type, next), ...(nextOwner.length + oldOwner.length > 0 ? replaced(owner, 'TXT', nextOwner) : [])]
    return authority.update(await this.zoneName(signal), prerequisites, updates, signal)
  }

  /** Asks for a change that changes nothing: whether it would be allowed. */
  async rehearse(signal: AbortSignal): Promise<void> {
    const { authority, name, type, isOwned } = this.options
    const gone: WireRecord[] = [absentRecord(name, type)]
    if (isOwned) gone.push(absentRecord(ownerName(name, type), 'TXT'))
    await authority.update(await this.zoneName(signal), [], gone, signal)
  }

  startOfAuthority(signal: AbortSignal): Promise<StartOfAuthority> {
    return this.options.authority.startOfAuthority(this.options.name, signal)
  }

  private async zoneName(signal: AbortSignal): Promise<string> {
    this.zone ??= (await this.startOfAuthority(signal)).zone
    return this.zone
  }
}

function dataOf(answer: Answer): string {
  if (!('data' in answer)) return ''
  if (answer.type === 'TXT') return [answer.data].flat().map(String).join('')
  return typeof answer.data === 'string' ? answer.data : ''
}

function recordsOf(name: string, type: RecordType, { values, ttlS }: Held): readonly WireRecord[] {
  const encode = type === 'CNAME' ? encodeName : addresses
  return values.map((value) => ({ name, type: TYPES[type], class: CLASSES.IN, ttlS: ttlS ?? 0, data: encode(value) }))
}

/** Nobody but movip reads it: it may be kept by caches for as long as the record that it is of. */
function ownersOf(name: string, { owner, ttlS }: Held): readonly WireRecord[] {
  return owner.map((text) => ({ name, type: TYPES.TXT, class: CLASSES.IN, ttlS: ttlS ?? 0, data: texts(text) }))
}

/** The set is exactly this one (RFC 2136, 2.4.2), or there is none (2.4.3). */
function stillSo(name: string, type: keyof typeof TYPES, records: readonly WireRecord[]): readonly WireRecord[] {
  if (records.length > 0) return records.map((record) => ({ ...record, ttlS: 0 }))
  return [{ name, type: TYPES[type], class: CLASSES.NONE, ttlS: 0, data: Buffer.alloc(0) }]
}

function replaced(name: string, type: keyof typeof TYPES, records: readonly WireRecord[]): readonly WireRecord[] {
  return [{ name, type: TYPES[type], class: CLASSES.ANY, ttlS: 0, data: Buffer.alloc(0) }, ...records]
}

/** One that no name has, to be deleted (RFC 2136, 2.5.4). */
function absentRecord(name: string, type: keyof typeof TYPES): WireRecord {
  const data = { A: Buffer.alloc(4), AAAA: Buffer.alloc(16), CNAME: encodeName('movip.invalid'), TXT: texts('movip was never here') }
  return { name, type: TYPES[type], class: CLASSES.NONE, ttlS: 0, data: data[type as keyof typeof data] }
}
