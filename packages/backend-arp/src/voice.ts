import type { Link } from './driver.ts'

/** How an endpoint and its LAN tell each other who has the address. Where the network itself decides that, nobody has to be told. */
export interface Voice {
  /** Whoever else has the address, from what was heard lately; null: nobody, as far as is known. */
  readonly rival: string | null
  /** Asks who has it. */
  look(link: Link, signal: AbortSignal): Promise<void>
  /** The same, if it was not asked lately. */
  lookAgain(link: Link, signal: AbortSignal): Promise<void>
  /** Throws `BackendError` CONFLICT where somebody else has it. */
  refuseConflict(link: Link, signal: AbortSignal): Promise<void>
  /** Listens on the interface from now on: the address is about to be there. */
  open(link: Link): Promise<void>
  /** Says who has it, now and for as long as it is held. */
  start(): void
  /** Says nothing any more, and listens to nobody. */
  stop(): void
  /** The address was here until now: nobody else can have it. */
  forget(): void
}

/** Of an address that a router of the network sends here, and for which nobody on the LAN would ask. */
export const silence: Voice = {
  rival: null,
  look: () => Promise.resolve(),
  lookAgain: () => Promise.resolve(),
  refuseConflict: () => Promise.resolve(),
  open: () => Promise.resolve(),
  start: () => undefined,
  stop: () => undefined,
  forget: () => undefined,
}
