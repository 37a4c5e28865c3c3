import { createRequire } from 'node:module'
import { endianness } from 'node:os'
import { kernelRefusal } from './driver.ts'

/**
 * The only place where foreign functions are called: synchronous, on the main thread, never blocking (every socket is
 * non-blocking), with one fixed buffer to receive into. A wrong signature here crashes the daemon; keep it small.
 */
export interface Sockets {
  netlink(protocol: number, groups: number): number
  packet(protocol: number, index: number, filter: Buffer | null): number
  send(fd: number, bytes: Buffer): void
  /** The next datagram; null when nothing waits. */
  receive(fd: number): Buffer | null
  close(fd: number): void
}

const EAGAIN = 11
export const ENOBUFS = 105

const AF_NETLINK = 16
const AF_PACKET = 17
const RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_ATTACH_FILTER = 26
const NETLINK_BUFFER_BYTES = 1 << 20

/** Loads koffi; throws where it is missing or the machine is big-endian. A bad prebuilt may abort the process: see `self-test.ts`. */
export function openSockets(): Sockets {
  if (endianness() !== 'LE') throw new Error('the native driver knows little-endian machines only')
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
  const libc = koffi.load(null)
  const program = koffi.struct({ length: 'uint16_t', filter: 'void *' })
  const open = libc.func('int socket(int domain, int type, int protocol)')
  const bind = libc.func('int bind(int fd, const void *address, uint32_t length)')
  const send = libc.func('long send(int fd, const void *bytes, size_t length, int flags)')
  const receive = libc.func('long recv(int fd, void *bytes, size_t length, int flags)')
  const close = libc.func('int close(int fd)')
  const setOption = libc.func('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)')
  const setFilter = libc.func('setsockopt', 'int', ['int', 'int', 'int', koffi.pointer(program), 'uint32_t'])
  const buffer = Buffer.alloc(1 << 16)

  const check = (result: number, what: string): number => {
    if (result < 0) throw kernelRefusal(what, koffi.errno())
    return result
  }
  const bound = (domain: number, protocol: number, address: Buffer, prepare: (fd: number) => void): number => {
    const fd = check(Number(open(domain, RAW_NONBLOCK_CLOEXEC, protocol)), 'open a socket')
    try {
      prepare(fd)
      check(Number(bind(fd, address, address.length)), 'bind a socket')
      return fd
    } catch (error) {
      close(fd)
      throw error
    }
  }
  return {
    netlink(protocol, groups) {
      const size = Buffer.alloc(4)
      size.writeInt32LE(NETLINK_BUFFER_BYTES)
      return bound(AF_NETLINK, protocol, netlinkAddress(groups), (fd) => void setOption(fd, SOL_SOCKET, SO_RCVBUF, size, 4))
    },
    packet(protocol, index, filter) {
      // Protocol 0 until bind: nothing of other interfaces or protocols slips in before.
      return bound(AF_PACKET, 0, packetAddress(protocol, index), (fd) => {
        if (filter === null) return
        check(Number(setFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, { length: filter.length / 8, filter }, 16)), 'filter what a socket hears')
      })
    },
    send(fd, bytes) {
      check(Number(send(fd, bytes, bytes.length, 0)), 'send')
    },
    receive(fd) {
      const length = Number(receive(fd, buffer, buffer.length, 0))
      if (length >= 0) return Buffer.from(buffer.subarray(0, length))
      const errno = koffi.errno()
      if (errno === EAGAIN) return null
      throw kernelRefusal('hand over what arrived', errno)
    },
    close(fd) {
      close(fd)
    },
  }
}

function netlinkAddress(groups: number): Buffer {
  const address = Buffer.alloc(12)
  address.writeUInt16LE(AF_NETLINK)
  address.writeUInt32LE(groups, 8)
  return address
}

function packetAddress(protocol: number, index: number): Buffer {
  const address = Buffer.alloc(20)
  address.writeUInt16LE(AF_PACKET)
  address.writeUInt16BE(protocol, 2)
  address.writeInt32LE(index, 4)
  return address
}
