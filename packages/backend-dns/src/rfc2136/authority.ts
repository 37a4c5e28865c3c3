import { randomInt } from 'node:crypto'
import { decode } from 'dns-packet'
import type { Answer, DecodedPacket } from 'dns-packet'
import type { BackendError, BackendErrorCode } from '@movip/core/backend'
import { DnsError } from '../errors.ts'
import { normal } from '../records.ts'
import { exchange, NoAnswer } from './wire/exchange.ts'
import type { Server } from './wire/exchange.ts'
import { encodeMessage, OPCODES, TYPES } from './wire/message.ts'
import type { Message, WireRecord } from './wire/message.ts'
import { sign, verify } from './wire/tsig.ts'
import type { TsigKey } from './wire/tsig.ts'

export interface AuthorityOptions {
  readonly server: Server
  /** null: nothing is signed. */
  readonly key: (() => Promise<TsigKey>) | null
  /** What one question may take. */
  readonly timeoutMs: number
  /** Time of day, ms since 1970: signatures carry it. */
  readonly wallMs: () => number
}

/** How an update ended that the server has understood. */
export type UpdateOutcome = 'done' | 'changed-meanwhile'

export interface StartOfAuthority {
  readonly zone: string
  /** For so long resolvers remember that a name does not exist (RFC 2308). */
  readonly negativeTtlS: number
}

const RCODES = { ok: 0, serverFailed: 2, noSuchName: 3, refused: 5, nameExists: 6, setExists: 7, noSet: 8, notAuthorised: 9, notZone: 10 }
/** A prerequisite of the update does not hold. */
const UNMET: readonly number[] = [RCODES.noSuchName, RCODES.nameExists, RCODES.setExists, RCODES.noSet]
const AUTHORITATIVE = 0x400

/** One name server that is asked for what it knows itself, and told what to change (RFC 2136). */
export class Authority {
  readonly name: string
  private readonly options: AuthorityOptions

  constructor(options: AuthorityOptions) {
    this.options = options
    const { host, port } = options.server
    this.name = port === 53 ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  /** The records of a name; none where it has none. Throws `BackendError`. */
  async records(name: string, type: keyof typeof TYPES, signal: AbortSignal): Promise<readonly Answer[]> {
    return (await this.query(name, type, signal)).answers ?? []
  }

  /** The zone that a name is in. Throws `BackendError`. */
  async startOfAuthority(name: string, signal: AbortSignal): Promise<StartOfAuthority> {
    const { answers = [], authorities = [] } = await this.query(name, 'SOA', signal)
    const found = [...answers, ...authorities].find((record) => record.type === 'SOA')
    if (found?.type !== 'SOA') throw this.fault('DNS_LAME', 'NOT_FOUND', `does not say which zone ${name} is in`, 'name the zone as zone:')
    return { zone: normal(found.name), negativeTtlS: Math.min(found.ttl ?? 0, found.data.minimum ?? 0) }
  }

  /** All of it or nothing. Throws `BackendError`, also where nobody knows whether it was done. */
  async update(
    zone: string,
    prerequisites: readonly WireRecord[],
    updates: readonly WireRecord[],
    signal: AbortSignal,
  ): Promise<UpdateOutcome> {
    const asked = { name: zone, type: TYPES.SOA }
    const { rcode } = await this.ask({ id: randomId(), opcode: OPCODES.update, asked, prerequisites, updates }, signal)
    if (rcode === RCODES.ok) return 'done'
    if (UNMET.includes(rcode)) return 'changed-meanwhile'
    throw this.refusal(rcode, zone)
  }

  private async query(name: string, type: keyof typeof TYPES, signal: AbortSignal): Promise<DecodedPacket> {
    const asked = { name, type: TYPES[type] }
    const message = { id: randomId(), opcode: OPCODES.query, asked, prerequisites: [], updates: [] }
    const { rcode, packet } = await this.ask(message, signal)
    if (rcode !== RCODES.ok && rcode !== RCODES.noSuchName) throw this.refusal(rcode, name)
    if (((packet.flags ?? 0) & AUTHORITATIVE) !== 0) return packet
    const fix = `configure the zone on ${this.name}, or take that server out of the endpoint`
    throw this.fault('DNS_LAME', 'NOT_FOUND', `does not answer for ${name} itself: it is no authority for it, or its copy has expired`, fix)
  }

  private async ask(message: Message, signal: AbortSignal): Promise<{ readonly rcode: number; readonly packet: DecodedPacket }> {
    const { server, timeoutMs, wallMs } = this.options
    const key = (await this.options.key?.()) ?? null
    const plain = encodeMessage(message)
    const { signed, mac } = key === null ? { signed: plain, mac: null } : sign(plain, key, wallMs())
    const answer = await exchange(server, signed, timeoutMs, signal).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error
      throw this.fault(
        'DNS_NO_ANSWER',
        'UNREACHABLE',
        `does not answer: ${error.message}`,
        `is ${this.name} up, and open for DNS over TCP from here?`,
      )
    })
    const packet = decoded(answer)
    if (packet === null || packet.id !== message.id)
      throw this.fault(
        'DNS_NO_ANSWER',
        'UNREACHABLE',
        'has answered with something else than DNS',
        `is there a name server at ${this.name}?`,
      )
    if (key !== null && mac !== null) this.accept(answer, key, mac)
    return { rcode: answer.readUInt16BE(2) & 0xf, packet }
  }

  /** What is not signed by whoever has the key was not said. */
  private accept(answer: Buffer, key: TsigKey, questionMac: Buffer): void {
    const verdict = verify(answer, key, questionMac)
    if (verdict.ok) return
    const { name, algorithm } = key
    if (verdict.why === 'bad-time') {
      const apartS = Math.round((this.options.wallMs() - verdict.serverMs) / 1000)
      const apart = `this node's clock is ${Math.abs(apartS)} s ${apartS > 0 ? 'ahead of' : 'behind'} its own`
      throw this.fault(
        'DNS_CLOCK',
        'DENIED',
        `refuses the time of the signature: ${apart}`,
        'set both clocks by NTP: 300 s apart is the most',
      )
    }
    if (verdict.why === 'forged') {
      const fix = 'somebody else may have answered: look at the network; or the two secrets differ'
      throw this.fault('DNS_FORGED', 'DENIED', `has given an answer that is not signed with key ${name}`, fix)
    }
    const fix = `compare name, algorithm and secret of the key with those on ${this.name}`
    throw this.fault('DNS_BAD_KEY', 'DENIED', `does not take key ${name} (${algorithm})`, fix)
  }

  private refusal(rcode: number, name: string): BackendError {
    if (rcode === RCODES.refused) {
      const fix = `is ${this.name} a primary of the zone? Let the key change it there (BIND: update-policy; Knot: acl with action update)`
      return this.fault('DNS_REFUSED', 'DENIED', `refuses what was asked for ${name}`, fix)
    }
    if (rcode === RCODES.notAuthorised || rcode === RCODES.notZone) {
      const fix = 'name primaries of the zone as servers:, and others as secondaries:'
      return this.fault(
        'DNS_NOT_AUTHORITATIVE',
        'NOT_FOUND',
        `takes no changes of ${name}: it is no primary for it, or the key is not allowed`,
        fix,
      )
    }
    const words = rcode === RCODES.serverFailed ? 'SERVFAIL' : `code ${rcode}`
    return this.fault('DNS_FAILED', 'FAILED', `has answered with ${words} for ${name}`, `see the log of ${this.name}`)
  }

  private fault(finding: string, code: BackendErrorCode, message: string, fix: string): DnsError {
    return new DnsError(finding, code, `${this.name} ${message}`, fix)
  }
}

const randomId = (): number => randomInt(0x1_0000)

function decoded(answer: Buffer): DecodedPacket | null {
  try {
    return decode(answer)
  } catch {
    return null
  }
}
