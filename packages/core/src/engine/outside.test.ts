/** What docs/safety.md says about all that is outside of what movip promises. */
import { describe, expect, it } from 'vitest'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

const LEASE_MS = 1000
const HEARTBEAT_MS = 100

/** What becomes of messages to a machine that stands still: they wait for it, are lost, or it is cut off for good. */
type Mail = 'waits' | 'lost' | 'cut'

/** For how long two nodes have a lease when the holder's machine, its clock as well, stood still for so long. */
function exposureMs(pauseMs: number, mail: Mail): number {
  const cluster = new HandDriven(specOf('abc', { timing: { leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS } }))
  cluster.start()
  const holder = cluster.settle()
  cluster.pause(holder)
  cluster.run(pauseMs)
  if (mail === 'cut') cluster.isolate(holder)
  cluster.resume(holder, { lost: mail !== 'waits' })
  let bothMs = 0
  // Whoever stands still serves nobody; that it has a lease all the same counts from its first moment on.
  for (; cluster.serving().length > 1 && bothMs < 10 * LEASE_MS; bothMs += 1) cluster.run(1)
  return bothMs
}

/** Out of step with the heartbeat, so that the pauses end at every phase of it. */
const PITCH_MS = 73
const pauses = Array.from({ length: 48 }, (_, i) => 250 + PITCH_MS * i)
const worstMs = (mail: Mail): number => Math.max(...pauses.map((pauseMs) => exposureMs(pauseMs, mail)))

describe('a machine that was paused together with its clock, beyond what movip can see', () => {
  it('serves beside its successor for up to the rest of its lease when it hears nobody', () => {
    const ms = worstMs('cut')
    expect(ms).toBeGreaterThan(LEASE_MS - HEARTBEAT_MS)
    expect(ms).toBeLessThanOrEqual(LEASE_MS)
  })

  it('serves beside its successor for up to a heartbeat when what was sent to it is lost, and what is sent from then on is not', () => {
    const ms = worstMs('lost')
    expect(ms).toBeGreaterThan(0.9 * HEARTBEAT_MS)
    expect(ms).toBeLessThanOrEqual(HEARTBEAT_MS + 1)
  })

  it('lets go at once when it finds waiting that another node was committed as the holder, whatever its clock says', () => {
    expect(worstMs('waits')).toBe(1)
  })

  it('serves alone after a pause that was shorter than its lease', () => {
    for (const pauseMs of pauses.filter((ms) => ms < LEASE_MS / 2)) expect(exposureMs(pauseMs, 'cut')).toBe(0)
  })
})

describe('a voter that lies', () => {
  it('keeps a former holder in its lease beside the new one for as long as it lies', () => {
    const cluster = new HandDriven(specOf('abc', { timing: { leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS } }))
    cluster.start()
    const former = cluster.settle()
    const [liar = ''] = ['a', 'b', 'c'].filter((id) => id !== former)
    cluster.isolate(former)
    const echo = (sentAt: number) => ({ node: former, incarnation: { dataId: `data-${former}`, generation: 1 }, sentAt, denied: [] })
    let bothMs = 0
    for (let ms = 0; ms < 10 * LEASE_MS; ms += 1) {
      cluster.run(1)
      if (ms % HEARTBEAT_MS === 0) {
        const { from, incarnation, sentAt } = cluster.node(liar).lastBeat()
        const own = cluster.node(former).lastBeat()
        cluster.node(former).hear({ ...own, from, incarnation, sentAt: sentAt + ms / 1e6, echoes: [echo(own.sentAt)] })
      }
      if (cluster.serving().length > 1) bothMs += 1
    }
    expect(bothMs).toBeGreaterThan(8 * LEASE_MS)
  })
})
