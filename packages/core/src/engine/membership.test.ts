import { describe, expect, it } from 'vitest'
import type { Append, Entry } from '../model/index.ts'
import { HandDriven, settledCluster, specOf } from '../testing/hand-driven/cluster.ts'
import type { HandDrivenNode } from '../testing/hand-driven/node.ts'
import { StoredLog } from '../testing/sim/stored-log.ts'

function bindsOf(node: HandDrivenNode): unknown[] {
  return node.disk.entries.flatMap(({ body }) => (body.type === 'bind' ? [[body.node, body.dataId, body.generation]] : []))
}
/** Lets a node append and apply one more entry as if its coordinator had committed it. */
function commit(cluster: HandDriven, to: string, body: Entry['body']): void {
  const from = cluster.coordinator() ?? ''
  const { lastIndex, term } = cluster.node(to).status()
  const append: Append = {
    type: 'append',
    from,
    to,
    incarnation: { dataId: `data-${from}`, generation: cluster.node(from).generation },
    term,
    prevIndex: lastIndex,
    prevTerm: cluster.node(to).disk.termAt(lastIndex) ?? term,
    entries: [{ index: lastIndex + 1, term, body }],
    commit: lastIndex + 1,
  }
  cluster.node(to).hear(append)
}

describe('data folders', () => {
  it('are bound to the names of their nodes, in their newest life', () => {
    const cluster = settledCluster()
    cluster.node('c').start()
    cluster.run(500)
    expect(bindsOf(cluster.node('a')).filter((bind) => (bind as string[])[0] === 'c')).toEqual([
      ['c', 'data-c', 1],
      ['c', 'data-c', 2],
    ])
  })

  it('that were emptied are not listened to, and are never bound over the known one', () => {
    const cluster = settledCluster()
    const c = cluster.node('c')
    c.crash()
    const fresh = new HandDriven(specOf('abc')).node('c')
    c.disk = fresh.disk
    c.dataId = 'another'
    c.start()
    cluster.run(3000)
    expect(
      cluster
        .node('a')
        .events('refused')
        .map(({ what }) => what),
    ).toContain('messages from c')
    expect(bindsOf(cluster.node('a')).some((bind) => (bind as string[])[1] === 'another')).toBe(false)
  })

  it('that were emptied get nobody elected, not even where the binding is in the log and nobody knows yet that it is committed', () => {
    const cluster = settledCluster()
    for (const node of cluster.nodes.values()) node.crash()
    const c = cluster.node('c')
    c.disk = new HandDriven(specOf('abc')).node('c').disk
    c.dataId = 'another'
    cluster.start('ac')
    cluster.run(10_000)
    expect(cluster.coordinator()).toBeUndefined()
    cluster.start('b')
    cluster.until(() => cluster.coordinator() !== undefined)
    cluster.run(3000)
    expect('ab').toContain(cluster.serving())
  })

  it('are not bound back to a life that was surpassed before this node coordinated', () => {
    const cluster = settledCluster()
    const coordinator = cluster.coordinator() ?? ''
    // An entry of a former coordinator that arrives late names a later life than the newest beat did.
    const next = coordinator === 'b' ? 'c' : 'b'
    commit(cluster, next, { type: 'bind', node: 'a', dataId: 'data-a', generation: 7 })
    cluster.node(coordinator).crash()
    cluster.until(() => cluster.coordinator() === next)
    cluster.run(200)
    const binds = bindsOf(cluster.node(next)).filter((bind) => (bind as string[])[0] === 'a') as [string, string, number][]
    expect(binds.map(([, , generation]) => generation)).toEqual([1, 7])
  })
})

describe('a node ends with a clear reason', () => {
  it('when it learns that another data folder is the member', () => {
    const cluster = settledCluster()
    commit(cluster, 'c', { type: 'bind', node: 'c', dataId: 'another', generation: 3 })
    expect(cluster.node('c').of('fatal')[0]).toMatchObject({ code: 'FOREIGN_DATA' })
  })

  it('when the cluster has seen a later life of its data folder', () => {
    const cluster = settledCluster()
    commit(cluster, 'c', { type: 'bind', node: 'c', dataId: 'data-c', generation: 9 })
    expect(cluster.node('c').of('fatal')[0]).toMatchObject({ code: 'STALE_DATA' })
  })

  it('also when it learns that from a snapshot', () => {
    const cluster = settledCluster()
    const c = cluster.node('c')
    const { term, lastIndex } = c.status()
    const state = { ...c.disk.snapshot.state, assignments: {}, bindings: { c: { dataId: 'data-c', generation: 9 } } }
    const from = cluster.coordinator() ?? ''
    c.hear({
      type: 'install-snapshot',
      from,
      to: 'c',
      incarnation: { dataId: `data-${from}`, generation: 1 },
      term,
      snapshot: { index: lastIndex + 10, term, state },
    })
    expect(c.of('fatal')[0]).toMatchObject({ code: 'STALE_DATA' })
  })

  it('but not by a snapshot that is older than what it was told is committed: the binding of a node that was added anew comes later', () => {
    const cluster = settledCluster()
    const c = cluster.node('c')
    const { term, lastIndex } = c.status()
    const from = cluster.coordinator() ?? ''
    const said = { from, to: 'c', incarnation: { dataId: `data-${from}`, generation: 1 }, term }
    const past = lastIndex + 10
    const state = { ...c.disk.snapshot.state, assignments: {}, bindings: { c: { dataId: 'the old folder', generation: 9 } } }
    const bind = { type: 'bind', node: 'c', dataId: 'data-c', generation: 1 } as const
    c.hear({ type: 'append', ...said, prevIndex: past + 1, prevTerm: term, entries: [], commit: past + 1 })
    c.hear({ type: 'install-snapshot', ...said, snapshot: { index: past, term, state } })
    expect(c.status().applied).toBe(past)
    c.hear({
      type: 'append',
      ...said,
      prevIndex: past,
      prevTerm: term,
      entries: [{ index: past + 1, term, body: bind }],
      commit: past + 1,
    })
    expect(c.status().applied).toBe(past + 1)
    expect(c.of('fatal')).toEqual([])
  })

  it('but not at its start by the state on its disk, which may be of the time before it was added anew', () => {
    const cluster = settledCluster()
    const c = cluster.node('c')
    const { term, lastIndex } = c.status()
    const { snapshot, hard } = c.disk.copy()
    const state = { ...snapshot.state, bindings: { c: { dataId: 'the old folder', generation: 9 } } }
    c.crash()
    c.disk = new StoredLog({ hard, snapshot: { index: lastIndex, term, state }, entries: [] })
    c.start()
    expect(c.of('fatal')).toEqual([])
    commit(cluster, 'c', { type: 'bind', node: 'c', dataId: 'data-c', generation: 2 })
    expect(c.status().applied).toBe(lastIndex + 1)
    expect(c.of('fatal')).toEqual([])
  })

  it('when it hears a later life of its own folder', () => {
    const cluster = settledCluster()
    const c = cluster.node('c')
    c.hear({ ...c.lastBeat(), incarnation: { dataId: 'data-c', generation: 2 } })
    expect(c.of('fatal')[0]).toMatchObject({ code: 'STALE_DATA' })
  })

  it('when it is an older copy that nobody has heard for long', () => {
    const cluster = settledCluster()
    const c = cluster.node('c')
    const copy = c.disk.copy()
    c.start()
    c.start()
    cluster.run(1000)
    c.crash()
    cluster.run(10_000)
    c.disk = new StoredLog(copy)
    c.generation = 1
    c.start()
    cluster.run(1000)
    expect(c.of('fatal')[0]).toMatchObject({ code: 'STALE_DATA' })
    expect(cluster.serving()).toBe('a')
  })

  it('when a voter tells it that its folder was heard in a later life', () => {
    const cluster = settledCluster()
    const c = cluster.node('c')
    const beat = cluster.node('b').lastBeat()
    c.hear({
      ...beat,
      sentAt: beat.sentAt + 1,
      echoes: [{ node: 'c', incarnation: { dataId: 'data-c', generation: 5 }, sentAt: 1, denied: [] }],
    })
    expect(c.of('fatal')[0]).toMatchObject({ code: 'STALE_DATA' })
  })
})

describe('a change of configuration', () => {
  const spec = specOf('abc', { outsiders: 'd' })
  const voters = (...ids: string[]): typeof spec => ({
    ...spec,
    nodes: spec.nodes.map((node) => ({ ...node, voter: ids.includes(node.id) })),
  })
  const ask = (cluster: HandDriven, next: typeof spec): string | null | undefined => {
    const effects = cluster.node(cluster.coordinator() ?? '').tell({ type: 'configure', id: 'c', spec: next })
    cluster.deliver()
    return effects.find((effect) => effect.type === 'configured')?.refused
  }
  const begun = (): HandDriven => {
    const cluster = new HandDriven(spec)
    cluster.start()
    cluster.settle()
    cluster.run(1500)
    return cluster
  }

  it('is refused when it changes more than one voter or leaves none', () => {
    const cluster = begun()
    expect(ask(cluster, voters('a', 'd'))).toContain('one voter at a time')
    const alone = new HandDriven(specOf('a'))
    alone.start()
    alone.settle()
    alone.run(2000)
    expect(ask(alone, { ...specOf('a'), nodes: specOf('a').nodes.map((node) => ({ ...node, voter: false })) })).toContain('without a voter')
  })

  it('takes no node in again while a group is still its own from before it left', () => {
    const full = specOf('abc', { outsiders: 'd', holders: 'd' })
    const cluster = new HandDriven(full)
    cluster.start()
    expect(cluster.settle()).toBe('d')
    cluster.run(1500)
    cluster.node('d').crash()
    expect(ask(cluster, { ...full, nodes: full.nodes.filter(({ id }) => id !== 'd') })).toBeNull()
    expect(ask(cluster, full)).toContain('d still has a group')
    cluster.until(() => cluster.node('a').status().groups[0]?.holder === null, 'a group of nobody')
    cluster.run(500)
    expect(ask(cluster, full)).toBeNull()
  })

  it('is refused when those that would be left and can be heard are no quorum', () => {
    const cluster = begun()
    const coordinator = cluster.coordinator() ?? ''
    const [down = '', up = ''] = ['a', 'b', 'c'].filter((id) => id !== coordinator)
    cluster.node(down).crash()
    cluster.run(1000)
    expect(ask(cluster, voters(coordinator, down))).toContain(`${down} cannot be heard`)
    expect(ask(cluster, voters(coordinator, up))).toBeNull()
  })

  it('is refused with a step that can be done when a voter that it adds is no member yet', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    cluster.settle()
    cluster.run(1500)
    const down = ['a', 'b', 'c'].find((id) => id !== cluster.coordinator()) ?? ''
    cluster.node(down).crash()
    cluster.run(1000)
    expect(ask(cluster, specOf('abcd'))).toContain('add d with voter: false first')
  })

  it('is refused when a voter that it adds cannot be heard and a quorum could not do without it', () => {
    const alone = specOf('a', { outsiders: 'b' })
    const cluster = new HandDriven(alone)
    cluster.start('a')
    cluster.settle()
    cluster.run(1500)
    const both = { ...alone, nodes: alone.nodes.map((node) => ({ ...node, voter: true })) }
    expect(ask(cluster, both)).toContain('b cannot be heard')
    cluster.start('b')
    cluster.run(500)
    expect(ask(cluster, both)).toBeNull()
  })

  it('of the voters waits until the last one, and an entry of the own term, have been committed for a promise long', () => {
    const cluster = begun()
    expect(ask(cluster, voters('a', 'b', 'c', 'd'))).toBeNull()
    cluster.run(900)
    expect(ask(cluster, voters('a', 'b', 'd'))).toContain('too recent')
    cluster.run(150)
    expect(ask(cluster, voters('a', 'b', 'd'))).toBeNull()
    cluster.run(500)
    expect(cluster.serving()).toBe('a')
    const coordinator = cluster.coordinator() ?? ''
    cluster.node(coordinator).crash()
    cluster.until(() => cluster.coordinator() !== undefined && cluster.coordinator() !== coordinator)
    cluster.run(100)
    expect(ask(cluster, voters('a', 'b', 'c', 'd'))).toContain('too recent')
  })

  it('is answered by somebody who does not coordinate with the reason', () => {
    const cluster = begun()
    const other = cluster.coordinator() === 'b' ? 'c' : 'b'
    const effects = cluster.node(other).tell({ type: 'configure', id: 'c', spec: voters('a', 'b', 'c', 'd') })
    expect(effects.find((effect) => effect.type === 'configured')?.refused).toContain('does not coordinate')
  })

  it('that removes the coordinator makes it step down once that is committed, and interrupts nothing', () => {
    const cluster = begun()
    const coordinator = cluster.coordinator() ?? ''
    expect(ask(cluster, voters(...['a', 'b', 'c'].filter((id) => id !== coordinator)))).toBeNull()
    cluster.run(50)
    expect(cluster.node(coordinator).status().role).toBe('follower')
    for (let ms = 0; ms < 3000; ms += 1) {
      cluster.run(1)
      expect(cluster.serving()).toBe('a')
    }
    expect(cluster.coordinator()).not.toBe(coordinator)
  })

  it('that removes a voter can be carried on by that very voter while nobody else has heard of it (thesis 4.2.2)', () => {
    const cluster = new HandDriven(specOf('ab'))
    cluster.start()
    cluster.settle()
    cluster.run(1500)
    const coordinator = cluster.coordinator() ?? ''
    const other = coordinator === 'a' ? 'b' : 'a'
    cluster.cut('a-b')
    const nodes = specOf('ab').nodes.map((node) => ({ ...node, voter: node.id === other }))
    expect(ask(cluster, { ...specOf('ab'), nodes })).toBeNull()
    cluster.run(3000)
    cluster.mend()
    cluster.until(() => cluster.coordinator() === other, 'the only voter left coordinating')
    expect(cluster.node(other).status().voters).toEqual([other])
    cluster.run(3000)
    expect(cluster.serving()).not.toBe('')
  })

  it('can be carried on by the node that it added, when the only other one left has not heard of it (thesis 4.1)', () => {
    const cluster = new HandDriven(specOf('ab'), 'abd')
    cluster.start('ab')
    cluster.settle()
    cluster.run(1500)
    const coordinator = cluster.coordinator() ?? ''
    const other = coordinator === 'a' ? 'b' : 'a'
    cluster.start('d')
    cluster.cut('a-b')
    expect(ask(cluster, specOf('abd'))).toBeNull()
    cluster.run(100)
    expect(cluster.node('d').status().voters).toEqual(['a', 'b', 'd'])
    cluster.node(coordinator).crash()
    cluster.mend()
    cluster.until(() => cluster.coordinator() !== undefined, 'another coordinator')
    cluster.run(3000)
    expect(cluster.node(other).status().voters).toEqual(['a', 'b', 'd'])
    expect(cluster.serving()).not.toBe('')
  })

  it('drops the binding of a node that left, so that it may come back with an empty folder', () => {
    const cluster = begun()
    const without = { ...spec, nodes: spec.nodes.filter(({ id }) => id !== 'd') }
    expect(ask(cluster, without)).toBeNull()
    cluster.run(200)
    cluster.node('d').dataId = 'another'
    cluster.node('d').disk = new HandDriven(spec).node('d').disk
    cluster.node('d').start()
    expect(ask(cluster, spec)).toBeNull()
    cluster.run(1000)
    expect(bindsOf(cluster.node('a'))).toContainEqual(['d', 'another', 2])
    expect(cluster.node('d').of('fatal')).toEqual([])
    expect(cluster.node('d').status().commit).toBe(cluster.node('a').status().commit)
  })

  it('that takes a node in again has it bound again, with the folder that it had, and it serves', () => {
    const full = specOf('abc', { outsiders: 'd', holders: 'da' })
    const cluster = new HandDriven(full)
    cluster.start()
    expect(cluster.settle()).toBe('d')
    cluster.switchover('a')
    cluster.run(3000)
    expect(ask(cluster, { ...full, nodes: full.nodes.filter(({ id }) => id !== 'd') })).toBeNull()
    cluster.run(2000)
    expect(ask(cluster, full)).toBeNull()
    cluster.run(500)
    cluster.switchover('d')
    cluster.run(1000)
    expect(cluster.serving()).toBe('d')
    expect(bindsOf(cluster.node('a')).filter((bind) => (bind as string[])[0] === 'd')).toEqual([
      ['d', 'data-d', 1],
      ['d', 'data-d', 1],
    ])
  })

  it('of a node that comes back with an empty folder is told bit by bit, and it takes up nothing that its former folder had', () => {
    const full = specOf('abc', { outsiders: 'd', holders: 'da' })
    const cluster = new HandDriven(full)
    cluster.start()
    expect(cluster.settle()).toBe('d')
    // No more than a few configurations are told at once.
    for (const name of ['one', 'two', 'three', 'four']) {
      expect(ask(cluster, { ...full, name })).toBeNull()
      cluster.run(200)
    }
    cluster.switchover('a')
    cluster.run(3000)
    expect(cluster.serving()).toBe('a')
    expect(ask(cluster, { ...full, nodes: full.nodes.filter(({ id }) => id !== 'd') })).toBeNull()
    cluster.run(200)
    cluster.node('d').crash()
    expect(ask(cluster, full)).toBeNull()
    cluster.run(200)
    cluster.node('d').dataId = 'another'
    cluster.node('d').disk = new HandDriven(full).node('d').disk
    const sent = cluster.sent.length
    cluster.node('d').start()
    cluster.run(3000)
    const listed = cluster.sent.slice(sent).flatMap(({ message }) => (message.type === 'beat' && message.from === 'd' ? message.holds : []))
    expect(listed).toEqual([])
    cluster.switchover('d')
    cluster.run(1000)
    expect(cluster.serving()).toBe('d')
  })
})
