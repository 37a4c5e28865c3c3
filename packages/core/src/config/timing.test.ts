import { describe, expect, it } from 'vitest'
import { clusterSpecFromText, ConfigError } from './index.ts'

function timingOf(timing: string): unknown {
  try {
    const text = `cluster: shop\ntiming: ${timing}\nnodes:\n  a: { site: paris, address: 10.0.0.11 }\n`
    return clusterSpecFromText(text, 'cluster.yaml', { plugins: new Map() }).timing
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ line, column, path, message, found, expected, fix }) =>
      [`${line}:${column} ${path}`, message, found, expected, fix].join(' | '),
    )
  }
}

describe('times', () => {
  it('are as short as those of fast at least, written out or not', () => {
    const fast = { heartbeatMs: 25, electionMs: 225, leaseMs: 250, driftPpmMax: 1000 }
    expect(timingOf('fast')).toEqual(fast)
    expect(timingOf('{ heartbeat: 25ms, election: 225ms, lease: 250ms }')).toEqual(fast)
  })

  it('that no machine keeps are refused, each at its place and with what would do', () => {
    const words = 'is shorter than what was seen to hold on a busy machine'
    expect(timingOf('{ heartbeat: 5ms, election: 15ms, lease: 16ms }')).toEqual([
      `2:22 timing.heartbeat | a heartbeat of 5ms ${words} | "5ms" | at least 25ms | write heartbeat: 25ms or more, or timing: fast`,
      `2:37 timing.election | an election time of 15ms ${words} | "15ms" | at least 225ms | write election: 225ms or more, or timing: fast`,
      `2:50 timing.lease | a lease of 16ms ${words} | "16ms" | at least 250ms | write lease: 250ms or more, or timing: fast`,
    ])
  })

  it('that are too short are not measured by others: what is said to do would be refused again', () => {
    const words = 'is shorter than what was seen to hold on a busy machine'
    expect(timingOf('{ lease: 200ms }')).toEqual([
      `2:18 timing.lease | a lease of 200ms ${words} | "200ms" | at least 250ms | write lease: 250ms or more, or timing: fast`,
    ])
    expect(timingOf('{ election: 30ms }')).toEqual([
      `2:21 timing.election | an election time of 30ms ${words} | "30ms" | at least 225ms | write election: 225ms or more, or timing: fast`,
    ])
  })

  it('bear clocks that differ by a hundredth, and no more', () => {
    expect(timingOf('{ driftPpmMax: 10000 }')).toMatchObject({ driftPpmMax: 10_000 })
    expect(timingOf('{ driftPpmMax: 100000 }')).toEqual([
      '2:24 timing.driftPpmMax | expected at most 10000, found 100000 | 100000 | at most 10000 | write at most 10000',
    ])
  })
})
