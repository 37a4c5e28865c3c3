import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Failback, FitnessLevel, GroupId, GroupSpec, Member, NodeId, PlacementPolicy } from '../model/index.ts'
import type { GroupState, NodeState, PlaceAllInput } from './place-all.ts'
import { placeAll } from './place-all.ts'
import type { Decision, HolderState } from './place.ts'

const NODES = ['a', 'b', 'c', 'd']
const IDS = ['g0', 'g1', 'g2', 'g3', 'g4']
const WELL: HolderState = { released: false, heard: true, lettingGo: false, stalled: false }

const anyMember = (id: NodeId): fc.Arbitrary<Member> =>
  fc.record(
    {
      id: fc.constant(id),
      address: fc.constant(id),
      voter: fc.constant(true),
      witness: fc.constant(false),
      site: fc.constantFrom('s', 't'),
      capacity: fc.integer({ min: 1, max: 4 }),
    },
    { requiredKeys: ['id', 'address', 'voter', 'witness', 'site'] },
  )
/** A group may only follow one that stands before it: so there are no circles. */
const anyPolicy = (position: number, failsBack: boolean): fc.Arbitrary<PlacementPolicy> =>
  fc.record(
    {
      weight: fc.integer({ min: 1, max: 3 }),
      spread: fc.record({
        groups: fc.uniqueArray(fc.constantFrom(...IDS.toSpliced(position, 1)), { minLength: 1, maxLength: 2 }),
        by: fc.constantFrom('node', 'site'),
      }),
      ...(position === 0 ? {} : { together: fc.tuple(fc.constantFrom(...IDS.slice(0, position))) }),
      sites: fc.constantFrom(['s'], ['t'], ['t', 's']),
      startDelayMs: fc.constant(1000),
      minFit: fc.integer({ min: 1, max: 4 }),
      prefer: fc.constant('current'),
      ...(failsBack
        ? {
            failback: fc.constantFrom<Failback>(
              'manual',
              { afterMs: 1000 },
              { afterMs: 1000, window: { from: '02:00', to: '04:00', zone: 'UTC' } },
            ),
          }
        : {}),
    },
    { requiredKeys: [] },
  )
const anyGroup = (position: number, failsBack: boolean): fc.Arbitrary<GroupSpec> =>
  fc.record(
    {
      id: fc.constant(IDS[position] ?? ''),
      mode: fc.constant('active-standby'),
      endpoints: fc.constant([]),
      nodes: fc.shuffledSubarray(NODES, { minLength: 1 }),
      placement: anyPolicy(position, failsBack),
    },
    { requiredKeys: ['id', 'mode', 'endpoints', 'nodes'] },
  )
const anyNode = (isCalm: boolean): fc.Arbitrary<NodeState> =>
  fc.record({
    reachable: isCalm ? fc.constant(true) : fc.boolean(),
    leaving: isCalm ? fc.constant(false) : fc.boolean(),
    upMs: fc.constantFrom(0, 5000),
    positions: fc.dictionary(fc.constantFrom(...IDS), fc.constantFrom('1', '2', '0/1', '1:2', 'x')),
    fitness: fc
      .array(fc.constantFrom<FitnessLevel>(...(isCalm ? (['fit'] as const) : (['fit', 'fit', 'keep', 'unfit'] as const))), {
        minLength: IDS.length,
        maxLength: IDS.length,
      })
      .map((levels) =>
        Object.fromEntries(levels.map((level, index) => [IDS[index] ?? '', { level, reasons: level === 'fit' ? [] : ['why'] }])),
      ),
  })
const anyState = (isCalm: boolean): fc.Arbitrary<GroupState> =>
  fc.record({
    current: fc.option(fc.record({ node: fc.constantFrom(...NODES, null), epoch: fc.constant(5), cause: fc.constant('') }), {
      nil: undefined,
    }),
    holder: isCalm
      ? fc.constant(WELL)
      : fc.record({ released: fc.boolean(), heard: fc.boolean(), lettingGo: fc.boolean(), stalled: fc.boolean() }),
    wish: isCalm ? fc.constant(null) : fc.constantFrom(...NODES, null, null),
    failedLately: fc.subarray(isCalm ? [] : NODES).map((nodes) => new Set(nodes)),
    settled: fc.subarray(NODES).map((nodes) => new Set(nodes)),
    gaveUp: fc.subarray(NODES).map((nodes) => new Set(nodes)),
  })
/** Any cluster; calm: everybody is fit and heard and nobody wishes anything. */
function anyInput({ calm = false, failsBack = true } = {}): fc.Arbitrary<PlaceAllInput> {
  return fc
    .tuple(
      fc.tuple(...NODES.map((id) => anyMember(id))),
      fc.tuple(...IDS.map((_, position) => anyGroup(position, failsBack))),
      fc.tuple(...NODES.map(() => anyNode(calm))),
      fc.tuple(...IDS.map(() => anyState(calm))),
    )
    .map(([nodes, groups, known, states]) => ({
      spec: { nodes, groups },
      nodes: new Map(known.map((state, index) => [NODES[index] ?? '', state])),
      groups: new Map(states.map((state, index) => [IDS[index] ?? '', state])),
    }))
}

/** Where every group is once all that was decided has been done. */
function placesAfter({ groups }: PlaceAllInput, decisions: readonly Decision[]): Map<GroupId, NodeId | null> {
  const places = new Map([...groups].map(([id, { current }]) => [id, current?.node ?? null]))
  for (const decision of decisions) if (decision.action !== 'stay') places.set(decision.group, decision.to)
  return places
}

/** The same cluster once all of it has been done: every group is with a holder that serves it, if it is anywhere. */
function done(input: PlaceAllInput, decisions: readonly Decision[]): PlaceAllInput {
  const places = placesAfter(input, decisions)
  const groups = [...input.groups].map(([id, state]): [GroupId, GroupState] => {
    const node = places.get(id) ?? null
    const { reachable = false } = input.nodes.get(node ?? '') ?? {}
    return [id, { ...state, wish: null, current: { node, epoch: 6, cause: '' }, holder: { ...WELL, heard: reachable } }]
  })
  return { ...input, groups: new Map(groups) }
}

function loadsOf({ spec }: PlaceAllInput, places: ReadonlyMap<GroupId, NodeId | null>): Map<NodeId, number> {
  const loads = new Map<NodeId, number>()
  for (const { id, placement } of spec.groups) {
    const node = places.get(id) ?? null
    if (node !== null) loads.set(node, (loads.get(node) ?? 0) + (placement?.weight ?? 1))
  }
  return loads
}

function isOvercrowded(input: PlaceAllInput, places: ReadonlyMap<GroupId, NodeId | null>, node: NodeId): boolean {
  const capacity = input.spec.nodes.find(({ id }) => id === node)?.capacity ?? Infinity
  return (loadsOf(input, places).get(node) ?? 0) > capacity
}

function leadersOf({ spec }: PlaceAllInput, group: GroupId): readonly GroupId[] {
  return spec.groups.find(({ id }) => id === group)?.placement?.together ?? []
}

/** Decides and does it until nothing is left to do; null: that never ends. */
function settle(input: PlaceAllInput): PlaceAllInput | null {
  let present = input
  for (let round = 0; round < 4 * IDS.length; round += 1) {
    const decisions = placeAll(present)
    if (decisions.every(({ action }) => action === 'stay')) return present
    present = done(present, decisions)
  }
  return null
}

describe('placement of all groups, whatever the state and the rules', () => {
  it('decides the same from the same, once for each group, and changes nothing that it is given', () => {
    fc.assert(
      fc.property(anyInput(), (input) => {
        const before = structuredClone(input)
        const decisions = placeAll(input)
        expect(decisions).toEqual(placeAll(before))
        expect(input).toEqual(before)
        expect(decisions.map(({ group }) => group).toSorted()).toEqual(IDS)
      }),
    )
  })

  it('gives a group only to a configured node that is reachable, fit and staying', () => {
    fc.assert(
      fc.property(anyInput(), (input) => {
        for (const decision of placeAll(input)) {
          if (decision.action === 'stay') continue
          const { reachable, leaving, fitness } = input.nodes.get(decision.to) ?? {}
          expect([reachable, leaving, fitness?.[decision.group]?.level]).toEqual([true, false, 'fit'])
          expect(input.spec.groups.find(({ id }) => id === decision.group)?.nodes).toContain(decision.to)
        }
      }),
    )
  })

  it('gives no node more than it bears, and no group to another node than that of its leaders', () => {
    fc.assert(
      fc.property(anyInput(), (input) => {
        const decisions = placeAll(input)
        const places = placesAfter(input, decisions)
        for (const decision of decisions) {
          if (decision.action === 'stay') continue
          for (const leader of leadersOf(input, decision.group)) expect(places.get(leader)).toBe(decision.to)
          const wasThere = input.groups.get(decision.group)?.current?.node === decision.to
          if (!wasThere) expect(isOvercrowded(input, places, decision.to)).toBe(false)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('names each node of a group once, as blocked or with its rank, and gives it to nobody who is blocked', () => {
    fc.assert(
      fc.property(anyInput(), (input) => {
        for (const decision of placeAll(input)) {
          const nodes = input.spec.groups.find(({ id }) => id === decision.group)?.nodes ?? []
          const named = [...Object.keys(decision.blocked), ...decision.ranking.map(({ node }) => node)]
          expect(named.toSorted()).toEqual([...nodes].toSorted())
          if (decision.action !== 'stay') expect(decision.blocked[decision.to]).toBeUndefined()
        }
      }),
    )
  })

  it('comes to rest: after a few rounds of doing what was decided there is nothing left to do', () => {
    fc.assert(
      fc.property(anyInput(), (input) => {
        expect(settle(input)).not.toBeNull()
      }),
      { numRuns: 300 },
    )
  })
})

describe('placement of all groups in a calm cluster', () => {
  it('moves nothing that breaks no hard rule, unless a failback asks for it', () => {
    fc.assert(
      fc.property(anyInput({ calm: true, failsBack: false }), (input) => {
        const places = placesAfter(input, [])
        for (const decision of placeAll(input)) {
          const place = places.get(decision.group) ?? null
          const group = input.spec.groups.find(({ id }) => id === decision.group)
          const isApart = leadersOf(input, decision.group).length > 0
          if (place === null || isApart || group?.nodes.includes(place) !== true || isOvercrowded(input, places, place)) continue
          expect(decision.action).toBe('stay')
        }
      }),
      { numRuns: 300 },
    )
  })

  it('moves only the groups of a node that is lost, and those that must be where these are', () => {
    fc.assert(
      fc.property(anyInput({ calm: true, failsBack: false }), fc.constantFrom(...NODES), (input, lost) => {
        const calm = settle(input)
        if (calm === null) return
        const places = placesAfter(calm, [])
        const isConcerned = (group: GroupId): boolean =>
          places.get(group) === lost || leadersOf(calm, group).some((leader) => isConcerned(leader))
        const nodes = new Map([...calm.nodes].map(([id, state]) => [id, id === lost ? { ...state, reachable: false } : state]))
        const groups = new Map(
          [...calm.groups].map(([id, state]) => [id, { ...state, holder: { ...WELL, heard: places.get(id) !== lost } }]),
        )
        for (const { group, action } of placeAll({ ...calm, nodes, groups })) {
          const wasNowhere = (places.get(group) ?? null) === null
          if (!isConcerned(group) && !wasNowhere) expect(action).toBe('stay')
        }
      }),
      { numRuns: 300 },
    )
  })
})
