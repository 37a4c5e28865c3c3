import { expect, it } from 'vitest'
import { drillView } from './drill.ts'
import type { DrillResult } from './drill.ts'

const phases = { detectMs: 1100, decideMs: 9, stopMs: 20, claimMs: 3, verifyMs: 1 }
const result: DrillResult = {
  schemaVersion: 1,
  group: 'web',
  fault: 'kill',
  from: 'a',
  to: 'b',
  servedAfterMs: 1300,
  outage: { ms: 240, from: 'w', target: { host: '10.0.0.50', port: 9 }, everyMs: 20, why: null },
  move: { group: 'web', from: 'a', to: 'b', epoch: 9, cause: 'a is not heard', at: 0, phases },
  returned: [
    { group: 'web', move: { group: 'web', from: 'b', to: 'a', epoch: 11, cause: 'by request', at: 1, phases: { ...phases, detectMs: 0 } } },
    { group: 'mail', move: null },
  ],
}

it('a drill tells the outage and from where it was seen, the phases of the move, and of the way back', () => {
  expect(drillView(result).join('\n')).toBe(`drill of web: the daemon of a was killed; everything is back where it was

outage        240 ms, seen from w by TCP attempts at 10.0.0.50 port 9 every 20 ms
served again  by b, known here after 1.3 s
the move      a → b: detect 1.1 s, stop 20 ms, decide 9 ms, claim 3 ms, verify 1 ms
the way back  web is on a: detect 0 ms, stop 20 ms, decide 9 ms, claim 3 ms, verify 1 ms
the way back  mail is on a`)
})

it('a drill says plainly that nothing was measured, and why', () => {
  const outage = { ...result.outage, ms: null, why: 'this node, a, was the holder' }
  expect(drillView({ ...result, outage })).toContain('outage        not measured: this node, a, was the holder')
})
