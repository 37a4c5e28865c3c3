import { describe, expect, it } from 'vitest'
import type { Fitness, GroupSpec, Member, NodeId, PlacementPolicy } from '../model/index.ts'
import type { GroupState, NodeState, PlaceAllInput } from './place-all.ts'
import { placeAll } from './place-all.ts'
import type { Decision } from './place.ts'

interface Given {
  readonly id?: string
  readonly nodes?: string
  /** Where it is; absent: nowhere. */
  readonly on?: NodeId
  readonly policy?: PlacementPolicy
  readonly state?: Partial<GroupState>
}
interface World {
  /** Nodes by letter; their site is the number after it: a1 b1 c2. */
  readonly nodes?: string
  readonly capacity?: number
  readonly groups: readonly Given[]
  readonly unfit?: string
  readonly up?: Readonly<Record<NodeId, number>>
}

function inputOf({ nodes = 'a1 b1 c2', capacity, groups, unfit = '', up = {} }: World): PlaceAllInput {
  const members = nodes.split(' ').map(([id = '', site = '']): Member => ({
    id,
    site,
    address: id,
    voter: true,
    witness: false,
    ...(capacity === undefined ? {} : { capacity }),
  }))
  const letters = members.map(({ id }) => id).join('')
  const specs = groups.map(({ id = 'g', nodes: own = letters, policy }): GroupSpec => ({
    id,
    mode: 'active-standby',
    nodes: own.split(''),
    endpoints: [],
    ...(policy === undefined ? {} : { placement: policy }),
  }))
  const states = groups.map(({ id = 'g', on, state }): [string, GroupState] => [
    id,
    {
      current: on === undefined ? undefined : { node: on, epoch: 5, cause: '' },
      holder: { released: false, heard: on !== undefined, lettingGo: false, stalled: false },
      wish: null,
      failedLately: new Set(),
      settled: new Set(),
      gaveUp: new Set(),
      ...state,
    },
  ])
  const known = members.map(({ id }): [NodeId, NodeState] => {
    const fitness: Fitness = unfit.includes(id) ? { level: 'unfit', reasons: [`${id} is unfit`] } : { level: 'fit', reasons: [] }
    const says = Object.fromEntries(specs.map((group) => [group.id, fitness]))
    return [id, { reachable: true, leaving: false, fitness: says, upMs: up[id] ?? 1_000_000 }]
  })
  return { spec: { nodes: members, groups: specs }, nodes: new Map(known), groups: new Map(states) }
}

const said = (decision: Decision): string =>
  `${decision.group} ${decision.action === 'stay' ? 'stay' : `${decision.action} ${decision.to}`}`
const decide = (world: World): readonly string[] => placeAll(inputOf(world)).map(said)
const first = (world: World): Decision => placeAll(inputOf(world))[0] as Decision

describe('capacity', () => {
  it('passes over a node that has no room for the weight of the group', () => {
    const groups = [
      { id: 'f', on: 'a', policy: { weight: 2 } },
      { id: 'g', policy: { weight: 2 } },
    ]
    expect(decide({ capacity: 3, groups })).toEqual(['f stay', 'g assign b'])
    expect(placeAll(inputOf({ capacity: 3, groups }))[1]?.blocked).toEqual({
      a: 'no room for a weight of 2: 2 of its capacity of 3 is taken',
    })
  })
  it('gives one spare node as many groups of dead nodes as it bears, the first of the configuration first', () => {
    const lost = { state: { holder: { released: false, heard: false, lettingGo: false, stalled: false } } }
    const groups = [
      { id: 'f', nodes: 'ac', on: 'a', ...lost },
      { id: 'g', nodes: 'bc', on: 'b', ...lost },
    ]
    expect(decide({ capacity: 1, groups, unfit: 'ab' })).toEqual(['f assign c', 'g stay'])
  })
  it('moves the last groups off a node that bears too much, and leaves them where no other has room', () => {
    const groups = ['e', 'f', 'g'].map((id) => ({ id, on: 'a' }))
    expect(decide({ nodes: 'a1 b1', capacity: 1, groups })).toEqual(['e stay', 'f ask b', 'g stay'])
    expect(placeAll(inputOf({ nodes: 'a1 b1', capacity: 1, groups }))[2]?.why).toContain('a may not keep it: no room')
  })
})

describe('groups that must be together', () => {
  const together = { together: ['db'] }
  it('go where their leader goes, wherever they stand in the configuration', () => {
    const groups = [{ id: 'api', nodes: 'cba', policy: together }, { id: 'db' }]
    expect(decide({ groups })).toEqual(['db assign a', 'api assign a'])
  })
  it('leave a node that their leader leaves, and follow it', () => {
    const groups = [
      { id: 'api', on: 'a', policy: together },
      { id: 'db', on: 'a', state: { wish: 'c' } },
    ]
    expect(decide({ groups })).toEqual(['db ask c', 'api ask c'])
  })
  it('are given to nobody while their leader is nowhere', () => {
    const groups = [
      { id: 'api', policy: together },
      { id: 'db', nodes: 'a' },
    ]
    const [, api] = placeAll(inputOf({ groups, unfit: 'a' }))
    expect(api).toMatchObject({ action: 'stay', blocked: { b: 'it must be where db is, which is nowhere' } })
  })
  it('draw their leader to where all can be served', () => {
    const groups = [
      { id: 'api', nodes: 'c', policy: together },
      { id: 'db', nodes: 'abc' },
    ]
    expect(decide({ groups })).toEqual(['db assign c', 'api assign c'])
  })
  it('take no notice of a leader that is not configured', () => {
    expect(decide({ groups: [{ policy: together }] })).toEqual(['g assign a'])
  })
})

describe('groups that are spread', () => {
  const by = (unit: 'node' | 'site'): PlacementPolicy => ({ spread: { groups: ['f'], by: unit } })
  it('go to different nodes, whichever of them says so', () => {
    expect(decide({ groups: [{ id: 'f' }, { policy: by('node') }] })).toEqual(['f assign a', 'g assign b'])
    expect(decide({ groups: [{ policy: by('node') }, { id: 'f' }] })).toEqual(['g assign a', 'f assign b'])
  })
  it('go to different sites where they are to', () => {
    expect(decide({ groups: [{ id: 'f' }, { policy: by('site') }] })).toEqual(['f assign a', 'g assign c'])
  })
  it('are so although one of them must be where another group is, which goes where that one may be', () => {
    const api: Given = { id: 'api', policy: { together: ['db'], spread: { groups: ['f'], by: 'node' } } }
    const lost: Given[] = [
      { id: 'f', on: 'b' },
      { id: 'db', on: 'a' },
      { ...api, on: 'a' },
    ]
    expect(decide({ groups: lost, unfit: 'a' })).toEqual(['f stay', 'db ask c', 'api ask c'])
    expect(decide({ groups: [{ id: 'db' }, { id: 'f' }, api] })).toEqual(['db assign a', 'f assign b', 'api assign a'])
  })
  it('share a node where there is no other', () => {
    expect(decide({ groups: [{ id: 'f' }, { nodes: 'a', policy: by('node') }] })).toEqual(['f assign a', 'g assign a'])
  })
})

describe('preferred sites', () => {
  it('come before the order of preference, in their own order', () => {
    expect(decide({ groups: [{ policy: { sites: ['2'] } }] })).toEqual(['g assign c'])
    expect(first({ nodes: 'a1 b2 c3', groups: [{ policy: { sites: ['3', '2'] } }] }).ranking).toEqual([
      { node: 'c', why: 'third in order of preference' },
      { node: 'b', why: 'number 2 of its sites; second in order of preference' },
      { node: 'a', why: 'not at a preferred site; first in order of preference' },
    ])
  })
})

describe('the start delay', () => {
  const policy = { startDelayMs: 30_000 }
  it('passes over a node that has only just started', () => {
    expect(decide({ groups: [{ policy }], up: { a: 29_999, b: 30_000 } })).toEqual(['g assign b'])
  })
  it('makes nobody wait where there is no other', () => {
    expect(decide({ groups: [{ policy }], up: { a: 0 }, unfit: 'bc' })).toEqual(['g assign a'])
  })
})

describe('failback', () => {
  const world = (policy: PlacementPolicy, more: Partial<World> & Pick<Given, 'state'> = {}): World => ({
    groups: [{ on: 'b', policy, state: more.state ?? {} }],
    ...more,
  })
  const after = { failback: { afterMs: 60_000 } } as const
  const settled = { state: { settled: new Set(['a']) } }
  it('never happens unless it is configured', () => {
    expect(first(world({ sites: ['1'] }, settled))).toMatchObject({ action: 'stay', why: 'b holds it' })
  })
  it('waits for an operator where it is manual, and says so', () => {
    expect(first(world({ failback: 'manual' }, settled))).toMatchObject({
      action: 'stay',
      why: 'b holds it; a is better (first in order of preference) and waits for movip switchover',
    })
  })
  it('waits until the better node could have taken the group for long enough', () => {
    expect(first(world(after))).toMatchObject({ action: 'stay', why: expect.stringContaining('could have taken it for 60 s') })
    expect(first(world(after, settled))).toMatchObject({
      action: 'ask',
      to: 'a',
      why: 'back from b: a is better (first in order of preference)',
    })
  })
  it('promises none to a node that could not bring the group up, and says what it waits for', () => {
    const gaveUp = { state: { ...settled.state, gaveUp: new Set(['a']) } }
    expect(first(world(after, gaveUp))).toMatchObject({
      action: 'stay',
      why: 'b holds it; a is better (first in order of preference), but could not bring it up: that waits for movip switchover, or until a was away or unfit and is fit again',
    })
  })
  it('says within which window, where it has one', () => {
    const window = { from: '02:00', to: '04:00', days: ['sat', 'sun'], zone: 'Europe/Paris' } as const
    expect(first(world({ failback: { afterMs: 60_000, window } })).why).toBe(
      'b holds it; a is better (first in order of preference) and gets it once it could have taken it for 60 s, within 02:00-04:00 on sat, sun (Europe/Paris)',
    )
  })
  it('goes on to the better node when the holder has released the group for it', () => {
    const released = { ...settled.state, holder: { released: true, heard: true, lettingGo: false, stalled: false } }
    expect(decide(world(after, { state: released }))).toEqual(['g assign a'])
  })
  it('leaves the group with the best node', () => {
    expect(first({ groups: [{ on: 'a', policy: after, state: { settled: new Set(['b', 'c']) } }] }).why).toBe('a holds it')
  })
  it('takes nothing back to a node that has only just started, or failed lately', () => {
    expect(decide(world({ ...after, startDelayMs: 10 }, { ...settled, up: { a: 1 } }))).toEqual(['g stay'])
    expect(decide(world(after, { state: { ...settled.state, failedLately: new Set(['a']) } }))).toEqual(['g stay'])
  })
  it('improves what spread and sites ask for, too', () => {
    const policy: PlacementPolicy = { ...after, spread: { groups: ['f'], by: 'node' } }
    const groups = [
      { id: 'f', on: 'a' },
      { on: 'a', policy, state: { settled: new Set(['b']) } },
    ]
    expect(decide({ groups })).toEqual(['f stay', 'g ask b'])
  })
  it('does not happen while too few nodes are fit, which is said', () => {
    const decision = first(world({ ...after, minFit: 3 }, { ...settled, unfit: 'c' }))
    expect(decision).toMatchObject({ action: 'stay', warnings: ['only 2 of its nodes are fit, and at least 3 should be'] })
    expect(decide(world({ ...after, minFit: 2 }, { ...settled, unfit: 'c' }))).toEqual(['g ask a'])
  })
})

describe('too few fit nodes', () => {
  it('do not keep a group from being served', () => {
    expect(first({ groups: [{ policy: { minFit: 3 } }], unfit: 'ab' })).toMatchObject({ action: 'assign', to: 'c' })
  })
})
