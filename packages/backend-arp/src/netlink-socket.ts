import { KernelError, kernelRefusal } from './driver.ts'
import type { Sockets } from './ffi.ts'
import { decodeMessages, errnoOf, TYPE_DONE } from './netlink.ts'
import type { NetlinkMessage } from './netlink.ts'

const INTERRUPTED_DUMP = 0x10
const DUMP_ATTEMPTS = 5

/** Asks the kernel and reads its answer in one go: netlink handles a request before `send` returns. */
export class NetlinkSocket {
  readonly #sockets: Sockets
  readonly #fd: number
  #sequence = 1

  constructor(sockets: Sockets, protocol: number) {
    this.#sockets = sockets
    this.#fd = sockets.netlink(protocol, 0)
  }

  /**
   * Sends what `build` makes and returns the errno of the answer (0: done) with the messages that came before it. The
   * message that is answered last bears the sequence that `build` is given; others of the same request bear the next one.
   */
  ask(build: (sequence: number) => Buffer, what: string): { readonly errno: number; readonly messages: readonly NetlinkMessage[] } {
    const first = this.#sequence
    this.#sequence = first + 4 > 0x7fffffff ? 1 : first + 2
    this.#sockets.send(this.#fd, build(first))
    const messages: NetlinkMessage[] = []
    let answered = false
    let finished = false
    let errno = 0
    while (!finished) {
      const datagram = this.#sockets.receive(this.#fd)
      if (datagram === null) break
      for (const message of decodeMessages(datagram)) {
        if (message.sequence !== first && message.sequence !== first + 1) continue
        const verdict = message.type === TYPE_DONE ? 0 : errnoOf(message)
        if (verdict === null) messages.push(message)
        else {
          answered = true
          finished ||= message.sequence === first
          if (errno === 0) errno = verdict
        }
      }
    }
    if (!answered) throw new KernelError(`${what}: the kernel did not answer`, 0)
    return { errno, messages }
  }

  /** As `ask`, but a refusal throws, unless its errno is among `accepted`. */
  demand(build: (sequence: number) => Buffer, what: string, accepted: readonly number[] = []): readonly NetlinkMessage[] {
    const { errno, messages } = this.ask(build, what)
    if (errno !== 0 && !accepted.includes(errno)) throw kernelRefusal(what, errno)
    return messages
  }

  /** A whole listing; asked again when it changed while it was read. */
  dump(build: (sequence: number) => Buffer, what: string): readonly NetlinkMessage[] {
    for (let attempt = 1; ; attempt += 1) {
      const messages = this.demand(build, what)
      const interrupted = messages.some((message) => (message.flags & INTERRUPTED_DUMP) !== 0)
      if (!interrupted || attempt === DUMP_ATTEMPTS) return messages
    }
  }

  close(): void {
    this.#sockets.close(this.#fd)
  }
}
