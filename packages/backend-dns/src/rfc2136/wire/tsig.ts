import { createHmac, timingSafeEqual } from 'node:crypto'
import { CLASSES, encodeName, encodeRecord, lastRecordOffset, TYPES, words } from './message.ts'

/** A secret that is shared with a name server (RFC 8945). */
export interface TsigKey {
  readonly name: string
  readonly algorithm: 'hmac-sha256' | 'hmac-sha512'
  readonly secret: Buffer
}

/** What an answer says of the signature of its question. */
export type TsigVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: 'unsigned' | 'forged' | 'bad-key' | 'bad-signature' | 'other' }
  /** Of the server's clock, in ms since 1970. */
  | { readonly ok: false; readonly why: 'bad-time'; readonly serverMs: number }

/** Clocks may be that far apart, as RFC 8945 recommends. */
const FUDGE_S = 300
const ERRORS = { badSignature: 16, badKey: 17, badTime: 18 }
const ADDITIONAL_COUNT = 10

interface Variables {
  readonly timeS: number
  readonly fudgeS: number
  readonly error: number
  readonly other: Buffer
}

/** The message with its signature, and the signature alone, on which that of the answer builds. */
export function sign(message: Buffer, key: TsigKey, nowMs: number): { readonly signed: Buffer; readonly mac: Buffer } {
  const variables: Variables = { timeS: Math.floor(nowMs / 1000), fudgeS: FUDGE_S, error: 0, other: Buffer.alloc(0) }
  const mac = macOf([message], key, variables)
  const head = Buffer.from(message)
  head.writeUInt16BE(head.readUInt16BE(ADDITIONAL_COUNT) + 1, ADDITIONAL_COUNT)
  const data = Buffer.concat([
    encodeName(key.algorithm),
    seconds(variables.timeS),
    words(FUDGE_S, mac.length),
    mac,
    words(message.readUInt16BE(0), 0, 0),
  ])
  const record = encodeRecord({ name: key.name, type: TYPES.TSIG, class: CLASSES.ANY, ttlS: 0, data })
  return { signed: Buffer.concat([head, record]), mac }
}

/** Whether the answer was signed by whoever knows the key, as one to the question with this signature. */
export function verify(answer: Buffer, key: TsigKey, questionMac: Buffer): TsigVerdict {
  const found = readTsig(answer)
  if (found === null) return { ok: false, why: 'unsigned' }
  const { unsigned, mac, variables } = found
  if (variables.error === ERRORS.badKey) return { ok: false, why: 'bad-key' }
  if (variables.error === ERRORS.badSignature) return { ok: false, why: 'bad-signature' }
  const expected = macOf([words(questionMac.length), questionMac, unsigned], key, variables)
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return { ok: false, why: 'forged' }
  if (variables.error === ERRORS.badTime) return { ok: false, why: 'bad-time', serverMs: timeOf(variables.other) * 1000 }
  return variables.error === 0 ? { ok: true } : { ok: false, why: 'other' }
}

interface Signature {
  /** As it was before it was signed. */
  readonly unsigned: Buffer
  readonly mac: Buffer
  readonly variables: Variables
}

function readTsig(answer: Buffer): Signature | null {
  if (answer.readUInt16BE(ADDITIONAL_COUNT) === 0) return null
  const start = lastRecordOffset(answer)
  let offset = skipName(answer, start)
  if (answer.readUInt16BE(offset) !== TYPES.TSIG) return null
  offset = skipName(answer, offset + 10)
  const macLength = answer.readUInt16BE(offset + 8)
  const mac = answer.subarray(offset + 10, offset + 10 + macLength)
  const rest = offset + 10 + macLength
  const unsigned = Buffer.from(answer.subarray(0, start))
  unsigned.writeUInt16BE(answer.readUInt16BE(rest), 0)
  unsigned.writeUInt16BE(answer.readUInt16BE(ADDITIONAL_COUNT) - 1, ADDITIONAL_COUNT)
  return {
    unsigned,
    mac,
    variables: {
      timeS: timeOf(answer.subarray(offset, offset + 6)),
      fudgeS: answer.readUInt16BE(offset + 6),
      error: answer.readUInt16BE(rest + 2),
      other: answer.subarray(rest + 6, rest + 6 + answer.readUInt16BE(rest + 4)),
    },
  }
}

function macOf(parts: readonly Buffer[], key: TsigKey, { timeS, fudgeS, error, other }: Variables): Buffer {
  const name = Buffer.concat([encodeName(key.name), words(CLASSES.ANY, 0, 0)])
  const signed = Buffer.concat([...parts, name, encodeName(key.algorithm), seconds(timeS), words(fudgeS, error, other.length), other])
  return createHmac(key.algorithm === 'hmac-sha256' ? 'sha256' : 'sha512', key.secret)
    .update(signed)
    .digest()
}

/** 48 bits. */
function seconds(value: number): Buffer {
  const bytes = Buffer.alloc(6)
  bytes.writeUIntBE(value, 0, 6)
  return bytes
}

const timeOf = (bytes: Buffer): number => (bytes.length === 6 ? bytes.readUIntBE(0, 6) : 0)

/** Names of a signature are never compressed, but those before it may be. */
function skipName(message: Buffer, start: number): number {
  let offset = start
  while (message.readUInt8(offset) !== 0) {
    if (message.readUInt8(offset) >= 0xc0) return offset + 2
    offset += 1 + message.readUInt8(offset)
  }
  return offset + 1
}
