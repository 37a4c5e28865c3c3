import { describe, expect, it } from 'vitest'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

function settled(options: Parameters<typeof specOf>[1] = {}): HandDriven {
  const cluster = new HandDriven(specOf('abc', options))
  cluster.start()
  cluster.settle()
  return cluster
}

/** The holder of `g`. */
function holderIn(cluster: HandDriven): ReturnType<HandDriven['node']> {
  return cluster.node(cluster.serving() ?? '')
}

describe('a life that was handed over to', () => {
  it('goes on under the same epoch, and no lease of it ends on the way', () => {
    const cluster = settled()
    const holder = holderIn(cluster)
    const epoch = holder.servedEpoch('g')
    holder.start({ adopted: holder.handOver() })
    for (let step = 0; step < 40; step += 1) {
      expect(cluster.serving()).toBe(holder.id)
      cluster.run(100)
    }
    expect(holder.servedEpoch('g')).toBe(epoch)
    expect(holder.events('dropped')).toEqual([])
    expect(cluster.node('b').state().assignments['g']).toMatchObject({ node: holder.id, epoch })
  })
  it('lists what it took over from its first beat on, as active', () => {
    const cluster = settled()
    const holder = holderIn(cluster)
    const adopted = holder.handOver()
    holder.effects = []
    holder.start({ adopted })
    const { group, epoch } = adopted.leases[0]!
    expect(holder.lastBeat().holds).toEqual([{ group, epoch, state: 'active' }])
    expect(holder.lastBeat().released).toEqual([])
  })
  it('counts the lease to the end that it was told and no further, unless its own beats are echoed', () => {
    const cluster = settled()
    const holder = holderIn(cluster)
    const adopted = holder.handOver()
    const { until = 0 } = adopted.leases[0] ?? {}
    cluster.isolate(holder.id)
    holder.start({ adopted })
    cluster.run(until - cluster.now - 1)
    expect(holder.events('dropped')).toEqual([])
    cluster.run(1)
    expect(holder.events('dropped')).toMatchObject([{ group: 'g', cause: 'lease-ended' }])
  })
  it('lets go at once of what ended before it came to it, and says so only when that is down', () => {
    const cluster = settled()
    const holder = holderIn(cluster)
    const adopted = holder.handOver()
    cluster.run(2000)
    holder.runs = false
    holder.start({ adopted })
    expect(holder.of('drop')).toMatchObject([{ group: 'g', cause: 'lease-ended' }])
    expect(holder.lastBeat().released).toEqual([])
    holder.released('g', adopted.leases[0]?.epoch ?? 0)
    expect(holder.lastBeat().released).toEqual([{ group: 'g', epoch: adopted.leases[0]?.epoch }])
  })
  it('is the only one: a restart after it serves nothing of it', () => {
    const cluster = settled()
    const holder = holderIn(cluster)
    const epoch = holder.servedEpoch('g') ?? 0
    holder.start({ adopted: holder.handOver() })
    cluster.run(300)
    holder.effects = []
    holder.start()
    cluster.run(300)
    expect(holder.of('lease').filter((lease) => lease.epoch <= epoch)).toEqual([])
  })
  it('hands on what it took over, to as many as there are', () => {
    const cluster = settled()
    const holder = holderIn(cluster)
    const epoch = holder.servedEpoch('g')
    for (let time = 0; time < 3; time += 1) {
      holder.start({ adopted: holder.handOver() })
      cluster.run(50)
    }
    cluster.run(3000)
    expect([cluster.serving(), holder.servedEpoch('g')]).toEqual([holder.id, epoch])
  })
  it('knows what was committed before anybody tells it', () => {
    const cluster = settled()
    const holder = holderIn(cluster)
    const adopted = holder.handOver()
    cluster.isolate(holder.id)
    holder.start({ adopted })
    expect(holder.state().assignments['g']).toMatchObject({ node: holder.id })
    expect(holder.status()).toMatchObject({ applied: adopted.applied, commit: adopted.applied })
  })
  it('refuses a hand-over that its disk does not bear out', () => {
    const cluster = settled()
    const holder = holderIn(cluster)
    const { applied, leases } = holder.handOver()
    const wrong = leases.map((lease) => ({ ...lease, epoch: lease.epoch - 1 }))
    expect(() => holder.start({ adopted: { applied, leases: wrong } })).toThrow('the log on this disk gives it to')
    expect(() => holder.start({ adopted: { applied: applied + 100, leases } })).toThrow('handed over up to')
  })
})

describe('a life hands nothing over', () => {
  it('after it has done so: it does nothing any more', () => {
    const cluster = settled()
    const holder = holderIn(cluster)
    holder.handOver()
    holder.effects = []
    cluster.run(500)
    expect(holder.effects).toEqual([])
    expect(holder.whyNot()).toBe('it is being stopped')
  })
  it('while a group of its is on its way up or down', () => {
    const cluster = settled()
    const holder = holderIn(cluster)
    holder.tell({ type: 'holding', group: 'g', epoch: holder.servedEpoch('g') ?? 0, state: 'claiming' })
    expect(holder.whyNot()).toBe('g is not at rest here: it is claiming')
    expect(cluster.serving()).toBe(holder.id)
  })
  it('before it has cleaned up after its last life', () => {
    const cluster = settled()
    const node = cluster.node('b')
    node.start({ swept: false })
    cluster.run(300)
    expect(node.whyNot()).toBe('it is still cleaning up after its last life')
  })
  it('while it is stopped, was told to give everything up, or has a disk that fails', () => {
    const cluster = settled()
    cluster.node('b').tell({ type: 'storage', failing: 'it is full' })
    expect(cluster.node('b').whyNot()).toBe('its disk fails: it is full')
    cluster.node('c').tell({ type: 'release-all' })
    expect(cluster.node('c').whyNot()).toBe('an operator had it give up everything until its next start')
    const holder = holderIn(cluster)
    holder.runs = false
    holder.tell({ type: 'stop' })
    expect(holder.whyNot()).toBe('it is being stopped')
  })
})

describe('a coordinator that steps aside', () => {
  it('has another voter coordinate at once, and goes on with what it holds', () => {
    const cluster = settled()
    const before = cluster.node(cluster.coordinator() ?? '')
    cluster.switchover(before.id)
    cluster.until(() => cluster.serving() === before.id, 'g at the coordinator')
    cluster.run(300)
    const epoch = before.servedEpoch('g')
    before.tell({ type: 'step-aside' })
    cluster.run(100)
    expect(cluster.coordinator()).not.toBe(before.id)
    expect([cluster.serving(), before.servedEpoch('g')]).toEqual([before.id, epoch])
  })
  it('stays where there is no other, and whoever does not coordinate has nothing to step aside from', () => {
    const alone = new HandDriven(specOf('a'))
    alone.start()
    alone.settle()
    alone.node('a').tell({ type: 'step-aside' })
    alone.run(100)
    expect(alone.coordinator()).toBe('a')
    const cluster = settled()
    const follower = cluster.node(cluster.coordinator() === 'c' ? 'b' : 'c')
    const said = follower.tell({ type: 'step-aside' }).filter(({ type }) => type === 'send')
    expect(said).toEqual([])
  })
})
