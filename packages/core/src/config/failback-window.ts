import { z } from 'zod'
import { WEEKDAYS } from '../model/index.ts'
import type { Failback, FailbackWindow } from '../model/index.ts'
import { longDuration } from './fields.ts'

const windowForm = 'expected two times of day, such as 02:00-04:00'
const zoneForm = 'expected a time zone such as Europe/Paris or UTC'

/** A node that is back gets no group before it has been well for a moment, also in the middle of the window. */
const usualAfterMs = 60_000

/** `02:00-04:00`; one that ends before it begins goes over midnight. */
const times = z
  .string({ error: windowForm })
  .regex(/^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: windowForm })
  .refine((text) => text.slice(0, 5) !== text.slice(6), { error: 'expected a window that is longer than nothing' })

const zone = z.string({ error: zoneForm }).refine(isZone, { error: zoneForm })

/** `failback` of a group that goes back only at some times of day. */
export const failbackInWindow = z
  .strictObject({
    window: times.describe('When the group may go back, such as 02:00-04:00'),
    days: z.array(z.enum(WEEKDAYS)).min(1).max(WEEKDAYS.length).optional().describe('On which the window begins; every day if absent'),
    zone: zone.optional().describe('Whose times of day these are; UTC if absent'),
    after: longDuration.optional().describe('So long the better node must have been fit; 1m if absent'),
  })
  .transform(({ window: text, days, zone: named = 'UTC', after = usualAfterMs }): Failback => {
    const window: FailbackWindow = { from: text.slice(0, 5), to: text.slice(6), ...(days === undefined ? {} : { days }), zone: named }
    return { afterMs: after, window }
  })

function isZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
