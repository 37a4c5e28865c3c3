import { describe, expect, it } from 'vitest'
import type { ClusterSpec, GroupId, MaintenanceOrder, NodeId, PlacementPolicy } from '../model/index.ts'
import { forecast, nothing } from './forecast.ts'
import { HandDriven, sampleNote, settledCluster, specOf } from '../testing/hand-driven/cluster.ts'
import { FIT } from '../testing/hand-driven/node.ts'

function specWith(spec: ClusterSpec, policies: Readonly<Record<GroupId, PlacementPolicy>>, capacity?: number): ClusterSpec {
  const groups = spec.groups.map((group) => {
    const placement = policies[group.id]
    return placement === undefined ? group : { ...group, placement }
  })
  const nodes = spec.nodes.map((node) => (capacity === undefined ? node : { ...node, capacity }))
  return { ...spec, nodes, groups }
}

const say = (cluster: HandDriven, node: NodeId, level: 'fit' | 'unfit', group: GroupId = 'g'): void => {
  cluster.node(node).tell({ type: 'fitness', group, fitness: level === 'fit' ? FIT : { level, reasons: ['a test'] } })
}

/** The group goes from a to b because a is unfit for a moment. */
function displaced(policy: PlacementPolicy): HandDriven {
  const cluster = settledCluster(specWith(specOf('abc'), { g: policy }))
  say(cluster, 'a', 'unfit')
  cluster.until(() => cluster.serving() === 'b')
  say(cluster, 'a', 'fit')
  return cluster
}

describe('a group with a failback', () => {
  it('goes back once the preferred node was fit for long enough, and is served all the time but for the move', () => {
    const cluster = displaced({ failback: { afterMs: 5000 } })
    const tookMs = cluster.until(() => cluster.serving() === 'a')
    expect(tookMs).toBeGreaterThanOrEqual(5000)
    expect(tookMs).toBeLessThan(5500)
    expect(cluster.node('a').events('assigned').at(-1)).toMatchObject({
      previous: 'b',
      cause: 'back from b: a is better (first in order of preference)',
    })
  })

  it('that an operator has moved away goes back no sooner either, however long it was there before', () => {
    const cluster = settledCluster(specWith(specOf('abc'), { g: { failback: { afterMs: 5000 } } }))
    cluster.run(20_000)
    cluster.switchover('b')
    expect(cluster.serving()).toBe('b')
    const tookMs = cluster.until(() => cluster.serving() === 'a')
    expect(tookMs).toBeGreaterThanOrEqual(5000)
    expect(tookMs).toBeLessThan(6500)
  })

  it('begins to wait anew after every moment in which the preferred node was not fit', () => {
    const cluster = displaced({ failback: { afterMs: 5000 } })
    cluster.run(4000)
    say(cluster, 'a', 'unfit')
    cluster.run(10)
    say(cluster, 'a', 'fit')
    expect(cluster.until(() => cluster.serving() === 'a')).toBeGreaterThanOrEqual(5000)
  })

  it('does not try a node again that could not bring it up, until that node was unfit or away', () => {
    const cluster = displaced({ failback: { afterMs: 1000 } })
    cluster.node('a').runs = false
    cluster.until(() => cluster.node('b').status().groups[0]?.holder === 'a')
    cluster.until(() => cluster.serving() === 'b')
    for (const { epoch } of cluster.node('a').lastBeat().holds) cluster.node('a').released('g', epoch)
    const moves = (): number => cluster.node('b').events('assigned').length
    const before = moves()
    cluster.run(50_000)
    expect(moves()).toBe(before)
    const status = cluster.node(cluster.coordinator() ?? '').status()
    const [group] = forecast({ spec: cluster.node('b').state().spec, status }, nothing).groups
    expect(group?.why).toContain('could not bring it up: that waits for movip switchover')
    cluster.node('a').runs = true
    say(cluster, 'a', 'unfit')
    cluster.run(200)
    say(cluster, 'a', 'fit')
    expect(cluster.until(() => cluster.serving() === 'a')).toBeLessThan(5000)
  })

  describe('within a window', () => {
    const window = { from: '02:00', to: '04:00', zone: 'UTC' }
    const tellAll = (cluster: HandDriven, open: readonly GroupId[]): void => {
      for (const node of cluster.nodes.values()) node.tell({ type: 'windows', open })
    }

    it('waits until the window opens, however long the better node has been fit, and goes back then', () => {
      const cluster = displaced({ failback: { afterMs: 1000, window } })
      cluster.run(20_000)
      expect(cluster.serving()).toBe('b')
      tellAll(cluster, ['g'])
      expect(cluster.until(() => cluster.serving() === 'a')).toBeLessThan(500)
    })

    it('waits for the next one where the better node was not fit for long enough in this one', () => {
      const cluster = displaced({ failback: { afterMs: 5000, window } })
      tellAll(cluster, ['g'])
      cluster.run(4000)
      tellAll(cluster, [])
      cluster.run(20_000)
      expect(cluster.serving()).toBe('b')
    })

    it('ends a move that the window has seen begin', () => {
      const cluster = displaced({ failback: { afterMs: 1000, window } })
      cluster.run(2000)
      cluster.node('b').runs = false
      tellAll(cluster, ['g'])
      cluster.until(() =>
        cluster
          .node('b')
          .of('drop')
          .some(({ cause }) => cause === 'asked'),
      )
      tellAll(cluster, [])
      const { epoch = 0 } = cluster.node('b').status().groups[0] ?? {}
      const assigned = () => cluster.node('a').events('assigned')
      const before = assigned().length
      cluster.node('b').released('g', epoch)
      cluster.until(() => assigned().length > before)
      expect(assigned().at(-1)).toMatchObject({ previous: 'b', node: 'a' })
    })

    it('says nothing of failovers: a holder that dies is replaced while the window is closed', () => {
      const cluster = displaced({ failback: { afterMs: 1000, window } })
      cluster.node('b').crash()
      cluster.until(() => cluster.serving() !== '')
      expect(cluster.serving()).toBe('a')
    })
  })

  it.each<[string, PlacementPolicy]>([
    ['is manual', { failback: 'manual' }],
    ['is not configured', { sites: ['here'] }],
    ['lacks fit nodes', { failback: { afterMs: 1000 }, minFit: 4 }],
  ])('stays where it is while its failback %s', (_, policy) => {
    const cluster = displaced(policy)
    cluster.run(10_000)
    expect(cluster.serving()).toBe('b')
  })
})

describe('a group that must be where another is', () => {
  it('moves with it, and is never given to another node than the one that has it', () => {
    const cluster = settledCluster(specWith(specOf('abc', { groups: ['api', 'db'] }), { api: { together: ['db'] } }))
    cluster.switchover('c', 'db')
    cluster.until(() => cluster.serving('db') === 'c' && cluster.serving('api') === 'c')
    cluster.node('c').crash()
    cluster.until(() => cluster.serving('db') !== '' && cluster.serving('api') !== '')
    expect(cluster.serving('api')).toBe(cluster.serving('db'))
    const places = new Map<GroupId, NodeId | null>()
    for (const { group, node } of cluster.node(cluster.coordinator() ?? '').events('assigned')) {
      places.set(group, node)
      if (group === 'api') expect(node).toBe(places.get('db'))
    }
  })

  it('waits for it where that can be given to nobody yet', () => {
    const spec = specWith(specOf('abc', { groups: ['api', 'db'] }), { api: { together: ['db'] } })
    const nodesOf = { api: ['a', 'c'], db: ['b', 'c'] } as const
    const groups = spec.groups.map((group) => ({ ...group, nodes: nodesOf[group.id === 'db' ? 'db' : 'api'] }))
    const cluster = new HandDriven({ ...spec, groups })
    cluster.start()
    expect(cluster.settle('db')).toBe('b')
    expect([cluster.coordinator(), cluster.serving('api')]).toEqual(['a', ''])
    cluster.node('b').crash()
    cluster.until(() => cluster.serving('api') === 'c')
    const given = cluster
      .node('a')
      .events('assigned')
      .map(({ group, node }) => `${group} ${node}`)
    expect(given).toEqual(['db b', 'db c', 'api c'])
  })

  it('goes with it when their node is drained, and stays with it while it is paused, whatever it would be better for that to do', () => {
    const policies = { api: { together: ['db'] }, db: { failback: { afterMs: 1000 } } }
    const cluster = settledCluster(specWith(specOf('abc', { groups: ['api', 'db'] }), policies))
    const order = (wanted: MaintenanceOrder): void => {
      cluster.node('a').tell({ type: 'request', id: 'r', request: { type: 'maintain', order: wanted, force: false, note: sampleNote } })
    }
    order({ action: 'drain', nodes: ['a'] })
    cluster.until(() => cluster.serving('db') === 'b' && cluster.serving('api') === 'b')
    order({ action: 'pause', group: 'db' })
    order({ action: 'resume', nodes: ['a'] })
    cluster.run(5000)
    expect([cluster.serving('db'), cluster.serving('api')]).toEqual(['b', 'b'])
  })

  it('is refused a switchover to any other node', () => {
    const cluster = settledCluster(specWith(specOf('abc', { groups: ['api', 'db'] }), { api: { together: ['db'] } }))
    cluster.switchover('b', 'api')
    expect(cluster.replyAt()).toMatchObject({
      ok: false,
      message: 'b cannot take api (b: it must be where db is, which is on a)',
    })
  })
})

describe('a node with a capacity', () => {
  it('takes of a dead node what it bears, and the others take the rest', () => {
    const groups = ['f', 'g', 'h', 'i']
    const cluster = settledCluster(specWith(specOf('abc', { groups }), {}, 2))
    expect(groups.map((group) => cluster.serving(group)).join('')).toBe('aabb')
    cluster.node('a').crash()
    cluster.until(() => groups.every((group) => cluster.serving(group) !== ''))
    expect(groups.map((group) => cluster.serving(group)).join('')).toBe('ccbb')
  })
})

describe('a node that has only just started', () => {
  it('is passed over for the time of the start delay where another can take the group', () => {
    const cluster = settledCluster(specWith(specOf('abc'), { g: { startDelayMs: 20_000 } }))
    cluster.run(20_000)
    cluster.node('b').start()
    cluster.run(2000)
    cluster.node('a').crash()
    cluster.until(() => cluster.serving() !== '')
    expect(cluster.serving()).toBe('c')
  })
})

describe('a switchover without a target', () => {
  it('goes to the best node by the rules of the group', () => {
    const spec = specWith(specOf('abc'), { g: { sites: ['there'] } })
    const nodes = spec.nodes.map((node) => (node.id === 'b' ? node : { ...node, site: 'there' }))
    const cluster = settledCluster({ ...spec, nodes })
    expect(cluster.serving()).toBe('a')
    const coordinator = cluster.node(cluster.coordinator() ?? '')
    coordinator.tell({ type: 'request', id: 'r', request: { type: 'switchover', group: 'g' } })
    cluster.until(() => coordinator.of('reply').length > 0)
    expect(coordinator.of('reply').at(-1)?.reply).toMatchObject({ ok: true, from: 'a', to: 'c' })
  })
})
