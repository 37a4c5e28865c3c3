import { KernelError, kernelRefusal } from './driver.ts'
import type { Extension, HostAddress, HostChange, KernelDriver, Link, PacketPort, Placement, Renewal } from './driver.ts'
import type { Guarded } from './guarded.ts'
import { ENOBUFS } from './ffi.ts'
import type { Sockets } from './ffi.ts'
import { HostNews } from './host-news.ts'
import { macText } from './ip.ts'
import type { Vip } from './ip.ts'
import { NetlinkSocket } from './netlink-socket.ts'
import { closeFlows } from './old-flows.ts'
import { decodeMessages } from './netlink.ts'
import {
  describeObjects,
  dumpChains,
  dumpElements,
  elementBatch,
  generationOf,
  getElement,
  getGeneration,
  getTable,
  keysOf,
} from './nftables.ts'
import type { ElementChange, TableFamily } from './nftables.ts'
import { addressDump, hostEvent, linkDump, placeAddress, placeSubnetRoute, removeAddress } from './rtnetlink.ts'

const NETLINK_ROUTE = 0
const NETLINK_NETFILTER = 12
const NETLINK_SOCK_DIAG = 4
/** RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR */
const WATCHED_GROUPS = 0x1 | 0x10 | 0x100
const ETHERTYPE_ARP = 0x0806
const ETHERTYPE_IPV6 = 0x86dd
const ENOENT = 2
const ENODEV = 19
const EADDRNOTAVAIL = 99
/** ldb [20]; jeq #58; ldb [54]; jeq #136; accept; drop: neighbour advertisements only. */
const ADVERTISEMENTS = Buffer.from(
  '3000000014000000' + '150000033a000000' + '3000000036000000' + '1500000188000000' + '06000000ffff0000' + '0600000000000000',
  'hex',
)

/** Speaks netlink to the kernel through koffi: no child processes, every effect before the call returns. */
export class KoffiDriver implements KernelDriver {
  readonly name = 'koffi'
  readonly callMs = 5
  readonly #sockets: Sockets
  readonly #route: NetlinkSocket
  readonly #netfilter: NetlinkSocket
  #diagnosis: NetlinkSocket | null = null
  readonly #fds: number[] = []
  #watched: { readonly fd: number; readonly onChange: (change: HostChange) => void } | null = null
  readonly #news = new HostNews()
  /** What the number of the ruleset is if nobody but us changed anything since `#prints` were taken. */
  #expectedGeneration: number | null = null
  readonly #prints = new Map<string, string | null>()

  constructor(sockets: Sockets) {
    this.#sockets = sockets
    this.#route = new NetlinkSocket(sockets, NETLINK_ROUTE)
    this.#netfilter = new NetlinkSocket(sockets, NETLINK_NETFILTER)
  }

  async links(): Promise<readonly Link[]> {
    return this.#route.dump(linkDump, 'list interfaces').flatMap((message) => {
      const event = hostEvent(message)
      return event?.type === 'link' ? [event.link] : []
    })
  }

  /** Of very many addresses a listing takes milliseconds, and what has changed since the last one none. */
  async addresses(): Promise<readonly HostAddress[]> {
    if (this.#watched === null) return this.#listAddresses()
    this.#readNews(this.#watched.fd)
    return this.#news.addresses(() => this.#listAddresses())
  }

  #listAddresses(): readonly HostAddress[] {
    return this.#route.dump(addressDump, 'list addresses').flatMap((message) => {
      const event = hostEvent(message)
      return event?.type === 'address' ? [event.address] : []
    })
  }

  async place(link: Link, placement: Placement, validSeconds: number): Promise<void> {
    const { vip, subnetRoute } = placement
    this.#route.demand((sequence) => placeAddress(sequence, link.index, placement, validSeconds), `add ${vip.text} to ${link.name}`)
    if (vip.family === 4 && subnetRoute) {
      this.#route.demand((sequence) => placeSubnetRoute(sequence, link.index, placement), `add the route to the subnet of ${vip.text}`)
    }
    if (this.#watched === null) return
    // Of a new IPv6 address the kernel tells only some time later. What it has told so far is of the time before.
    this.#readNews(this.#watched.fd)
    this.#news.note({ type: 'address', address: { index: link.index, ip: vip.text, prefix: placement.prefix, permanent: false } })
  }

  async remove(link: Link, placement: Placement): Promise<void> {
    const what = `remove ${placement.vip.text} from ${link.name}`
    this.#route.demand((sequence) => removeAddress(sequence, link.index, placement), what, [EADDRNOTAVAIL, ENODEV])
  }

  async open(table: string, guarded: Guarded, timeoutMs: number): Promise<void> {
    const change = { table, guarded, timeoutMs }
    const errno = this.#change([
      { ...change, action: 'add' },
      { ...change, action: 'delete' },
      { ...change, action: 'add' },
    ])
    if (errno !== 0) throw kernelRefusal(`open the gate for ${guarded.text}`, errno)
  }

  extend(table: string, extensions: readonly Extension[]): Renewal {
    const errno = this.#change(
      ([4, 6, 'port'] as const).flatMap((family) => {
        const changes = extensions
          .filter(({ guarded }) => guarded.family === family)
          .map(({ guarded, timeoutMs }) => ({ table, guarded, timeoutMs }))
        return (['delete', 'add'] as const).flatMap((action) => changes.map((change) => ({ ...change, action })))
      }),
    )
    if (errno === 0) return 'extended'
    if (errno === ENOENT) return 'lapsed'
    throw kernelRefusal(`extend the gate for ${extensions.map(({ guarded }) => guarded.text).join(', ')}`, errno)
  }

  /** What is added first can be deleted, whether or not it was there: a transaction that fails takes the kernel many times longer. */
  async shut(table: string, guarded: Guarded): Promise<void> {
    const change = { table, guarded, timeoutMs: 1 }
    const errno = this.#change([
      { ...change, action: 'add' },
      { ...change, action: 'delete' },
    ])
    if (errno !== 0 && errno !== ENOENT) throw kernelRefusal(`shut the gate for ${guarded.text}`, errno)
  }

  async isOpen(table: string, guarded: Guarded): Promise<boolean> {
    const { errno } = this.#netfilter.ask((sequence) => getElement(sequence, table, guarded), `look up ${guarded.text}`)
    if (errno !== 0 && errno !== ENOENT) throw kernelRefusal(`look up ${guarded.text}`, errno)
    return errno === 0
  }

  async closeFlows(vip: Vip, withinMs: number): Promise<number | null> {
    this.#diagnosis ??= new NetlinkSocket(this.#sockets, NETLINK_SOCK_DIAG)
    return closeFlows(this.#diagnosis, vip, withinMs)
  }

  async fingerprint(table: string): Promise<string | null> {
    const generation = generationOf(this.#netfilter.demand(getGeneration, 'read the generation of the ruleset'))
    const known = this.#prints.get(table)
    if (generation !== null && generation === this.#expectedGeneration && known !== undefined) return known
    if (generation !== this.#expectedGeneration) this.#prints.clear()
    const print = this.#readFingerprint(table)
    this.#expectedGeneration = generation
    this.#prints.set(table, print)
    return print
  }

  #readFingerprint(table: string): string | null {
    const addresses = this.#readTable(table, 'netdev', ['vips4', 'vips6'])
    return addresses === null ? null : [addresses, this.#readTable(table, 'inet', ['ports', 'services']) ?? ''].join('\n')
  }

  #readTable(table: string, family: TableFamily, sets: readonly string[]): string | null {
    const { errno, messages } = this.#netfilter.ask((sequence) => getTable(sequence, { family, table }), 'read the table')
    if (errno === ENOENT) return null
    if (errno !== 0) throw kernelRefusal(`read the table ${table}`, errno)
    const keys = sets.map((set) => {
      const elements = this.#netfilter.ask((sequence) => dumpElements(sequence, { family, table }, set), `list ${set}`)
      return elements.errno === 0 ? keysOf(elements.messages).toSorted().join(',') : `errno ${elements.errno}`
    })
    const dumped = this.#netfilter.dump((sequence) => dumpChains(sequence, family), 'list the chains')
    const chains = describeObjects(dumped, 'chain', table).toSorted()
    return [...describeObjects(messages, 'table', table), ...chains, ...keys].join('\n')
  }

  watch(onChange: (change: HostChange) => void): void {
    const fd = this.#sockets.netlink(NETLINK_ROUTE, WATCHED_GROUPS)
    this.#fds.push(fd)
    this.#watched = { fd, onChange }
  }

  poll(): void {
    if (this.#watched === null) return
    this.#readNews(this.#watched.fd)
    const change = this.#news.take()
    if (change !== null) this.#watched.onChange(change)
  }

  #readNews(fd: number): void {
    try {
      for (let datagram = this.#sockets.receive(fd); datagram !== null; datagram = this.#sockets.receive(fd)) {
        for (const message of decodeMessages(datagram)) this.#news.note(hostEvent(message))
      }
    } catch (error) {
      if (!(error instanceof KernelError && error.errno === ENOBUFS)) throw error
      this.#news.noteLoss()
    }
  }

  async port(link: Link, family: 4 | 6): Promise<PacketPort> {
    const sockets = this.#sockets
    const fd = family === 4 ? sockets.packet(ETHERTYPE_ARP, link.index, null) : sockets.packet(ETHERTYPE_IPV6, link.index, ADVERTISEMENTS)
    return {
      send: (frame) => attempt(() => sockets.send(fd, frame)),
      receive: () => {
        const frames: Buffer[] = []
        // ENETDOWN is reported once when the link goes down; what waits behind it is read the next time.
        attempt(() => {
          for (let frame = sockets.receive(fd); frame !== null; frame = sockets.receive(fd)) {
            if (macText(frame.subarray(6, 12)) !== link.mac) frames.push(frame)
          }
        })
        return frames
      },
      close: () => sockets.close(fd),
    }
  }

  close(): void {
    this.#watched = null
    for (const fd of this.#fds) this.#sockets.close(fd)
    this.#route.close()
    this.#netfilter.close()
    this.#diagnosis?.close()
  }

  #change(changes: readonly ElementChange[]): number {
    const { errno } = this.#netfilter.ask((sequence) => elementBatch(sequence, changes), 'change the gate')
    if (errno === 0 && this.#expectedGeneration !== null) this.#expectedGeneration += 1
    return errno
  }
}

function attempt(action: () => void): boolean {
  try {
    action()
    return true
  } catch (error) {
    if (error instanceof KernelError) return false
    throw error
  }
}
