import { describe, expect, it } from 'vitest'
import { HandDriven, settledCluster, specOf } from '../testing/hand-driven/cluster.ts'
import { fingerprint } from './apply.ts'

describe('a new cluster', () => {
  it('elects a coordinator and gives each group to its first node', () => {
    const cluster = settledCluster(specOf('abc', { groups: ['g', 'h'] }))
    expect([cluster.serving('g'), cluster.serving('h')]).toEqual(['a', 'a'])
    expect(
      cluster
        .node('b')
        .events('assigned')
        .map(({ group, node, previous }) => [group, node, previous]),
    ).toEqual([
      ['g', 'a', null],
      ['h', 'a', null],
    ])
  })
  it('of a single voter serves by its own promise', () => {
    expect(settledCluster(specOf('a')).serving()).toBe('a')
  })
  it('never gives a group to its witness', () => {
    const cluster = settledCluster(specOf('abw', { witnesses: 'w' }))
    cluster.node('a').crash()
    cluster.until(() => cluster.serving() === 'b')
    cluster.node('b').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.run(3000)
    expect(cluster.serving()).toBe('b')
  })
  it('says nothing but beats once it is settled, and writes nothing', () => {
    const cluster = settledCluster()
    const before = cluster.sent.length
    const written = cluster.node('a').of('persist').length
    cluster.run(3000)
    const said = cluster.sent.slice(before)
    expect(said.every(({ message }) => message.type === 'beat')).toBe(true)
    expect(said.length).toBe(3 * 2 * 30)
    expect(cluster.node('a').of('persist').length).toBe(written)
  })
})

describe('a switchover', () => {
  it('waits for nothing: the group is served at its new place as soon as messages have travelled', () => {
    const cluster = settledCluster()
    const before = cluster.sent.length
    cluster.switchover('b')
    expect(cluster.serving()).toBe('b')
    expect(cluster.sent.length - before).toBeLessThan(40)
    const coordinator = cluster.node(cluster.coordinator() ?? '')
    expect(coordinator.of('reply').at(-1)?.reply).toMatchObject({ ok: true, from: 'a', to: 'b' })
  })
  it('asked for elsewhere is carried out by the coordinator and answered where it was asked', () => {
    const cluster = settledCluster()
    const other = cluster.node(cluster.coordinator() === 'c' ? 'b' : 'c')
    other.tell({ type: 'request', id: 'r', request: { type: 'switchover', group: 'g', to: 'c' } })
    cluster.run(10)
    expect(other.of('reply')).toMatchObject([{ id: 'r', reply: { ok: true, from: 'a', to: 'c' } }])
  })
  it('of a group whose service takes long is waited for as long, also where it was asked for elsewhere', () => {
    const spec = specOf('abc')
    const service = [{ id: 's', kind: 'x', startMs: 10_000, stopMs: 20_000, options: {} }]
    const cluster = new HandDriven({ ...spec, groups: spec.groups.map((group) => ({ ...group, service })) })
    cluster.start()
    cluster.settle()
    for (const node of cluster.nodes.values()) node.runs = false
    const other = cluster.node(cluster.coordinator() === 'c' ? 'b' : 'c')
    other.tell({ type: 'request', id: 'r', request: { type: 'switchover', group: 'g', to: 'c' } })
    cluster.run(14_000)
    expect(other.of('reply')).toEqual([])
  })
  it.each([
    ['an unknown group', { group: 'x' }, 'unknown-group'],
    ['a node that may not hold it', { group: 'g', to: 'w' }, 'not-a-candidate'],
    ['a node that is unfit', { group: 'g', to: 'b' }, 'unfit'],
  ] as const)('is refused for %s', (_, request, code) => {
    const cluster = settledCluster(specOf('abw', { witnesses: 'w' }))
    cluster.node('b').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.deliver()
    const coordinator = cluster.node(cluster.coordinator() ?? '')
    coordinator.tell({ type: 'request', id: 'r', request: { type: 'switchover', ...request } })
    expect(coordinator.of('reply').at(-1)?.reply).toMatchObject({ ok: false, code })
  })
  it('to the node that has the group already is met only while that node serves it', () => {
    const cluster = settledCluster()
    const coordinator = cluster.node(cluster.coordinator() ?? '')
    const { epoch } = coordinator.status().groups[0] ?? { epoch: 0 }
    const ask = () => {
      coordinator.tell({ type: 'request', id: 'r', request: { type: 'switchover', group: 'g', to: 'a' } })
      return coordinator.of('reply').at(-1)?.reply
    }
    expect(ask()).toEqual({ ok: true, group: 'g', from: 'a', to: 'a', epoch })
    cluster.node('a').tell({ type: 'holding', group: 'g', epoch, state: 'claiming' })
    cluster.run(200)
    expect(ask()).toMatchObject({ ok: false, code: 'unfit', message: expect.stringContaining('is not active: claiming') })
  })
  it('is refused at once without a quorum', () => {
    const cluster = settledCluster()
    cluster.isolate('c')
    cluster.run(2000)
    cluster.node('c').tell({ type: 'request', id: 'r', request: { type: 'switchover', group: 'g' } })
    expect(cluster.node('c').of('reply').at(-1)?.reply).toMatchObject({ ok: false, code: 'no-quorum' })
  })
})

describe('a node that stops', () => {
  it('hands its groups and coordination over, and says stopped last', () => {
    const cluster = settledCluster()
    expect(cluster.coordinator()).toBe('a')
    cluster.node('a').tell({ type: 'stop' })
    cluster.run(300)
    expect(cluster.serving()).toBe('b')
    expect(cluster.node('a').effects.at(-1)?.type).toBe('stopped')
    expect(cluster.node('a').tell({ type: 'wake' })).toEqual([])
    expect(['b', 'c']).toContain(cluster.coordinator())
  })
  it('asks the next voter to coordinate when the one that it asked does not do so within an election time', () => {
    const cluster = settledCluster(specOf('abc', { holders: 'bc' }))
    expect([cluster.coordinator(), cluster.serving()]).toEqual(['a', 'b'])
    cluster.cut('a>b')
    cluster.node('a').tell({ type: 'stop' })
    const tookMs = cluster.until(() => cluster.node('a').effects.at(-1)?.type === 'stopped')
    const asked = cluster.sent.filter(({ message }) => message.type === 'timeout-now').map(({ to }) => to)
    expect(asked).toEqual(['b', 'c'])
    expect(cluster.coordinator()).toBe('c')
    expect(tookMs).toBeLessThan(1000)
  })
  it('lets go at once when nobody could take over', () => {
    const cluster = settledCluster(specOf('a'))
    cluster.node('a').tell({ type: 'stop' })
    cluster.run(10)
    expect(cluster.node('a').effects.at(-1)?.type).toBe('stopped')
  })
})

describe('fitness', () => {
  it('falls to "keep" while the disk fails: the holder holds on, but is not chosen anew', () => {
    const cluster = settledCluster()
    cluster.node('a').tell({ type: 'storage', failing: 'disk full' })
    cluster.run(2000)
    expect(cluster.serving()).toBe('a')
    expect(cluster.node('a').status().groups[0]?.candidates[0]?.fitness).toEqual({ level: 'keep', reasons: ['its disk fails: disk full'] })
  })
  it('is lost by a node whose event loop was late by more than a lease', () => {
    const cluster = settledCluster()
    cluster.node('a').tell({ type: 'lateness', latenessMs: 1001 })
    cluster.run(300)
    expect(cluster.serving()).toBe('b')
  })
  it('of a node whose event loop was late by half a lease does for what it has, and for nothing else', () => {
    const cluster = settledCluster()
    for (const node of ['a', 'b']) cluster.node(node).tell({ type: 'lateness', latenessMs: 501 })
    cluster.run(300)
    expect(cluster.serving()).toBe('a')
    cluster.node('a').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.run(300)
    expect(cluster.serving()).toBe('c')
  })
  it('that has very much to say for itself is told in short as the cause of a move', () => {
    const cluster = settledCluster()
    cluster.node('a').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['x'.repeat(5000)] } })
    cluster.run(300)
    expect(cluster.serving()).toBe('b')
    const { cause } = cluster.node('b').events('assigned').at(-1) ?? { cause: '' }
    expect(cause).toMatch(/^a is unfit: x/)
    expect(cause).toHaveLength(1024)
  })
  it('with a reason makes a node the last to be chosen, but better than none', () => {
    const cluster = settledCluster()
    cluster.node('b').tell({ type: 'fitness', group: 'g', fitness: { level: 'fit', reasons: ['check http passes again after a failure'] } })
    cluster.run(200)
    cluster.node('a').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.run(300)
    expect(cluster.serving()).toBe('c')
    cluster.node('c').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.run(300)
    expect(cluster.serving()).toBe('b')
  })
})

describe('one step', () => {
  it('tells the runner of leases and losses before anybody hears of another configuration, so that none seems ended while its endpoints are made', () => {
    const cluster = settledCluster(specOf('a'))
    cluster.run(50)
    const a = cluster.node('a')
    a.effects.length = 0
    a.tell({ type: 'configure', id: 'c', spec: specOf('a', { groups: ['g', 'h'] }) })
    const specAt = a.effects.findIndex(({ type }) => type === 'spec')
    expect(a.effects[specAt + 1]?.type).toBe('wake')
    expect(a.effects.slice(0, specAt).some(({ type }) => type === 'lease')).toBe(true)
    expect(a.of('spec')).toHaveLength(1)
  })
})

describe('a node that was away for long', () => {
  it('catches up by a snapshot once the log before it is gone', () => {
    const cluster = settledCluster()
    missEntries(cluster)
    expect(cluster.sent.some(({ message }) => message.type === 'install-snapshot')).toBe(true)
    expect(cluster.node('c').status().applied).toBe(cluster.node('a').status().applied)
    expect(cluster.node('c').disk.snapshot.index).toBeGreaterThan(900)
  })

  it('does so again when its disk begins with a snapshot already', () => {
    const cluster = settledCluster()
    missEntries(cluster)
    missEntries(cluster)
    expect(cluster.node('c').status().applied).toBe(cluster.node('a').status().applied)
    expect(cluster.node('c').disk.snapshot.index).toBeGreaterThan(1900)
  })

  /** More than a log keeps. */
  function missEntries(cluster: HandDriven): void {
    cluster.node('c').crash()
    for (let entry = 0; entry < 1010; entry += 1) {
      cluster.node(cluster.coordinator() ?? '').tell({ type: 'configure', id: 'c', spec: specOf('abc') })
      cluster.deliver()
    }
    cluster.run(100)
    cluster.node('c').start()
    cluster.run(1000)
  }
})

describe('a node that has not applied the configuration of its coordinator', () => {
  const other = 'another hash'
  /** The follower hears of its coordinator that it counts with another configuration. */
  const hearOther = (cluster: HandDriven, ms: number): void => {
    const follower = cluster.node('b')
    cluster.cut('a>b')
    for (let passed = 0; passed < ms; passed += 100) {
      cluster.run(100)
      const beat = cluster.node('a').lastBeat()
      follower.hear({ ...beat, report: { ...beat.report, configHash: other } })
    }
  }

  it('is unfit after a moment, says why, and is fit again once it has', () => {
    const cluster = settledCluster()
    expect(cluster.coordinator()).toBe('a')
    hearOther(cluster, 2500)
    expect(cluster.node('b').lastBeat().report.fitness['g']).toEqual({ level: 'fit', reasons: [] })
    hearOther(cluster, 1000)
    const reasons = ['it has not applied the configuration of the coordinator']
    expect(cluster.node('b').lastBeat().report.fitness['g']).toEqual({ level: 'unfit', reasons })
    cluster.mend()
    cluster.run(200)
    expect(cluster.node('b').lastBeat().report.fitness['g']).toEqual({ level: 'fit', reasons: [] })
  })
})

describe('a fingerprint', () => {
  it('tells configurations apart', () => {
    expect(fingerprint(specOf('abc'))).toBe(fingerprint(specOf('abc')))
    expect(fingerprint(specOf('abc'))).not.toBe(fingerprint(specOf('abd')))
    expect(fingerprint(specOf('abc'))).toMatch(/^[0-9a-f]{8}$/)
    const { groups, ...rest } = specOf('abc')
    expect(fingerprint({ groups, ...rest })).toBe(fingerprint(specOf('abc')))
  })
})
