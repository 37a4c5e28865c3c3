import { describe, expect, it } from 'vitest'
import type { Effect, EngineStatus } from '../../../engine/types.ts'
import type { ClusterReply, Entry, MoveRequest } from '../../../model/index.ts'
import { specOf } from '../../hand-driven/cluster.ts'
import { SimClock } from '../clock.ts'
import { RepliesCheck } from './replies.ts'
import type { Asked } from './replies.ts'
import { statusOf } from './samples.ts'

const entries: Entry[] = [
  { index: 1, term: 1, body: { type: 'assign', group: 'g', node: 'a', cause: 'nobody holds it' } },
  { index: 2, term: 1, body: { type: 'assign', group: 'g', node: 'b', cause: 'move from a by request' } },
]
const yes: ClusterReply = { ok: true, group: 'g', from: 'a', to: 'b', epoch: 2 }
const unfit: ClusterReply = { ok: false, code: 'unfit', message: 'b cannot take g' }
const no: ClusterReply = { ok: false, code: 'busy', message: 'g is being moved already' }

/** Two nodes with one endpoint each; b holds g at epoch 2 and serves it, unless the test says otherwise. */
function world(options: { voters?: boolean; serves?: boolean } = {}) {
  const time = { now: 0 }
  const node = (id: string): Asked & { up: boolean } => {
    const made = {
      id,
      life: 1,
      oldUpTo: 0,
      clock: new SimClock(1, 0),
      up: false,
      awakeSince: 0,
      isUp: () => made.up,
      isFencedUp: () => made.up,
      isVoter: options.voters ?? true,
      endpointsOf: () => ['e0'],
    }
    return made
  }
  const [a, b] = [node('a'), node('b')]
  const nodes = new Map([a, b].map((each) => [each.id, each]))
  const check = new RepliesCheck({ now: () => time.now, nodes, entryAt: (index) => entries[index - 1], longestLeaseMs: () => 1000 })
  check.leased(b, 'g', 2, 1500)
  if (options.serves !== false) check.up('b', 'g', 'e0', 2)
  const step = { now: 0, applied: null } as const
  const ask = (request: Partial<MoveRequest>, id = 'r', life = 1): void =>
    check.stepped(a, { ...step, life, news: { type: 'request', id, request: { type: 'switchover', group: 'g', ...request } }, effects: [] })
  const reply = (said: ClusterReply, id = 'r', life = 1): void => {
    const effects: Effect[] = [{ type: 'reply', id, reply: said }]
    check.stepped(a, { ...step, life, news: { type: 'wake' }, effects })
  }
  return { check, a, b, time, ask, reply }
}

describe('the check of replies', () => {
  it('accepts a yes about a group that is served where it was to go', () => {
    const { ask, reply } = world()
    ask({ to: 'b' })
    expect(() => reply(yes)).not.toThrow()
  })

  it.each([
    ['another node than was asked for', { to: 'a' }, yes],
    ['the node that had it, where another was wanted', {}, { ...yes, from: 'b' }],
    ['an epoch that gives the group to somebody else', { to: 'b' }, { ...yes, epoch: 1 }],
    ['an epoch that is not committed', { to: 'b' }, { ...yes, epoch: 3 }],
  ] as const)('convicts a yes that names %s', (_, request, said) => {
    const { ask, reply } = world()
    ask(request)
    expect(() => reply(said)).toThrow(/a yes is true/)
  })

  it('convicts a yes about a change where the committed log says something else, however late that is known', () => {
    const note = { at: '', by: 'ann', what: '' }
    const drain = (node: string) => ({ type: 'maintenance', order: { action: 'drain', nodes: [node] }, note }) as const
    for (const [drained, isTrue] of [
      ['b', true],
      ['c', false],
    ] as const) {
      const committed: Entry[] = []
      const check = new RepliesCheck({
        now: () => 0,
        nodes: new Map(),
        entryAt: (index) => committed[index - 1],
        longestLeaseMs: () => 1000,
      })
      const { a } = world()
      const step = { life: 1, now: 0, applied: null } as const
      const request = { type: 'maintain', order: drain('b').order, force: false, note } as const
      check.stepped(a, { ...step, news: { type: 'request', id: 'r', request }, effects: [] })
      check.stepped(a, { ...step, news: { type: 'wake' }, effects: [{ type: 'reply', id: 'r', reply: { ok: true, index: 1 } }] })
      const look = (): void => check.stepped(a, { ...step, news: { type: 'wake' }, effects: [] })
      look()
      committed.push({ index: 1, term: 1, body: drain(drained) })
      if (isTrue) expect(look).not.toThrow()
      else expect(look).toThrow(/a yes is true: a answers r that entry 1 is the change/)
    }
  })

  it('convicts a yes while an endpoint never came up under that epoch', () => {
    const { ask, reply } = world({ serves: false })
    ask({ to: 'b' })
    expect(() => reply(yes)).toThrow(/a yes is true.*e0 never came up/)
  })

  it('convicts a yes about a voter whose lease was over long before anybody asked, and lets an outsider off', () => {
    for (const voters of [true, false]) {
      const { ask, reply, time } = world({ voters })
      time.now = 9000
      ask({ to: 'b' })
      const already = (): void => reply({ ...yes, from: 'b' })
      if (voters) expect(already).toThrow(/a yes is true.*over since 7500 ms/)
      else expect(already).not.toThrow()
    }
  })

  it('convicts a no because of another wish where there is none, and accepts it where there is', () => {
    const { ask, reply } = world()
    ask({ to: 'b' }, 'first')
    expect(() => reply(no, 'first')).toThrow(/a no is true/)
    ask({ to: 'b' }, 'second')
    ask({ to: 'a' }, 'third')
    expect(() => reply(no, 'third')).not.toThrow()
  })

  it('convicts a second answer of an engine, and one to a request of an earlier life', () => {
    const { ask, reply } = world()
    ask({ to: 'b' })
    reply(unfit)
    expect(() => reply(yes)).toThrow(/one answer a request/)
    expect(() => reply(no, 'r', 2)).toThrow(/nobody asked of this life/)
  })

  it('convicts an API that answers twice, after its end, or not in time, and accepts one answer in time', () => {
    const { check, a } = world()
    const ticket = check.asked(a, 'g to b', 1000)
    expect(() => check.overdue({ ...ticket })).toThrow(/has not answered "g to b" within 1000 ms/)
    expect(() => check.answered({ ...ticket }, false)).toThrow(/after its end/)
    check.answered(ticket, true)
    expect(() => check.overdue(ticket)).not.toThrow()
    expect(() => check.answered(ticket, true)).toThrow(/a second time/)
  })

  it('convicts a change of configuration that is said to be made and is not, or is not answered once', () => {
    const { check, a } = world()
    const spec = specOf('abc')
    const told = (effects: readonly Effect[]): void =>
      check.stepped(a, { life: 1, now: 0, applied: null, news: { type: 'configure', id: 'c', spec }, effects })
    const made: Effect = { type: 'persist', write: { id: 1, entries: [{ index: 3, term: 1, body: { type: 'cluster', spec } }] } }
    const answer = (refused: string | null): Effect => ({ type: 'configured', id: 'c', refused })
    expect(() => told([answer(null), made])).not.toThrow()
    expect(() => told([answer('too early')])).not.toThrow()
    expect(() => told([answer(null)])).toThrow(/a yes is true/)
    expect(() => told([made])).toThrow(/one answer a request/)
    expect(() => told([answer(null), made, answer(null)])).toThrow(/one answer a request/)
  })

  it('convicts a status that tells of a longer lease than there is', () => {
    const { check, b, time } = world()
    const status = (leaseMs: number | null): EngineStatus => statusOf(2, { holder: 'b', epoch: 2, leaseMs })
    time.now = 1000
    expect(() => check.tells(b, status(500))).not.toThrow()
    expect(() => check.tells(b, status(501))).toThrow(/status is true/)
    expect(() => check.tells(b, status(null))).not.toThrow()
  })

  it('convicts a daemon that ends by its own word and leaves somebody waiting', () => {
    const { check, a, b } = world()
    const ticket = check.asked(a, 'g to b', 1000)
    expect(() => check.stopped(b)).not.toThrow()
    expect(() => check.stopped(a)).toThrow(/one answer a request: a ends and leaves "g to b" unanswered/)
    check.answered(ticket, true)
    expect(() => check.stopped(a)).not.toThrow()
  })

  it('convicts a release of everything that names as released what is up', () => {
    const { check, a } = world()
    expect(() => check.releasedAll(a, { released: ['g'], left: [] })).not.toThrow()
    a.up = true
    expect(() => check.releasedAll(a, { released: [], left: ['g'] })).not.toThrow()
    expect(() => check.releasedAll(a, { released: ['g'], left: [] })).toThrow(/a yes is true/)
  })
})
