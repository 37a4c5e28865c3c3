import { describe, expect, it } from 'vitest'
import { ordersOf } from '../forecast/circumstances.ts'
import { explain } from '../forecast/explanation.ts'
import { clusterAnswer, movesAnswer, statusAnswer } from '../testing/answers.ts'
import type { Lag } from '../forecast/lag.ts'
import { explainView } from './explain.ts'

const now = Date.parse('2026-01-01T00:00:10.000Z')

function view(engine: Parameters<typeof statusAnswer>[0] = {}, lags: readonly Lag[] = []): string {
  const { engine: status, at } = statusAnswer(engine)
  const explanation = explain({ status, spec: clusterAnswer().cluster }, 'web')
  if (explanation === null) throw new Error('there is no group web')
  const orders = ordersOf(status.maintenance)
  const here = ['10.0.0.50/24: no interface lan']
  const since = '2026-01-01T00:00:00.000Z'
  const why = 'the load balancer asks every 5 s and believes 2 good answers in a row'
  const pace = [{ endpoint: '/web', plannedMs: 10_300, lostMs: 11_300, why }]
  const [move = null] = movesAnswer().moves
  const result = {
    schemaVersion: 1,
    view: { at, node: status.node, coordinator: status.coordinator },
    since,
    move,
    orders,
    here,
    pace,
    lags,
    ...explanation,
  } as const
  return explainView(result, now).join('\n')
}

describe('the explanation of a group', () => {
  it('names the holder and why, what blocks the others, and what each death would do', () => {
    expect(view()).toBe(`web is held by a (active, epoch 7, for 10.0 s)
  why it was given there: preferred
  how it came there: from nobody; detect 0 ms, decide 8 ms, claim 12 ms, verify 1 ms
  now: a holds it
  /web: traffic follows a planned move within 10.3 s, and the loss of the holder within 11.3 s: the load balancer asks every 5 s and believes 2 good answers in a row
  on b: 10.0.0.50/24: no interface lan

NODE  STANDING
a     holds it
b     cannot take it: link down on eth0

IF THIS NODE DIED  SERVED BY  WHY
a                  nobody     a is not heard; no other node can take it
b                  a          a holds it
w                  a          a holds it

as b sees it; a coordinates, and it alone knows who failed to bring it up of late`)
  })

  it.each([
    ['lag', '2026-01-01T00:00:35.000Z', 'it has pointed to this site since 00:00:05 UTC, and they may lag until 00:00:35 UTC (TTL 30 s)'],
    ['have followed', '2026-01-01T00:00:08.000Z', 'since 00:00:05 UTC, and all that keep to TTL 30 s have followed since 00:00:08 UTC'],
    ['will lag', null, 'resolve again, up to 30 s after it points to another site (TTL 30 s)'],
  ])('says that clients of a name %s, and until when', (_, until, text) => {
    const followedAt = until === null ? null : '2026-01-01T00:00:05.000Z'
    const lag = { endpoint: 'web.example.net', clientsLagMs: 30_000, why: 'TTL 30 s', followedAt, until }
    expect(view({}, [lag])).toContain('web.example.net: clients follow only when they resolve again')
    expect(view({}, [lag])).toContain(text)
  })

  it('says the place of each node in the line', () => {
    const groups = statusAnswer().engine.groups.map((group) => ({
      ...group,
      candidates: group.candidates.map(({ node }) => ({ node, fitness: { level: 'fit', reasons: [] } as const })),
    }))
    expect(view({ groups })).toContain('b     number 1 in line (second in order of preference)')
    expect(view({ groups })).toMatch(/^a +b +a is not heard$/m)
  })

  it('says how far the data of each node is, and goes by it where the group does', () => {
    const spec = clusterAnswer().cluster
    const groups = spec.groups.map((group) => ({ ...group, nodes: ['a', 'b', 'c'], placement: { prefer: 'current' } as const }))
    const nodes = ['a', 'b', 'c'].map((id) => ({ ...statusAnswer().engine.nodes[0]!, id }))
    const at = { a: {}, b: { position: '1:0/16' }, c: { position: '1:0/17' } }
    const known = statusAnswer().engine.groups.map((group) => ({
      ...group,
      candidates: Object.entries(at).map(([node, data]) => ({ node, fitness: { level: 'fit', reasons: [] } as const, ...data })),
    }))
    const status = { ...statusAnswer().engine, nodes, voters: ['a', 'b', 'c'], groups: known }
    const cluster = { ...spec, nodes: ['a', 'b', 'c'].map((id) => ({ ...spec.nodes[0]!, id })), groups }
    const explanation = explain({ status, spec: cluster }, 'web')!
    const view_ = { at: '2026-01-01T00:00:00.000Z', node: 'b', coordinator: 'a' }
    const said = explainView(
      { schemaVersion: 1, view: view_, since: null, move: null, orders: [], here: [], pace: [], lags: [], ...explanation },
      now,
    ).join('\n')
    expect(said).toMatch(/^b +number 2 in line \(.*\); its data is at 1:0\/16$/m)
    expect(said).toMatch(/^c +number 1 in line \(.*\); its data is at 1:0\/17$/m)
    expect(said).toMatch(/^a +c +a is not heard; c has the most current data$/m)
  })

  it('says what somebody should know who relies on it, and who has taken what out of the hands of movip', () => {
    const note = { at: '2026-01-01T00:00:00.000Z', by: 'ann at a', what: 'pause web' }
    expect(view({ maintenance: { drained: {}, paused: { web: note }, pausedAll: null } })).toContain(
      'web is paused by ann at a, 2026-01-01',
    )
    const spec = clusterAnswer().cluster
    const groups = spec.groups.map((group) => ({ ...group, placement: { minFit: 2 } }))
    const { warnings = [] } = explain({ status: statusAnswer().engine, spec: { ...spec, groups } }, 'web') ?? {}
    expect(warnings).toEqual(['only 1 of its nodes is fit, and at least 2 should be'])
  })

  it('says that the holder is about to lose it, and to whom', () => {
    const nodes = statusAnswer().engine.nodes.map((node) => (node.id === 'a' ? { ...node, leaving: true } : node))
    const groups = statusAnswer().engine.groups.map((group) => ({
      ...group,
      candidates: group.candidates.map(({ node }) => ({ node, fitness: { level: 'fit', reasons: [] } as const })),
    }))
    expect(view({ nodes, groups })).toContain('now: a is leaving: it goes to b')
    expect(view({ nodes, groups })).toContain('a     holds it, but: is leaving')
  })

  it('says that nothing decides without a quorum', () => {
    const nodes = statusAnswer().engine.nodes.map((node) => (node.id === 'b' ? node : { ...node, heardAgoMs: null }))
    expect(view({ nodes, coordinator: null, quorum: false })).toContain('needs 2: nobody would be granted a lease')
  })

  it('does not exist for a group that the cluster does not have', () => {
    expect(explain({ status: statusAnswer().engine, spec: clusterAnswer().cluster }, 'mail')).toBeNull()
  })
})
