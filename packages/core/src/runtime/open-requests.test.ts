import { describe, expect, it } from 'vitest'
import type { ClusterReply } from '../model/index.ts'
import type { GroupStatus } from '../runner/types.ts'
import { OpenRequests } from './open-requests.ts'
import type { Released } from './open-requests.ts'

const moved = (to: string): ClusterReply => ({ ok: true, group: 'web', from: 'a', to, epoch: 7 })
const held = (...groups: string[]): GroupStatus[] => groups.map((group) => ({ group, epoch: 1, state: 'active', endpoints: [] }))

/** Requests of one daemon whose time moves by hand. */
function daemon(life = 'a/1') {
  const told: { type: string; id?: string }[] = []
  const timers = new Map<() => void, number>()
  const state = { now: 0, status: held() }
  const requests = new OpenRequests({
    life,
    clock: {
      now: () => state.now,
      at: (at, callback) => {
        timers.set(callback, at)
        return () => void timers.delete(callback)
      },
    },
    tell: (news) => void told.push(news),
    runnerStatus: () => state.status,
  })
  const pass = (ms: number): void => {
    state.now += ms
    for (const [ring, at] of timers) {
      if (at > state.now) continue
      timers.delete(ring)
      ring()
    }
  }
  return { requests, told, state, pass, timers }
}

describe('open requests', () => {
  it('hand each answer of the engine to the one who asked', () => {
    const { requests, told } = daemon()
    const answers: [string, ClusterReply][] = []
    requests.request({ type: 'switchover', group: 'web' }, 1000, (reply) => answers.push(['first', reply]))
    requests.request({ type: 'switchover', group: 'web' }, 1000, (reply) => answers.push(['second', reply]))
    requests.onReply(told[1]?.id ?? '', moved('b'))
    requests.onReply(told[0]?.id ?? '', moved('c'))
    expect(answers).toEqual([
      ['second', moved('b')],
      ['first', moved('c')],
    ])
  })

  it('are answered once: neither the time nor a second answer of the engine adds another', () => {
    const { requests, told, pass } = daemon()
    const answers: ClusterReply[] = []
    requests.request({ type: 'switchover', group: 'web' }, 1000, (reply) => answers.push(reply))
    const id = told[0]?.id ?? ''
    requests.onReply(id, moved('b'))
    requests.onReply(id, moved('c'))
    pass(2000)
    expect(answers).toEqual([moved('b')])
  })

  it('are named as no earlier life of the node named one: an answer to that may still be under way', () => {
    const names = ['a/1', 'a/2', 'b/1'].map((life) => {
      const { requests, told } = daemon(life)
      requests.request({ type: 'switchover', group: 'web' }, 1000, () => undefined)
      return told[0]?.id
    })
    expect(new Set(names).size).toBe(3)
  })

  it('are answered in time although the engine says nothing, and its late answer counts for nothing', () => {
    const { requests, told, pass } = daemon()
    const answers: ClusterReply[] = []
    requests.request({ type: 'switchover', group: 'web' }, 1000, (reply) => answers.push(reply))
    pass(999)
    expect(answers).toEqual([])
    pass(1)
    requests.onReply(told[0]?.id ?? '', moved('b'))
    expect(answers).toMatchObject([{ ok: false, code: 'timeout' }])
  })

  it('hand the answer to a change of configuration to the one who asked, once', () => {
    const { requests, told } = daemon()
    const answers: (string | null)[] = []
    const spec = { name: 'shop', timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 }, nodes: [], groups: [] }
    requests.configure(spec, (refused) => answers.push(refused))
    requests.onConfigured(told[0]?.id ?? '', 'not now')
    requests.onConfigured(told[0]?.id ?? '', null)
    expect([told[0]?.type, answers]).toEqual(['configure', ['not now']])
  })

  it('name what is released and what is not when everything was to be released', () => {
    const { requests, state, pass } = daemon()
    const answers: Released[] = []
    state.status = held('web', 'db')
    requests.releaseAll(1000, (outcome) => answers.push(outcome))
    state.status = held('db')
    requests.onSettled()
    expect(answers).toEqual([])
    pass(1000)
    expect(answers).toEqual([{ released: ['web'], left: ['db'] }])
  })

  it('are all answered when the daemon ends, and keep no timer', () => {
    const { requests, state, pass, timers } = daemon()
    const answers: unknown[] = []
    state.status = held('web')
    requests.request({ type: 'switchover', group: 'web' }, 1000, (reply) => answers.push(reply))
    requests.releaseAll(1000, (outcome) => answers.push(outcome))
    requests.close()
    expect(timers.size).toBe(0)
    requests.close()
    pass(2000)
    requests.request({ type: 'switchover', group: 'web' }, 1000, (reply) => answers.push(reply))
    expect(answers).toEqual([
      { ok: false, code: 'timeout', message: expect.stringContaining('this daemon ended') },
      { released: [], left: ['web'] },
      { ok: false, code: 'timeout', message: expect.stringContaining('this daemon ended') },
    ])
  })

  it('end a release of everything at once when nothing is held any more', () => {
    const { requests, state, told, pass } = daemon()
    const answers: Released[] = []
    state.status = held('web')
    requests.releaseAll(1000, (outcome) => answers.push(outcome))
    expect(told).toEqual([{ type: 'release-all' }])
    state.status = held()
    requests.onSettled()
    requests.onSettled()
    pass(2000)
    expect(answers).toEqual([{ released: ['web'], left: [] }])
  })
})
