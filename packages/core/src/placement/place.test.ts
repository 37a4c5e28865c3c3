import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FitnessLevel, GroupSpec } from '../model/index.ts'
import { place } from './place.ts'
import type { Candidate, HolderState, PlaceInput } from './place.ts'

const group: GroupSpec = { id: 'g', mode: 'active-standby', nodes: ['a', 'b', 'c'], endpoints: [] }
const well: HolderState = { released: false, heard: true, lettingGo: false, stalled: false }
const candidate = (node: string, more: Partial<Candidate> = {}): Candidate => ({
  node,
  reachable: true,
  leaving: false,
  fitness: { level: 'fit', reasons: [] },
  failedLately: false,
  ...more,
})
const level = (name: FitnessLevel): Partial<Candidate> => ({ fitness: { level: name, reasons: [`is ${name}`] } })

interface Case {
  readonly owner?: string | null
  readonly holder?: Partial<HolderState>
  readonly wish?: string
  readonly a?: Partial<Candidate>
  readonly b?: Partial<Candidate>
  readonly c?: Partial<Candidate>
}
function inputOf({ owner = 'b', holder = {}, wish, a, b, c }: Case): PlaceInput {
  return {
    group,
    current: owner === null ? undefined : { node: owner, epoch: 5, cause: '' },
    holder: { ...well, ...holder },
    candidates: [candidate('a', a), candidate('b', b), candidate('c', c)],
    wish: wish ?? null,
  }
}

describe('placement', () => {
  it.each<[string, Case, string]>([
    ['gives a free group to the first fit node', { owner: null }, 'assign a'],
    ['passes over who is unfit', { owner: null, a: level('unfit') }, 'assign b'],
    ['does not choose anew who may only keep', { owner: null, a: level('keep') }, 'assign b'],
    ['passes over who is not reachable', { owner: null, a: { reachable: false } }, 'assign b'],
    ['passes over who is leaving', { owner: null, a: { leaving: true } }, 'assign b'],
    ['puts who failed lately last', { owner: null, a: { failedLately: true } }, 'assign b'],
    ['prefers who failed lately to nobody', { owner: null, a: { failedLately: true }, b: level('unfit'), c: level('unfit') }, 'assign a'],
    ['leaves a free group where nobody is fit', { owner: null, a: level('unfit'), b: level('unfit'), c: level('unfit') }, 'stay'],
    ['is sticky: a preferred node that is fit again takes nothing', {}, 'stay'],
    ['lets a holder keep what it would not be chosen for', { b: level('keep') }, 'stay'],
    ['asks an unfit holder to release', { b: level('unfit') }, 'ask a'],
    ['leaves an unfit holder where nobody else is fit', { a: level('unfit'), b: level('unfit'), c: level('unfit') }, 'stay'],
    ['asks a leaving holder to release', { b: { leaving: true } }, 'ask a'],
    ['asks for a move that was wished', { wish: 'c' }, 'ask c'],
    ['ignores a wish for an unfit node', { wish: 'c', c: level('unfit') }, 'stay'],
    ['takes from a holder that is not heard', { holder: { heard: false } }, 'assign a'],
    ['takes from a holder that lets go for long', { holder: { lettingGo: true } }, 'assign a'],
    ['gives nothing back to a holder that does not serve, whatever was wished', { holder: { lettingGo: true }, wish: 'b' }, 'assign a'],
    ['asks a holder that could not bring it up', { holder: { stalled: true } }, 'ask a'],
    [
      'does not take turns among nodes that all failed lately',
      { holder: { stalled: true }, a: { failedLately: true }, c: { failedLately: true } },
      'stay',
    ],
    ['gives a released group back to a holder that is fit', { holder: { released: true } }, 'assign b'],
    ['gives a released group on when its holder failed lately', { holder: { released: true }, b: { failedLately: true } }, 'assign a'],
    ['gives a released group to whom it was wished for', { holder: { released: true }, wish: 'c' }, 'assign c'],
    [
      'gives a released group to another fit node when the wished one is gone',
      { holder: { released: true }, wish: 'c', c: { reachable: false } },
      'assign a',
    ],
  ])('%s', (_, given, wanted) => {
    const decision = place(inputOf(given))
    expect(decision.action === 'stay' ? 'stay' : `${decision.action} ${decision.to}`).toBe(wanted)
    expect(decision.why).not.toBe('')
  })

  it('says why a holder that was asked to let go had to', () => {
    expect(place(inputOf({ holder: { released: true }, b: level('unfit') })).why).toBe('b is unfit: is unfit')
    expect(place(inputOf({ holder: { released: true }, b: { leaving: true } })).why).toBe('b is leaving')
    expect(place(inputOf({ holder: { released: true }, b: { failedLately: true } })).why).toBe('b released it')
  })

  it('says of every node why it cannot take the group', () => {
    expect(place(inputOf({ a: level('unfit'), b: { reachable: false }, c: { leaving: true } })).blocked).toEqual({
      a: 'is unfit',
      b: 'not reachable',
      c: 'is leaving',
    })
  })
  it('asks a holder that is not in the configuration of the group to release', () => {
    expect(place({ ...inputOf({ owner: 'x' }), candidates: [candidate('a')] })).toMatchObject({ action: 'ask', to: 'a' })
  })
})

const anyCandidate = (node: string): fc.Arbitrary<Candidate> =>
  fc.record({
    node: fc.constant(node),
    reachable: fc.boolean(),
    leaving: fc.boolean(),
    failedLately: fc.boolean(),
    fitness: fc.record({ level: fc.constantFrom<FitnessLevel>('fit', 'keep', 'unfit'), reasons: fc.constant(['why']) }),
  })
const anyInput: fc.Arbitrary<PlaceInput> = fc.record({
  group: fc.constant(group),
  current: fc.option(fc.record({ node: fc.constantFrom('a', 'b', 'c', 'x', null), epoch: fc.constant(5), cause: fc.constant('') }), {
    nil: undefined,
  }),
  holder: fc.record({ released: fc.boolean(), heard: fc.boolean(), lettingGo: fc.boolean(), stalled: fc.boolean() }),
  candidates: fc.tuple(anyCandidate('a'), anyCandidate('b'), anyCandidate('c')),
  wish: fc.constantFrom('a', 'b', 'c', null),
})

describe('placement, whatever the state', () => {
  it('gives a group only to a configured node that is reachable, fit and staying', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const decision = place(input)
        if (decision.action === 'stay') return
        const chosen = input.candidates.find(({ node }) => node === decision.to)
        expect(chosen).toMatchObject({ reachable: true, leaving: false, fitness: { level: 'fit' } })
      }),
    )
  })
  it('decides the same from the same, and changes nothing that it is given', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const before = JSON.stringify(input)
        expect(place(input)).toEqual(place(structuredClone(input)))
        expect(JSON.stringify(input)).toBe(before)
      }),
    )
  })
  it('moves nothing from a holder that serves and may, unless somebody wished it', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const [a, ...others] = input.candidates
        if (a === undefined || a.leaving || a.fitness.level === 'unfit') return
        const serving: PlaceInput = {
          ...input,
          current: { node: 'a', epoch: 5, cause: '' },
          holder: well,
          candidates: [a, ...others],
          wish: null,
        }
        expect(place(serving).action).toBe('stay')
      }),
    )
  })
  it('takes a group without asking only from a holder that released it, is silent or does not list it', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { stalled } = input.holder
        const held: PlaceInput = {
          ...input,
          current: { node: input.current?.node ?? 'a', epoch: 5, cause: '' },
          holder: { ...well, stalled },
        }
        expect(place(held).action).not.toBe('assign')
      }),
    )
  })
})
