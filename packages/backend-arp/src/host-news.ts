import type { HostAddress, HostChange } from './driver.ts'
import type { HostEvent } from './rtnetlink.ts'

/**
 * What the kernel has told of links and addresses since somebody asked last, and the addresses that there are by that. The kernel tells of a
 * change before the call that makes it returns, so that what is known is true once all news was read; but not of a new IPv6 address, which
 * whoever makes it has to note.
 */
export class HostNews {
  /** null: they have to be listed. */
  #addresses: Map<string, HostAddress> | null = null
  #gone: HostAddress[] = []
  #links = false
  #unsure = false

  note(event: HostEvent | null): void {
    if (event?.type === 'address') this.#addresses?.set(keyOf(event.address), event.address)
    if (event?.type === 'link' || event?.type === 'link-gone') this.#links = true
    if (event?.type !== 'address-gone') return
    this.#addresses?.delete(keyOf(event.address))
    this.#gone.push(event.address)
  }

  /** There was more than could be read. */
  noteLoss(): void {
    this.#addresses = null
    this.#links = true
    this.#unsure = true
  }

  /** Listed only where they are not known. */
  addresses(list: () => readonly HostAddress[]): readonly HostAddress[] {
    this.#addresses ??= new Map(list().map((address) => [keyOf(address), address]))
    return [...this.#addresses.values()]
  }

  /** null: there was nothing since the last call. */
  take(): HostChange | null {
    const change = { gone: this.#gone, links: this.#links, unsure: this.#unsure }
    this.#gone = []
    this.#links = false
    this.#unsure = false
    return change.gone.length > 0 || change.links ? change : null
  }
}

function keyOf({ index, ip, prefix }: HostAddress): string {
  return `${index} ${ip}/${prefix}`
}
