/** The few system calls that Node does not offer. Synchronous, on the calling thread, with buffers that the caller keeps. */
import { getSystemErrorName } from 'node:util'
import koffi from 'koffi'

const libc = koffi.load(null)
type Call = (...args: readonly unknown[]) => number

const bind = (prototype: string): Call => libc.func(prototype) as Call
const calls = {
  socket: bind('int socket(int, int, int)'),
  bind: bind('int bind(int, void *, int)'),
  setsockopt: bind('int setsockopt(int, int, int, void *, int)'),
  getsockopt: bind('int getsockopt(int, int, int, void *, void *)'),
  sendto: bind('long sendto(int, void *, size_t, int, void *, int)'),
  recvfrom: bind('long recvfrom(int, void *, size_t, int, void *, void *)'),
  ioctl: bind('int ioctl(int, unsigned long, void *)'),
  ppoll: bind('int ppoll(void *, unsigned long, void *, void *)'),
  close: bind('int close(int)'),
  setns: bind('int setns(int, int)'),
  ifNametoindex: bind('unsigned int if_nametoindex(const char *)'),
  clockGettime: bind('int clock_gettime(int, void *)'),
}

/** A system call failed; `errno` says how. */
export class SystemCallError extends Error {
  readonly errno: number
  constructor(call: string, errno: number) {
    super(`${call} failed: ${errno === 0 ? 'no error number' : getSystemErrorName(-errno)}`)
    this.name = 'SystemCallError'
    this.errno = errno
  }
}

const EAGAIN = 11
const EINTR = 4

function check(call: string, result: number): number {
  if (result < 0) throw new SystemCallError(call, koffi.errno())
  return result
}

/** Constants of Linux, as its headers name them. */
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const AF_PACKET = 17
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000

/** A non-blocking socket in the namespace of the calling thread. */
export function openSocket(family: number, type: number, protocol: number): number {
  return check('socket', calls.socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol))
}

export function bindSocket(fd: number, address: Buffer): void {
  check('bind', calls.bind(fd, address, address.length))
}

/** Sets an option whose value is one int. */
export function setOption(fd: number, level: number, option: number, value: number): void {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32LE(value)
  check('setsockopt', calls.setsockopt(fd, level, option, buffer, 4))
}

export function getOption(fd: number, level: number, option: number, size: number): Buffer {
  const value = Buffer.alloc(size)
  const length = Buffer.alloc(4)
  length.writeInt32LE(size)
  check('getsockopt', calls.getsockopt(fd, level, option, value, length))
  return value
}

/** Sends without waiting. Returns 0, or the errno: what an unreachable network answers is a loss and not a fault. */
export function send(fd: number, data: Buffer, address: Buffer | null, length = data.length): number {
  return calls.sendto(fd, data, length, 0, address, address?.length ?? 0) < 0 ? koffi.errno() : 0
}

/** As much as fits without waiting, for a stream. Returns the number of bytes taken. */
export function writeSome(fd: number, data: Buffer): number {
  const taken = calls.sendto(fd, data, data.length, 0x40 | 0x4000, null, 0) // MSG_DONTWAIT | MSG_NOSIGNAL
  if (taken >= 0) return taken
  if (koffi.errno() === EAGAIN || koffi.errno() === EINTR) return 0
  throw new SystemCallError('send', koffi.errno())
}

const addressLength = Buffer.alloc(4)
/** Receives into `data` and, if given, the sender into `address`. Returns the size, or -1 when there is nothing (or only an error report). */
export function receive(fd: number, data: Buffer, address: Buffer | null = null): number {
  addressLength.writeInt32LE(address?.length ?? 0)
  return calls.recvfrom(fd, data, data.length, 0, address, address === null ? null : addressLength)
}

const stamp = Buffer.alloc(16)
const SIOCGSTAMPNS = 0x8907
/** CLOCK_REALTIME, in ms, at which the kernel took in the packet that was received last; null before the first stamp. */
export function lastStampMs(fd: number): number | null {
  return calls.ioctl(fd, SIOCGSTAMPNS, stamp) < 0 ? null : timespecMs()
}

/** What to add to a CLOCK_REALTIME instant to get the CLOCK_MONOTONIC one, in ms. */
export function realtimeToMonotonicMs(): number {
  check('clock_gettime', calls.clockGettime(0, stamp))
  const real = timespecMs()
  return nowMs() - real
}

function timespecMs(): number {
  return Number(stamp.readBigInt64LE(0)) * 1000 + Number(stamp.readBigInt64LE(8)) / 1e6
}

/** CLOCK_MONOTONIC in ms: the one clock that all processes of the machine share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

const timeout = Buffer.alloc(16)
/** Waits until one of these can be read or `untilMs` (CLOCK_MONOTONIC) has come. Returns those that can be read. */
export function waitReadable(fds: readonly number[], untilMs: number): readonly number[] {
  const set = Buffer.alloc(fds.length * 8)
  fds.forEach((fd, i) => {
    set.writeInt32LE(fd, i * 8)
    set.writeInt16LE(1, i * 8 + 4)
  })
  const nanoseconds = Math.max(0, Math.round((untilMs - nowMs()) * 1e6))
  timeout.writeBigInt64LE(BigInt(Math.floor(nanoseconds / 1e9)), 0)
  timeout.writeBigInt64LE(BigInt(nanoseconds % 1e9), 8)
  if (calls.ppoll(set, fds.length, timeout, null) <= 0) return []
  return fds.filter((_, i) => set.readInt16LE(i * 8 + 6) !== 0)
}

export function closeSocket(fd: number): void {
  calls.close(fd)
}

/** The number of an interface in the calling thread's namespace. */
export function interfaceIndex(name: string): number {
  const index = calls.ifNametoindex(name)
  if (index === 0) throw new SystemCallError(`if_nametoindex(${name})`, koffi.errno())
  return index
}

/** Moves the calling thread into a network namespace. */
export function enterNamespace(fd: number): void {
  check('setns', calls.setns(fd, 0x40000000)) // CLONE_NEWNET
}
