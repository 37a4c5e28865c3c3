/** How long one placement of very many groups takes. */
import { placeAll } from '@movip/core/placement'
import type { PlaceAllInput } from '@movip/core/placement'
import { median, plainRow } from './figures.ts'
import type { Row } from './figures.ts'

const GROUPS = 1000
const NODES = 100
const SITES = 5
const BOUND_MS = 50
/** The first ones are slow because nothing is compiled yet. A coordinator places once in a lease even where nothing happens. */
const WARM_UP = 10
const RUNS = 30

type Spec = PlaceAllInput['spec']
type Group = Spec['groups'][number]

/** Nobody has any group at first, then everybody has all of them: the whole cluster starts, and then it looks around. */
export function measurePlacement(): Row {
  const fresh = inputOf(specOfMany())
  const held = carriedOut(fresh)
  const startMs = median(timesOf(fresh))
  const steadyMs = median(timesOf(held))
  return plainRow('place-1000x100', Math.max(startMs, steadyMs), 'ms', BOUND_MS, { runs: RUNS, detail: { startMs, steadyMs } })
}

function timesOf(input: PlaceAllInput): readonly number[] {
  const times = Array.from({ length: WARM_UP + RUNS }, () => {
    const begin = performance.now()
    placeAll(input)
    return performance.now() - begin
  })
  return times.slice(WARM_UP)
}

/** Every node has a capacity and every group a failback; a part of them has each of the other rules. */
function specOfMany(): Spec {
  const nodes = Array.from({ length: NODES }, (_, index) => ({
    id: `n${index}`,
    site: `s${index % SITES}`,
    address: `10.0.0.${index}`,
    voter: index < SITES,
    witness: false,
    capacity: 40,
  }))
  const ids = nodes.map(({ id }) => id)
  const groups = Array.from({ length: GROUPS }, (_, index): Group => {
    const first = index % NODES
    const before = `g${index - 1}`
    const sites = index % 4 === 0 ? { sites: [`s${index % SITES}`] } : {}
    const others = index % 10 === 1 ? { spread: { groups: [before], by: 'site' } as const } : index % 10 === 3 ? { together: [before] } : {}
    const placement = { failback: { afterMs: 60_000 }, weight: 1 + (index % 3), minFit: 2, ...sites, ...others }
    return { id: `g${index}`, mode: 'active-standby', nodes: [...ids.slice(first), ...ids.slice(0, first)], endpoints: [], placement }
  })
  return { nodes, groups }
}

function inputOf(spec: Spec): PlaceAllInput {
  const fit = { level: 'fit', reasons: [] } as const
  const says = (): Record<string, typeof fit> => Object.fromEntries(spec.groups.map(({ id }) => [id, fit]))
  const nodes = new Map(spec.nodes.map(({ id }) => [id, { reachable: true, leaving: false, fitness: says() }]))
  const nobody: ReadonlySet<string> = new Set()
  const holder = { released: false, heard: true, lettingGo: false, stalled: false }
  const state = { current: undefined, holder, wish: null, failedLately: nobody, settled: nobody, gaveUp: nobody }
  return { spec, nodes, groups: new Map(spec.groups.map(({ id }) => [id, state])) }
}

function carriedOut(input: PlaceAllInput): PlaceAllInput {
  const groups = new Map(input.groups)
  for (const decision of placeAll(input)) {
    const state = groups.get(decision.group)
    if (decision.action === 'stay' || state === undefined) throw new Error(`${decision.group} has no place: ${decision.why}`)
    groups.set(decision.group, { ...state, current: { node: decision.to, epoch: 1, cause: decision.why } })
  }
  return { ...input, groups }
}
