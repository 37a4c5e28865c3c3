import { readFileSync } from 'node:fs'

const MS_PER_TICK = 10

/** CPU time of the whole machine since its start, in ticks. */
export interface CpuTime {
  readonly total: number
  readonly stolen: number
}

/** Reads the first line of /proc/stat: user nice system idle iowait irq softirq steal (guest time is part of user). */
export function cpuTime(text = readFileSync('/proc/stat', 'utf8')): CpuTime {
  const ticks = text.slice(0, text.indexOf('\n')).trim().split(/\s+/).slice(1, 9).map(Number)
  return { total: ticks.reduce((sum, n) => sum + n, 0), stolen: ticks[7] ?? 0 }
}

/** Share of CPU time that neighbours on the same machine took between two readings, in percent. */
export function stolenPercent(from: CpuTime, to: CpuTime): number {
  const total = to.total - from.total
  return total <= 0 ? 0 : (100 * (to.stolen - from.stolen)) / total
}

/** What neighbours took of each CPU since the machine's start, by its name. */
export function stolenMs(text = readFileSync('/proc/stat', 'utf8')): ReadonlyMap<string, number> {
  const cpus = text.split('\n').filter((line) => /^cpu\d/.test(line))
  return new Map(
    cpus.map((line) => {
      const [name, ...ticks] = line.split(' ')
      return [`${name}, stolen`, Number(ticks[7] ?? 0) * MS_PER_TICK]
    }),
  )
}
