import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GroupSpec, NodeId } from '../model/index.ts'
import { place } from './place.ts'
import type { Candidate, Decision, HolderState, PlaceInput } from './place.ts'
import { comparePositions, isComparable, parsePosition } from './position.ts'

const group: GroupSpec = { id: 'db', mode: 'active-standby', nodes: ['a', 'b', 'c'], endpoints: [], placement: { prefer: 'current' } }
const GONE: HolderState = { released: false, heard: false, lettingGo: false, stalled: false }
const WELL: HolderState = { ...GONE, heard: true }
const RELEASED: HolderState = { ...WELL, released: true }

const candidate = (node: NodeId, more: Partial<Candidate> = {}): Candidate => ({
  node,
  reachable: true,
  leaving: false,
  fitness: { level: 'fit', reasons: [] },
  failedLately: false,
  settled: true,
  ...more,
})
/** Nodes by name with the position of their data; null: they tell none. */
const candidates = (positions: Readonly<Record<NodeId, string | null>>): readonly Candidate[] =>
  Object.entries(positions).map(([node, position]) => candidate(node, position === null ? {} : { position }))
const decide = (positions: Readonly<Record<NodeId, string | null>>, more: Partial<PlaceInput> = {}): Decision =>
  place({ group, current: undefined, holder: GONE, wish: null, candidates: candidates(positions), ...more })
const on = (node: NodeId) => ({ node, epoch: 5, cause: '' })
const outcome = (decision: Decision): string => (decision.action === 'stay' ? 'stay' : `${decision.action} ${decision.to}`)

describe('a group that goes by its data', () => {
  it('goes to the node whose data is the most current, before any order of preference, and says so', () => {
    const decision = decide({ b: '1:0/16', c: '1:0/17' }, { current: on('a') })
    expect(decision).toMatchObject({
      action: 'assign',
      to: 'c',
      why: 'a is not heard; c has the most current data',
      ranking: [
        { node: 'c', why: 'data at 1:0/17, the most current; second in order of preference' },
        { node: 'b', why: 'data at 1:0/16, which others are ahead of; first in order of preference' },
      ],
      warnings: [],
    })
  })

  it('goes by preference among nodes whose data is equally current', () => {
    expect(outcome(decide({ a: '7', b: '9', c: '9' }))).toBe('assign b')
  })

  it('goes to a node that does not tell how current its data is only where no other can take it', () => {
    expect(outcome(decide({ a: null, b: '1', c: '0' }))).toBe('assign b')
    expect(outcome(decide({ a: null }))).toBe('assign a')
  })

  it.each([
    [{ a: '16', b: '0/17' }, 'the data of a (16) does not compare with that of b (0/17)'],
    [{ a: null, b: null }, 'no node tells how current its data is in a form that compares'],
    [{ a: 'UpToDate', b: 'Outdated' }, 'no node tells how current its data is in a form that compares'],
  ])('goes by preference where data does not compare, and warns', (positions, warning) => {
    const decision = decide(positions)
    expect(decision).toMatchObject({ action: 'assign', to: 'a', warnings: [warning] })
    expect(decision.why).toBe(`nobody holds it; ${warning}`)
  })

  it('is not moved because other data becomes more current than that of its holder', () => {
    expect(outcome(decide({ a: '5', b: '9' }, { current: on('a'), holder: WELL }))).toBe('stay')
  })

  it('goes back by preference alone, however current others are at that moment, but to nobody who is behind once it is released', () => {
    const back: GroupSpec = { ...group, placement: { prefer: 'current', failback: { afterMs: 1000 } } }
    const positions = { a: '5', b: null, c: '6' }
    expect(outcome(decide(positions, { group: back, current: on('b'), holder: WELL }))).toBe('ask a')
    const released = decide(positions, { group: back, current: on('b'), holder: RELEASED })
    expect(released).toMatchObject({
      action: 'assign',
      to: 'c',
      why: expect.stringContaining('but the data of a is behind that of c') as string,
    })
    expect(outcome(decide({ ...positions, a: '6' }, { group: back, current: on('b'), holder: RELEASED }))).toBe('assign a')
  })

  it('is not asked back from the node to which an operator is having it moved', () => {
    const back: GroupSpec = { ...group, placement: { prefer: 'current', failback: { afterMs: 1000 } } }
    const positions = { a: '5', b: '5', c: '5' }
    expect(outcome(decide(positions, { group: back, current: on('b'), holder: WELL }))).toBe('ask a')
    expect(outcome(decide(positions, { group: back, current: on('b'), holder: WELL, wish: 'b' }))).toBe('stay')
  })

  it('goes to the node that an operator asked for, unless the data of another is ahead', () => {
    const asked = { current: on('a'), holder: RELEASED, wish: 'b' }
    expect(outcome(decide({ a: null, b: '6', c: '6' }, asked))).toBe('assign b')
    expect(decide({ a: null, b: '5', c: '6' }, asked)).toMatchObject({
      to: 'c',
      why: 'moved from a by request, but the data of b is behind that of c',
    })
  })

  it('goes by the data of those who can take it, whatever a holder tells that is gone', () => {
    const candidates = [candidate('a', { position: '0' }), candidate('b', { position: '0/0' }), candidate('c', { position: '1' })]
    expect(outcome(decide({}, { candidates, current: on('b'), holder: GONE }))).toBe('assign c')
  })

  it('is lost to nobody because of a failure of a moment, but goes past a node that could not bring it up', () => {
    const both = (more: Partial<Candidate>) => [candidate('b', { position: '5' }), candidate('c', { position: '9', ...more })]
    expect(outcome(decide({}, { candidates: both({ recovered: true }) }))).toBe('assign c')
    expect(outcome(decide({}, { candidates: both({ failedLately: true }) }))).toBe('assign b')
  })

  const anyPosition = fc.oneof(
    fc.constant(null),
    fc.nat(3).map(String),
    fc.nat(3).map((low) => `0/${low}`),
    fc.constant('??'),
  )
  it('is never given to a node while the data of another that could take it and did not fail is known to be ahead', () => {
    const anyCandidate = (node: NodeId) =>
      fc
        .record({
          position: anyPosition,
          failedLately: fc.boolean(),
          recovered: fc.boolean(),
          starting: fc.boolean(),
          leaving: fc.boolean(),
        })
        .map(({ position, ...more }) => candidate(node, { ...more, ...(position === null ? {} : { position }) }))
    const anyInput = fc.record({
      candidates: fc.tuple(anyCandidate('a'), anyCandidate('b'), anyCandidate('c')),
      holder: fc.constantFrom(GONE, WELL, RELEASED),
      current: fc.constantFrom(undefined, on('a'), on('b')),
      wish: fc.constantFrom(null, 'a', 'c'),
    })
    fc.assert(
      fc.property(anyInput, (input) => {
        const decision = place({ group, ...input })
        if (decision.action !== 'assign') return
        const isOwnerGone = input.current !== undefined && input.holder === GONE
        const open = input.candidates.filter(({ node, leaving }) => !leaving && !(isOwnerGone && node === input.current?.node))
        const known = open.map(({ node, failedLately, position = '' }) => ({ node, failedLately, position: parsePosition(position) }))
        const told = known.flatMap(({ position }) => position ?? [])
        const compares = told.every((one) => told.every((other) => isComparable(one, other)))
        const mine = known.find(({ node }) => node === decision.to)?.position ?? null
        if (!compares || mine === null) return
        for (const { failedLately, position } of known)
          if (!failedLately && position !== null) expect(comparePositions(position, mine)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 500 },
    )
  })
})
