import type { Vip } from './ip.ts'

/** A port of this machine, of TCP and UDP, at all its addresses. */
export interface Port {
  readonly family: 'port'
  /** Who finds it shut: whoever comes from another machine, as the machine's own checks of a service have to reach it; or everybody. */
  readonly to: 'others' | 'all'
  /** What messages call it: `port 9652`. */
  readonly text: string
  readonly bytes: Buffer
}

/** What stands behind the gate: an address on an interface, or a port. */
export type Guarded = Pick<Vip, 'family' | 'text' | 'bytes'> | Port

export function portOf(number: number, to: Port['to'] = 'all'): Port {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(number)
  return { family: 'port', to, text: `port ${number}`, bytes }
}

/** As nft writes it in a set. */
export function elementText({ family, text, bytes }: Guarded): string {
  return family === 'port' ? String(bytes.readUInt16BE()) : text
}

/** The family of the tables in front: addresses are guarded on their way in and out of interfaces, ports where packets are delivered. */
export function tableFamily({ family }: Pick<Guarded, 'family'>): 'netdev' | 'inet' {
  return family === 'port' ? 'inet' : 'netdev'
}
