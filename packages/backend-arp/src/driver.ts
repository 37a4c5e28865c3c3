import { getSystemErrorMessage } from 'node:util'
import type { Guarded } from './guarded.ts'
import type { Vip } from './ip.ts'

export interface Link {
  readonly index: number
  readonly name: string
  /** null: not an Ethernet-like interface. */
  readonly mac: string | null
  /** Switched on and with a carrier. */
  readonly up: boolean
}

export interface HostAddress {
  readonly index: number
  readonly ip: string
  readonly prefix: number
  /** Without a lifetime: not put there by movip. */
  readonly permanent: boolean
}

/** How a VIP is put on an interface. */
export interface Placement {
  readonly vip: Vip
  /** Prefix of the address itself; IPv4 is always /32, so that it is never primary or secondary to another address. */
  readonly prefix: number
  /** No other address of the interface makes the way to the VIP's subnet: the VIP has to. */
  readonly subnetRoute: boolean
}

export type Renewal = 'extended' | 'lapsed'

/** How long the gate of an address or port is to be open from now on. */
export interface Extension {
  readonly guarded: Guarded
  readonly timeoutMs: number
}

/** Raw frames of one interface. */
export interface PacketPort {
  /** False when the frame did not leave, e.g. because the gate is closed or the link down. */
  send(frame: Buffer): boolean
  /** The ARP frames and neighbour advertisements that arrived since the last call. */
  receive(): readonly Buffer[]
  close(): void
}

/** Something about links or addresses of this host may have changed. */
export interface HostChange {
  /** Addresses that were seen to go, with their interface. */
  readonly gone: readonly HostAddress[]
  /** Links may have changed: read them again. */
  readonly links: boolean
  /** Messages were lost: nothing that is known still counts. */
  readonly unsure: boolean
}

/**
 * What the backend wants from the kernel. Two implementations: `koffi` speaks netlink itself (tens of microseconds, and
 * every call has its effect before it returns), `cli` drives `ip` and `nft` (milliseconds, needs no native code).
 * Methods reject with `KernelError`.
 */
export interface KernelDriver {
  readonly name: 'koffi' | 'cli'
  /** A change of the gate usually takes less than this. One that takes longer is late: its timeout has to be computed anew. */
  readonly callMs: number
  links(): Promise<readonly Link[]>
  addresses(): Promise<readonly HostAddress[]>
  /** Adds the address or extends its lifetime. */
  place(link: Link, placement: Placement, validSeconds: number): Promise<void>
  /** Already gone is success. */
  remove(link: Link, placement: Placement): Promise<void>
  /** Opens the gate, whether or not it was open. Takes effect at once. */
  open(table: string, guarded: Guarded, timeoutMs: number): Promise<void>
  /**
   * Gives open gates new timeouts: all of them or, when one of them is closed, none. A closed one stays closed. The cli
   * driver answers what it knows at that moment, and goes one by one.
   */
  extend(table: string, extensions: readonly Extension[]): Renewal
  /** Closes the gate. Already closed is success. */
  shut(table: string, guarded: Guarded): Promise<void>
  isOpen(table: string, guarded: Guarded): Promise<boolean>
  /** Closes connections to the address, as many as it can within the time, and tells how many. null: this system cannot. */
  closeFlows(vip: Vip, withinMs: number): Promise<number | null>
  /** Describes all of the tables of this name that does not change with claims; null: there is none of interfaces. Cheap while nothing changes. */
  fingerprint(table: string): Promise<string | null>
  watch(onChange: (change: HostChange) => void): void
  /** Tells what has changed since the last call, where the driver is not told by itself. */
  poll(): void
  port(link: Link, family: 4 | 6): Promise<PacketPort>
  close(): void
}

/** The kernel refused. `errno` is the positive number, 0 where only a text is known. */
export class KernelError extends Error {
  readonly errno: number
  constructor(message: string, errno: number) {
    super(message)
    this.name = 'KernelError'
    this.errno = errno
  }
}

/** What the kernel would not do, and why in its own words: `shut the gate for 10.0.0.50: no such device`. */
export function kernelRefusal(what: string, errno: number): KernelError {
  return new KernelError(`the kernel did not ${what}: ${getSystemErrorMessage(-errno)}`, errno)
}
