import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PATIENCE_LEASES } from '../engine/awaited-positions.ts'
import type { ClusterSpec, GroupSpec } from '../model/index.ts'
import { HandDriven, sampleNote, settledCluster, specOf } from '../testing/hand-driven/cluster.ts'
import { planChange } from './plan.ts'
import type { Plan } from './plan.ts'

const endpoint = (id: string, at?: string) => ({ id, backend: 'arp', options: { address: id }, ...(at === undefined ? {} : { at }) })

function withGroups(voters: string, groups: Readonly<Record<string, Partial<GroupSpec>>>): ClusterSpec {
  const spec = specOf(voters, { groups: Object.keys(groups) })
  return { ...spec, groups: spec.groups.map((group) => ({ ...group, ...groups[group.id] })) }
}

const present = withGroups('abc', { web: { endpoints: [endpoint('one')] }, mail: {} })

/** A real cluster in which `a` holds both groups. */
function settled(): HandDriven {
  return settledCluster(present)
}

function plan(wanted: ClusterSpec, cluster: HandDriven = settled(), at = 'b'): Plan {
  return planChange(cluster.node(at).state(), wanted, cluster.node(at).status())
}

const effects = (wanted: ClusterSpec, cluster?: HandDriven): Record<string, string> =>
  Object.fromEntries(plan(wanted, cluster).groups.map(({ group, effect, holder, next }) => [group, `${effect} ${holder}>${next}`]))

describe('a plan', () => {
  it('of what is in force changes and touches nothing', () => {
    const { changes, steps, refused, version } = plan(present)
    expect({ changes, steps, refused }).toEqual({ changes: [], steps: [], refused: [] })
    expect(version).toBeGreaterThan(0)
    expect(effects(present)).toEqual({ web: 'untouched a>a', mail: 'untouched a>a' })
  })

  it('warns of a node that the others would look for elsewhere, and of nothing else', () => {
    const moved = (id: string): ClusterSpec => ({
      ...present,
      nodes: present.nodes.map((node) => (node.id === id ? { ...node, address: '10.0.0.99' } : node)),
    })
    expect(plan(present).warnings).toEqual([])
    expect(plan(withGroups('abcd', { web: {} })).warnings).toEqual([])
    expect(plan(moved('b')).warnings).toEqual([
      'the others will look for b at 10.0.0.99: a node that does not listen there, or is not reached, is lost to them',
    ])
    const back = { ...present, nodes: present.nodes.map((node) => ({ ...node, addresses: { main: node.address, back: '10.1.0.9' } })) }
    expect(plan(back).warnings).toHaveLength(3)
    expect(plan(back).warnings[0]).toMatch(/for a at \S+ \(plane main\) and 10\.1\.0\.9 \(plane back\):/)
  })

  it('tells apart the groups that clients may notice from those that they do not', () => {
    const wanted = withGroups('abc', { web: { endpoints: [endpoint('one'), endpoint('two')] }, mail: { nodes: ['a', 'c', 'b'] } })
    expect(effects(wanted)).toEqual({ web: 'touched a>a', mail: 'changed a>a' })
    expect(plan(wanted).groups[0]?.endpoints).toEqual({ down: [], up: ['two'] })
    const elsewhere = withGroups('abc', { web: { endpoints: [endpoint('one'), endpoint('two', 'there')] }, mail: {} })
    expect(effects(elsewhere)).toEqual({ web: 'changed a>a', mail: 'untouched a>a' })
  })

  it('says where groups would go, passing over who is unfit, drained or not heard', () => {
    const cluster = settled()
    cluster.node('b').tell({ type: 'fitness', group: 'web', fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.run(200)
    const wanted = withGroups('abc', { web: { nodes: ['b', 'c'] }, mail: { nodes: ['b', 'c'] }, new: { nodes: ['c'] } })
    expect(effects(wanted, cluster)).toEqual({ web: 'moves a>c', mail: 'moves a>b', new: 'added null>c' })
    expect(effects(withGroups('bc', { web: {} }), cluster)).toEqual({ web: 'moves a>c', mail: 'removed a>null' })
  })

  it('says that a service whose command changes is touched, and one whose checks change is not', () => {
    const part = (stopMs: number) => [{ id: 'run', kind: 'command', startMs: 1000, stopMs, options: {} }]
    const spec = (stopMs: number, everyMs: number) => {
      const check = { id: 'c', kind: 'tcp', on: 'both', everyMs, timeoutMs: 100, rise: 1, fall: 1, graceMs: 0, options: {} } as const
      return withGroups('abc', { web: { service: part(stopMs), checks: [check] } })
    }
    const cluster = new HandDriven(spec(1000, 500))
    cluster.start()
    cluster.settle('web')
    expect(plan(spec(2000, 500), cluster).groups).toMatchObject([{ effect: 'touched', endpoints: { down: ['run'], up: ['run'] } }])
    expect(plan(spec(1000, 700), cluster).groups).toMatchObject([{ effect: 'changed', next: 'a' }])
  })

  it('is what the coordinator then does, also where groups go by their data, whoever is asked', () => {
    const ids = ['a', 'b', 'c', 'd'] as const
    const cases = fc.record({
      at: fc.constantFrom(...ids),
      byData: fc.boolean(),
      positions: fc.array(fc.constantFrom('0/1000', '0/2000', '0/5000', null), { minLength: 4, maxLength: 4 }),
      unfit: fc.subarray(['b', 'c', 'd']),
      nodes: fc.shuffledSubarray([...ids], { minLength: 1 }),
    })
    fc.assert(
      fc.property(cases, ({ at, byData, positions, unfit, nodes }) => {
        const placement = byData ? { placement: { prefer: 'current' as const } } : {}
        const cluster = settledCluster(withGroups('abcd', { web: placement }))
        const tell = (): void =>
          ids.forEach((id, index) => {
            const position = positions[index] ?? null
            if (position !== null) cluster.node(id).tell({ type: 'position', group: 'web', told: { position, at: cluster.now } })
          })
        for (const id of unfit) cluster.node(id).tell({ type: 'fitness', group: 'web', fitness: { level: 'unfit', reasons: ['a test'] } })
        tell()
        cluster.run(300)
        const wanted = withGroups('abcd', { web: { ...placement, nodes } })
        const { version, groups } = plan(wanted, cluster, at)
        cluster.ask(at, { type: 'configure', spec: wanted, version, note: sampleNote })
        // A node that tells nothing is waited for.
        for (let turn = 0; turn < 15 * PATIENCE_LEASES; turn += 1) {
          tell()
          cluster.run(100)
        }
        expect(cluster.serving('web')).toBe(groups[0]?.next ?? '')
      }),
      { numRuns: 30, examples: [[{ at: 'b', byData: true, positions: [null, '0/1000', '0/5000', null], unfit: [], nodes: ['b', 'c'] }]] },
    )
  }, 300_000)

  it('places by the rules of the new configuration, all groups at once', () => {
    const wanted = withGroups('abc', { web: {}, new: { placement: { spread: { groups: ['web'], by: 'node' } } } })
    expect(effects(wanted)).toMatchObject({ new: 'added null>b' })
  })

  it('names the steps for several votes, and what the coordinator would refuse', () => {
    const cluster = settled()
    expect(plan(specOf('abcde', { groups: ['web', 'mail'] }), cluster).steps).toEqual([
      'everything that changes no vote',
      'd gets a vote',
      'e gets a vote',
    ])
    cluster.node('c').crash()
    cluster.run(2000)
    const refused = ['b loses its vote: c cannot be heard, and 2 of 2 voters must agree']
    expect(plan(specOf('ac', { outsiders: 'b', groups: ['web', 'mail'] }), cluster).refused).toEqual(refused)
  })

  it('says why a group leaves a node that leaves the cluster: not that this one is not heard', () => {
    const cluster = settledCluster(specOf('abc', { outsiders: 'd', holders: 'dab' }))
    expect(plan(specOf('abc', { holders: 'ab' }), cluster).groups).toMatchObject([
      { effect: 'moves', holder: 'd', next: 'a', why: 'd may not hold it' },
    ])
  })

  it('tells of a node that the coordinator would not take in again, since it may still run what it had', () => {
    const cluster = settled()
    const state = { ...cluster.node('b').state(), suspects: { web: [{ node: 'd', epoch: 5 }] } }
    const wanted = specOf('abc', { outsiders: 'd', groups: ['web', 'mail'] })
    expect(planChange(state, wanted, cluster.node('b').status()).refused).toEqual([
      'd may still run what it had before it left: movip fence d --confirmed',
    ])
  })
})
