import { WEEKDAYS } from '../model/index.ts'
import type { ClusterSpec, FailbackWindow, GroupId } from '../model/index.ts'

/** Windows begin and end with a minute. */
const everyMs = 10_000

/** The clock on somebody's wall. */
interface WallTime {
  /** From 0, monday. */
  readonly day: number
  readonly minute: number
}

/** Tells which groups may go back now, at once and when that has changed. Returns how to end that. */
export function watchWindows(present: () => ClusterSpec, tell: (open: readonly GroupId[]) => void): () => void {
  let told = ''
  const look = (): void => {
    const open = openWindows(present(), new Date())
    if (open.join() === told) return
    told = open.join()
    tell(open)
  }
  look()
  const timer = setInterval(look, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** Groups with a window that is open at that moment. */
export function openWindows({ groups }: ClusterSpec, at: Date): readonly GroupId[] {
  const clocks = new Map<string, WallTime | null>()
  return groups.flatMap(({ id, placement }) => {
    const { window } = typeof placement?.failback === 'object' ? placement.failback : {}
    if (window === undefined) return []
    // Many groups have few zones, and asking for the time in one of them costs.
    const time = clocks.get(window.zone) ?? wallTime(window.zone, at)
    clocks.set(window.zone, time)
    return time !== null && isOpen(window, time) ? [id] : []
  })
}

function isOpen({ from, to, days }: FailbackWindow, { day, minute }: WallTime): boolean {
  const [begin, end] = [minuteOf(from), minuteOf(to)]
  const isDay = (which: number): boolean => days === undefined || days.some((name) => WEEKDAYS.indexOf(name) === which % WEEKDAYS.length)
  if (begin < end) return minute >= begin && minute < end && isDay(day)
  // Over midnight: what is left of it belongs to the day before.
  return (minute >= begin && isDay(day)) || (minute < end && isDay(day + WEEKDAYS.length - 1))
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

/** null: this machine does not know the zone, and no window of it ever opens here. */
function wallTime(zone: string, at: Date): WallTime | null {
  try {
    const form = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    const parts = new Map(form.formatToParts(at).map(({ type, value }) => [type, value]))
    const day = WEEKDAYS.findIndex((name) => name === parts.get('weekday')?.toLowerCase())
    return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
  } catch {
    return null
  }
}
