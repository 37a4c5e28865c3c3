import type { MovesAnswer } from '@movip/core/client'
import { describe, expect, it } from 'vitest'
import { enduranceOf } from '../forecast/endurance.ts'
import { clusterAnswer, statusAnswer } from '../testing/answers.ts'
import { statusResult, statusView } from './status.ts'

const now = Date.parse('2026-01-01T00:00:10.000Z')
const assigned: MovesAnswer['moves'][number] = {
  group: 'web',
  from: null,
  to: 'a',
  epoch: 7,
  cause: 'preferred',
  at: Date.parse('2026-01-01T00:00:00.000Z'),
}
const older = { ...assigned, epoch: 5, at: Date.parse('2025-12-31T00:00:00.000Z') }

function view(engine: Parameters<typeof statusAnswer>[0] = {}): string {
  const answer = { ...statusAnswer(engine), at: '2026-01-01T00:00:09.988Z' }
  const endurance = enduranceOf({ status: answer.engine, spec: clusterAnswer().cluster })
  return statusView(statusResult(answer, [older, assigned], endurance, now), now).join('\n')
}

describe('the status view', () => {
  it('shows who holds what, since when, why, and how old all that is', () => {
    expect(view()).toBe(`cluster shop as b saw it 12 ms ago (movip 0.1.0, up 2 h)
quorum: 2 of 3 voters must agree, 1 may fail; coordinator a, term 3
may fail, one at a time: b, w
must not fail: a (nobody could take web); site paris (no quorum would be left)

NODE      SITE    ROLE     HEARD      LATE
a         paris   voter    42 ms ago  3 ms  coordinator
b (this)  paris   voter    now        1 ms
w         office  witness  80 ms ago  2 ms

GROUP  HOLDER  STATE   EPOCH  FOR     LEASE  CAUSE      COULD TAKE OVER
web    a       active  7      10.0 s  -      preferred  nobody
  web: b is unfit: link down on eth0
  web: 10.0.0.50/24: no interface lan`)
  })

  it('says that any node may fail where another could take everything', () => {
    const fit = { level: 'fit', reasons: [] } as const
    const groups = statusAnswer().engine.groups.map((group) => ({
      ...group,
      candidates: group.candidates.map(({ node }) => ({ node, fitness: fit })),
    }))
    expect(view({ groups })).toMatch(/web +a +active .* preferred +b\n/)
    expect(view({ groups })).toContain('\nany one node may fail\nmust not fail: site paris (no quorum would be left)\n')
    const nodes = statusAnswer().engine.nodes
    const spread = clusterAnswer().cluster.nodes.map((node) => (node.id === 'b' ? { ...node, site: 'lyon' } : node))
    const spec = clusterAnswer({ nodes: spread }).cluster
    const answer = statusAnswer({ groups, nodes })
    const endurance = enduranceOf({ status: answer.engine, spec })
    expect(endurance.every(({ quorum, unserved }) => quorum && unserved.length === 0)).toBe(true)
    expect(statusView(statusResult(answer, [], endurance, now), now)).toContain('any one node may fail')
  })

  it('counts with a voter for as long as the cluster itself does', () => {
    const nodes = statusAnswer().engine.nodes.map((node) => (node.id === 'w' ? { ...node, heardAgoMs: 2000 } : { ...node, heardAgoMs: 0 }))
    const answer = statusAnswer({ nodes })
    const tolerated = (electionMs: number): number => statusResult(answer, [], null, now, electionMs).failuresTolerated
    expect([tolerated(900), tolerated(9000)]).toEqual([0, 1])
  })

  it('says for whom a group waits that asks for a fence', () => {
    const suspects = [
      { node: 'b', epoch: 5, isHeard: false, state: null },
      { node: 'a', epoch: 4, isHeard: true, state: null },
    ]
    const groups = statusAnswer().engine.groups.map((group) => ({ ...group, suspects }))
    expect(view({ groups })).toContain('\n  web: starts nowhere before b has let go of epoch 5 or is off (not heard)\n')
    expect(view({ groups })).not.toContain('starts nowhere before a')
  })

  it('says what is missing without a quorum', () => {
    const quorumLack = 'heard 1 of 3 voters (b), needs 2'
    expect(view({ quorum: false, quorumLack })).toContain(`no quorum: ${quorumLack}; nothing can be moved`)
  })

  it('says how many must agree without a quorum where the daemon is too old to know more', () => {
    expect(view({ quorum: false })).toContain('no quorum: 2 of 3 voters must agree; nothing can be moved')
  })

  it('says that no failure can be borne when a voter is silent already', () => {
    const nodes = statusAnswer().engine.nodes.map((node) => (node.id === 'w' ? { ...node, heardAgoMs: null } : node))
    expect(view({ nodes })).toContain('no failure of a voter can be borne')
    expect(view({ nodes })).toMatch(/^w +office +witness +never/m)
  })

  it('shows the rest of the lease where the answering node is the holder', () => {
    const groups = statusAnswer().engine.groups.map((group) => ({ ...group, leaseMs: 930.4 }))
    expect(view({ groups })).toMatch(/web +a +active +7 +10.0 s +930 ms/)
  })

  it('says that nobody serves a group without a holder', () => {
    const groups = statusAnswer().engine.groups.map((group) => ({ ...group, holder: null, state: null }))
    expect(view({ groups })).toMatch(/web +nobody +not served/)
  })

  it('names a disk that takes no writes', () => {
    expect(view({ storageFailing: 'no space left' })).toContain('the disk of this node does not take writes: no space left')
  })

  it('names a check that fails on this node, for how long and why', () => {
    const check = {
      id: 'http',
      kind: 'http',
      on: 'both',
      reason: 'status 503',
      lastOk: false,
      lastAgoMs: 200,
      lastTookMs: 31,
      failures: 1,
    } as const
    const checks = {
      web: [
        { ...check, state: 'failing', sinceMs: 12_000, heldOffMs: 0 },
        { ...check, id: 'tcp', state: 'passing', sinceMs: 12_000, heldOffMs: 0 },
      ],
    } as const
    const lines = statusView(statusResult({ ...statusAnswer(), checks }, [], null, now), now)
    expect(lines.filter((line) => line.includes('check '))).toEqual(['  web: check http fails since 12.0 s: status 503, took 31 ms'])
  })

  it('tells how often a check has restarted the service', () => {
    const check = { id: 'http', kind: 'http', on: 'both', reason: null, lastOk: true, lastAgoMs: 200, lastTookMs: 31, failures: 0 } as const
    const restarts = { count: 1, max: 2, withinMs: 600_000, isUnderWay: false }
    const textsOf = (more: object): readonly string[] => {
      const checks = { web: [{ ...check, state: 'passing', sinceMs: 12_000, heldOffMs: 0, ...more }] } as const
      const lines = statusView(statusResult({ ...statusAnswer(), checks }, [], null, now), now)
      return lines.filter((line) => line.includes('check '))
    }
    expect(textsOf({ restarts })).toEqual(['  web: check http has restarted the service, 1 of 2 times within 10 min'])
    expect(textsOf({ restarts: { ...restarts, isUnderWay: true } })[0]).toContain('restarts the service')
    expect(textsOf({ restarts: { ...restarts, count: 0 } })).toEqual([])
  })

  it('says of a node that has just recovered that it is chosen last', () => {
    const fitness = { level: 'fit', reasons: ['check http passes again after a failure'] } as const
    const groups = statusAnswer().engine.groups.map((group) => ({ ...group, candidates: [{ node: 'a', fitness }] }))
    expect(view({ groups })).toContain('  web: a is chosen last: check http passes again after a failure')
  })

  it('says what operators have drained and paused, and how to end it', () => {
    const note = { at: '2026-01-01T00:00:00.000Z', by: 'ann at a', what: 'a test' }
    const lines = view({ maintenance: { drained: { b: note }, paused: { web: note }, pausedAll: note } })
    expect(lines).toContain('everything is paused by ann at a, 2026-01-01T00:00:00.000Z: there is no failover; end it with movip unpause')
    expect(lines).toContain('web is paused by ann at a')
    expect(lines).toContain('b is drained by ann at a, 2026-01-01T00:00:00.000Z; end it with movip resume b')
  })

  it('marks a node that counts with another configuration', () => {
    const nodes = statusAnswer().engine.nodes.map((node) => (node.id === 'w' ? { ...node, configHash: 'other' } : node))
    expect(view({ nodes })).toMatch(/^w +office .* another configuration$/m)
    expect(view()).not.toContain('another configuration')
  })

  it('dates an assignment by its own epoch and not by an older one', () => {
    expect(statusResult(statusAnswer(), [older], null, now).since).toEqual({})
    expect(statusResult(statusAnswer(), [older, assigned], null, now).since).toEqual({ web: '2026-01-01T00:00:00.000Z' })
  })
})
