import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHandClock } from '../checks/clock-for-tests.ts'
import { applyEntry, bootstrapStored } from '../engine/apply.ts'
import type { ClusterSpec, ClusterState, EntryBody, NotifyTarget } from '../model/index.ts'
import { createNotifier } from './notifier.ts'
import { keepingLogger, targetOf } from './samples-for-tests.ts'

let server: Server
let url = ''
const received: { readonly path: string; readonly events: readonly { readonly id: string; readonly text: string }[] }[] = []

beforeEach(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      received.push({ path: request.url ?? '', events: (JSON.parse(body) as (typeof received)[number]).events })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  received.length = 0
  server.closeAllConnections()
  server.close()
})

const note = { at: '2026-01-01T00:00:00.000Z', by: 'root at a', what: 'drain b' }
const moved = (to: string | null, cause: string): EntryBody => ({ type: 'assign', group: 'web', node: to, cause, at: 1_767_225_600_000 })

function specWith(...notify: readonly Partial<NotifyTarget>[]): ClusterSpec {
  return {
    name: 'shop',
    timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
    nodes: ['a', 'b'].map((id) => ({ id, site: 'x', address: id, voter: true, witness: false })),
    groups: [{ id: 'web', mode: 'active-standby', nodes: ['a', 'b'], endpoints: [] }],
    notify: notify.map((about, index) => targetOf({ id: `t${index}`, via: { type: 'webhook', url: `${url}/t${index}` }, ...about })),
  }
}

/** One node's notifier, to which a test gives the log entry by entry. */
function nodeOf(node: string, { spec = specWith({}), toldUpTo = 0 } = {}) {
  const clock = createHandClock()
  let index = 0
  let state: ClusterState = bootstrapStored(spec).snapshot.state
  const { logger } = keepingLogger()
  const notifier = createNotifier({ node, generation: 1, secrets: {}, clock, logger, toldUpTo, applied: () => index })
  notifier.onSpec(spec)
  notifier.onState(state)
  const role = (is: 'coordinator' | 'follower'): void =>
    notifier.onEvent({ type: 'role', role: is, term: 1, coordinator: null, why: 'test' })
  const apply = (...bodies: readonly EntryBody[]): void => {
    for (const body of bodies) state = applyEntry(state, { index: (index += 1), term: 1, body })
    notifier.onState(state)
  }
  return { clock, notifier, role, apply }
}

/** Everything that was received, once it is so much. */
async function told(clock: { pass(ms: number): Promise<void> }, count: number): Promise<readonly string[]> {
  await clock.pass(6000)
  const texts = (): readonly string[] => received.flatMap(({ events }) => events.map(({ text }) => text))
  await vi.waitFor(() => expect(texts()).toHaveLength(count), { timeout: 15_000 })
  return texts()
}

describe('what the cluster does', () => {
  it('is told by the coordinator, and by nobody else', async () => {
    const [a, b] = [nodeOf('a'), nodeOf('b')]
    a.role('coordinator')
    b.role('follower')
    for (const { apply } of [a, b]) {
      apply(moved('a', 'nobody held it'))
      apply(moved('b', 'a is not heard'), { type: 'maintenance', order: { action: 'drain', nodes: ['a'] }, note })
    }
    expect(await told(a.clock, 3)).toEqual([
      'web goes to a: nobody held it',
      'web moves from a to b: a is not heard',
      'node a is drained, by root at a',
    ])
    await b.notifier.close()
    expect(received).toHaveLength(1)
  })

  it('is told by the next coordinator where the last one may not have come to it, and under the same names', async () => {
    const [a, b] = [nodeOf('a'), nodeOf('b')]
    a.role('coordinator')
    for (const { apply } of [a, b]) apply(moved('a', 'nobody held it'))
    await told(a.clock, 1)
    b.role('coordinator')
    await told(b.clock, 2)
    expect(received[1]?.events[0]?.id).toBe(received[0]?.events[0]?.id)
  })

  it('is not told again by a coordinator that comes much later, nor by one that stays', async () => {
    const a = nodeOf('a')
    a.apply(moved('a', 'nobody held it'))
    await a.clock.pass(61_000)
    a.role('coordinator')
    a.apply(moved('b', 'an operator asked'))
    expect(await told(a.clock, 1)).toEqual(['web moves from a to b: an operator asked'])
    a.role('coordinator')
    await a.notifier.close()
    expect(received).toHaveLength(1)
  })

  it('before a daemon started is not told when it reads its log again', async () => {
    const a = nodeOf('a', { toldUpTo: 2 })
    a.role('coordinator')
    a.apply(moved('a', 'nobody held it'))
    a.apply({ type: 'maintenance', order: { action: 'pause', group: null }, note })
    a.apply({ type: 'maintenance', order: { action: 'unpause', group: null }, note })
    expect(await told(a.clock, 1)).toEqual(['everything is unpaused'])
  })

  it('is told of another configuration, with who made it', async () => {
    const a = nodeOf('a')
    a.role('coordinator')
    a.apply({ type: 'cluster', spec: specWith({}) }, { type: 'cluster', spec: specWith({}), note: { ...note, what: 'group web: checks' } })
    expect(await told(a.clock, 1)).toEqual(['configuration 2 is in force, by root at a: group web: checks'])
  })

  it('is told of a node that falls silent and comes back, as the coordinator hears it', async () => {
    const a = nodeOf('a')
    a.role('coordinator')
    a.notifier.onEvent({ type: 'member', node: 'b', state: 'heard', why: 'for the first time' })
    a.notifier.onEvent({ type: 'member', node: 'b', state: 'silent', why: 'not heard for 950 ms' })
    a.notifier.onEvent({ type: 'member', node: 'b', state: 'heard', why: 'after 2000 ms' })
    expect(await told(a.clock, 2)).toEqual(['b is silent: not heard for 950 ms', 'b is heard again after 2000 ms'])
  })
})

describe('what happens on a node', () => {
  it('is told by itself, also where it does not coordinate', async () => {
    const b = nodeOf('b')
    b.role('follower')
    b.notifier.onRunnerEvent({ type: 'active', group: 'web', epoch: 7, claimMs: 3 })
    b.notifier.onRunnerEvent({ type: 'stuck', group: 'web', epoch: 7, why: 'nginx still runs' })
    b.notifier.onEvent({ type: 'quorum', state: 'reached', why: 'heard 1 of 3 voters' })
    b.notifier.onEvent({ type: 'member', node: 'a', state: 'silent', why: 'not heard for 950 ms' })
    b.notifier.onEvent({ type: 'quorum', state: 'lost', why: 'heard 1 of 3 voters' })
    b.notifier.onEvent({ type: 'quorum', state: 'reached', why: 'heard 1 of 3 voters' })
    expect(await told(b.clock, 4)).toEqual([
      'web is served by b',
      'web cannot be taken down on b: nginx still runs',
      'b has lost the quorum and serves nothing; it does not hear a',
      'b sees a quorum again',
    ])
  })
})

describe('a plane', () => {
  it('that is lost to a node is told by that node, and so is its return', async () => {
    const b = nodeOf('b')
    const plane = { type: 'plane', plane: 'back' } as const
    b.notifier.onEvent({ ...plane, node: null, state: 'lost', why: 'connection refused' })
    b.notifier.onEvent({ ...plane, node: null, state: 'back', why: 'connected again' })
    b.notifier.onEvent({ ...plane, node: 'a', state: 'lost', why: 'heard over other planes only' })
    b.notifier.onEvent({ ...plane, node: 'a', state: 'back', why: 'heard there again' })
    expect(await told(b.clock, 4)).toEqual([
      'b is cut off from plane back (connection refused); other planes serve',
      'b is connected to plane back again',
      'b hears a over other planes than back only',
      'b hears a over plane back again',
    ])
  })
})

describe('a target', () => {
  it('is told only what it wants to hear', async () => {
    const spec = specWith({ on: ['stuck'] }, { groups: ['db'] }, { nodes: ['a'] }, {})
    const b = nodeOf('b', { spec })
    b.notifier.onRunnerEvent({ type: 'active', group: 'web', epoch: 7, claimMs: 3 })
    b.notifier.warn('the disk is slow')
    await told(b.clock, 3)
    const byPath = Object.fromEntries(received.map(({ path, events }) => [path, events.map(({ text }) => text)]))
    expect(byPath).toEqual({ '/t1': ['the disk is slow'], '/t3': ['web is served by b', 'the disk is slow'] })
  })

  it('that a new configuration takes away still gets what waits', async () => {
    const b = nodeOf('b')
    b.notifier.warn('the disk is slow')
    b.notifier.onSpec(specWith())
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 15_000 })
    b.notifier.warn('the disk is full')
    await b.notifier.close()
    expect(received).toHaveLength(1)
  })

  it('can be tested, and says what it said', async () => {
    const a = nodeOf('a', { spec: specWith({}, { via: { type: 'webhook', url: 'http://127.0.0.1:1/' } }) })
    expect(await a.notifier.test()).toMatchObject([
      { target: 't0', ok: true, said: 'status 204' },
      { target: 't1', ok: false, said: expect.stringContaining('ECONNREFUSED') },
    ])
    expect(received[0]?.events[0]?.text).toBe('this is a test by a')
  })
})
