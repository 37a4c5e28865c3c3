import {
  ATTRIBUTE_HEADER_BYTES,
  decodeAttributes,
  encodeMessage,
  FLAG_ACK,
  FLAG_CREATE,
  FLAG_DUMP,
  FLAG_REQUEST,
  listAttributes,
  NESTED,
  nested,
  stringAttribute,
  writeAttributeHeader,
} from './netlink.ts'
import type { NetlinkMessage } from './netlink.ts'
import { tableFamily } from './guarded.ts'
import type { Guarded } from './guarded.ts'

const BATCH_BEGIN = 0x10
const BATCH_END = 0x11
const SUBSYSTEM = 10
const families = { inet: 1, netdev: 5 } as const
const GET_TABLE = 1
const GET_CHAIN = 4
const NEW_ELEMENT = 12
const GET_ELEMENT = 13
const DELETE_ELEMENT = 14
const NEW_GENERATION = 15
const GET_GENERATION = 16

const typeOf = (message: number): number => (SUBSYSTEM << 8) | message

export type TableFamily = keyof typeof families

export interface TableName {
  readonly family: TableFamily
  readonly table: string
}

/** One change of the set of what is open. */
export interface ElementChange {
  readonly action: 'add' | 'delete'
  readonly table: string
  readonly guarded: Guarded
  readonly timeoutMs: number
}

/** The set of what is open of this family. */
export function heldSet({ family }: Guarded): string {
  return family === 'port' ? 'heldports' : `held${family}`
}

/**
 * All changes in one transaction: all of them happen, or none. Only the last message is acknowledged, after all refusals,
 * and only it bears `sequence`: the others bear the next number. Neighbours that do the same to the same set share a message.
 */
export function elementBatch(sequence: number, changes: readonly ElementChange[]): Buffer {
  const runs = runsOf(changes)
  const messages = runs.map(({ action, family, table, set, items }, index) => {
    const last = index === runs.length - 1
    const flags = FLAG_REQUEST | (action === 'add' ? FLAG_CREATE : 0) | (last ? FLAG_ACK : 0)
    const type = typeOf(action === 'add' ? NEW_ELEMENT : DELETE_ELEMENT)
    return encodeMessage(type, flags, last ? sequence : sequence + 1, genericHeader(families[family]), ...elements(table, set, items))
  })
  return Buffer.concat([
    encodeMessage(BATCH_BEGIN, FLAG_REQUEST, sequence + 1, genericHeader(0, SUBSYSTEM)),
    ...messages,
    encodeMessage(BATCH_END, FLAG_REQUEST, sequence + 1, genericHeader(0, SUBSYSTEM)),
  ])
}

export function getElement(sequence: number, table: string, guarded: Guarded): Buffer {
  const parts = elements(table, heldSet(guarded), [elementItem(guarded, null)])
  const header = genericHeader(families[tableFamily(guarded)])
  return encodeMessage(typeOf(GET_ELEMENT), FLAG_REQUEST | FLAG_ACK, sequence, header, ...parts)
}

export function dumpElements(sequence: number, { family, table }: TableName, set: string): Buffer {
  return encodeMessage(
    typeOf(GET_ELEMENT),
    FLAG_REQUEST | FLAG_DUMP,
    sequence,
    genericHeader(families[family]),
    stringAttribute(1, table),
    stringAttribute(2, set),
  )
}

export function getTable(sequence: number, { family, table }: TableName): Buffer {
  return encodeMessage(typeOf(GET_TABLE), FLAG_REQUEST | FLAG_ACK, sequence, genericHeader(families[family]), stringAttribute(1, table))
}

export function dumpChains(sequence: number, family: TableFamily): Buffer {
  return encodeMessage(typeOf(GET_CHAIN), FLAG_REQUEST | FLAG_DUMP, sequence, genericHeader(families[family]))
}

export function getGeneration(sequence: number): Buffer {
  return encodeMessage(typeOf(GET_GENERATION), FLAG_REQUEST | FLAG_ACK, sequence, genericHeader(0))
}

/** The number of the ruleset, which grows with every transaction of anybody in this network namespace. */
export function generationOf(messages: readonly NetlinkMessage[]): number | null {
  const message = messages.find((candidate) => candidate.type === typeOf(NEW_GENERATION))
  const id = message === undefined ? undefined : decodeAttributes(message.body, 4).get(1)
  return id?.length === 4 ? id.readUInt32BE() : null
}

/** Identity, flags and number of users of a table or, with `table`, of each of its chains (policy and number of rules). */
export function describeObjects(messages: readonly NetlinkMessage[], kind: 'table' | 'chain', table: string): readonly string[] {
  return messages.flatMap(({ type, body }) => {
    if (type !== typeOf(kind === 'table' ? 0 : 3)) return []
    const attributes = decodeAttributes(body, 4)
    const parts = kind === 'table' ? [4, 2, 3] : [3, 2, 5, 6]
    const name = attributes.get(1)
    if (name === undefined || !name.equals(Buffer.from(`${table}\0`))) return []
    return [parts.map((part) => attributes.get(part)?.toString('hex') ?? '').join(':')]
  })
}

/** The keys of dumped set elements. */
export function keysOf(messages: readonly NetlinkMessage[]): readonly string[] {
  return messages.flatMap(({ type, body }) => {
    const elements = type === typeOf(NEW_ELEMENT) ? decodeAttributes(body, 4).get(3) : undefined
    if (elements === undefined) return []
    return listAttributes(elements).map(
      ([, item]) =>
        decodeAttributes(decodeAttributes(item).get(1) ?? Buffer.alloc(0))
          .get(1)
          ?.toString('hex') ?? '',
    )
  })
}

interface Run {
  readonly action: 'add' | 'delete'
  readonly family: TableFamily
  readonly table: string
  readonly set: string
  readonly items: Buffer[]
}

function runsOf(changes: readonly ElementChange[]): readonly Run[] {
  const runs: Run[] = []
  for (const { action, table, guarded, timeoutMs } of changes) {
    const set = heldSet(guarded)
    const item = elementItem(guarded, action === 'add' ? timeoutMs : null)
    const last = runs.at(-1)
    if (last?.action === action && last.table === table && last.set === set) last.items.push(item)
    else runs.push({ action, family: tableFamily(guarded), table, set, items: [item] })
  }
  return runs
}

function elements(table: string, set: string, items: readonly Buffer[]): readonly Buffer[] {
  return [stringAttribute(1, table), stringAttribute(2, set), nested(3, ...items)]
}

/** Attributes begin at multiples of four. */
const padded = (bytes: number): number => (bytes + 3) & ~3

/** Leases of very many addresses are pushed again and again: what is in an element stands where it stands. */
function elementItem({ bytes }: Guarded, timeoutMs: number | null): Buffer {
  const dataBytes = ATTRIBUTE_HEADER_BYTES + bytes.length
  const keyBytes = ATTRIBUTE_HEADER_BYTES + padded(dataBytes)
  const timeoutBytes = timeoutMs === null ? 0 : ATTRIBUTE_HEADER_BYTES + 8
  const item = Buffer.alloc(ATTRIBUTE_HEADER_BYTES + keyBytes + timeoutBytes)
  let at = writeAttributeHeader(item, 0, 1 | NESTED, item.length)
  at = writeAttributeHeader(item, at, 1 | NESTED, keyBytes)
  at = writeAttributeHeader(item, at, 1, dataBytes)
  bytes.copy(item, at)
  at += padded(bytes.length)
  if (timeoutMs !== null) item.writeBigUInt64BE(BigInt(timeoutMs), writeAttributeHeader(item, at, 4, timeoutBytes))
  return item
}

function genericHeader(family: number, resource = 0): Buffer {
  return Buffer.from([family, 0, resource >> 8, resource & 0xff])
}
