import { uptime } from 'node:os'
import { z } from 'zod'
import type { Adoption, Incarnation } from '../model/index.ts'
import type { Clock } from '../ports.ts'

/** What a daemon leaves to another process of its machine, in answer to its question: whoever gets it holds it in memory alone, and uses it once. */
const handOverSchema = z.strictObject({
  format: z.literal(1),
  folder: z.strictObject({ dataId: z.string(), generation: z.int().nonnegative() }),
  /** Of the program that has ended. */
  version: z.string(),
  /** When it did its last step, by the monotonic clock of the machine, ms; and how far the time since boot was ahead of that clock. */
  at: z.number(),
  bootAheadMs: z.number(),
  /** Of the same upgrade, the longest time so far in which nothing was heard of this node. */
  pauseMs: z.number().nonnegative(),
  applied: z.int().nonnegative(),
  /** Group, epoch, and end of the lease by the same clock. */
  leases: z.array(z.tuple([z.string().min(1), z.int().positive(), z.number()])),
})
export type HandOver = z.infer<typeof handOverSchema>

/** The forms of a hand-over that this program understands. */
export const handOverFormats: readonly number[] = [1]

/** A machine that was suspended in between: its monotonic clock stood still, and the leases of others ran on. */
const suspendMs = 30

/** What this life hands over. */
export function handOverOf(
  { applied, leases }: Adoption,
  life: { readonly folder: Incarnation; readonly version: string; readonly clock: Clock; readonly pauseMs: number },
): HandOver {
  // Read before the other clock: an end can only come to be a little earlier.
  const at = machineClock()
  const now = life.clock.now()
  return {
    format: 1,
    folder: { dataId: life.folder.dataId, generation: life.folder.generation },
    version: life.version,
    at,
    bootAheadMs: uptime() * 1000 - at,
    pauseMs: life.pauseMs,
    applied,
    leases: leases.map(({ group, epoch, until }) => [group, epoch, at + (until - now)]),
  }
}

/** null: it is in no form that this program understands. */
export function parseHandOver(value: unknown): HandOver | null {
  return handOverSchema.safeParse(value).data ?? null
}

/** What the next life goes on with, by its own clock; or why it begins like any other. */
export function adoptionOf(handOver: HandOver, folder: Incarnation, clock: Clock): Adoption | string {
  const { dataId, generation } = handOver.folder
  if (folder.dataId !== dataId || folder.generation !== generation + 1) return 'it is about another life of the data folder'
  const now = clock.now()
  const machineNow = machineClock()
  if (uptime() * 1000 - machineNow - handOver.bootAheadMs > suspendMs) return 'the machine was suspended meanwhile'
  const leases = handOver.leases.map(([group, epoch, until]) => ({ group, epoch, until: Math.floor(now + (until - machineNow)) }))
  if (leases.length > 0 && leases.every(({ until }) => until <= now)) return 'every lease has ended meanwhile'
  return { applied: handOver.applied, leases }
}

/** The monotonic clock that all processes of this machine share, ms. */
export function machineClock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
