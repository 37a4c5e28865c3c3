import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NodeId } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'
import { forecast, nothing } from './forecast.ts'
import type { GroupForecast, Link, Outage, Picture } from './forecast.ts'

const lost = (...nodes: readonly NodeId[]): Outage => ({ nodes, links: [] })
const cut = (...links: readonly Link[]): Outage => ({ nodes: [], links })

/** A cluster of nodes named by letters at rest, its group g at the first. */
function cluster(voters: string, options: Parameters<typeof specOf>[1] = {}): { world: HandDriven; picture: (id?: NodeId) => Picture } {
  const spec = specOf(voters, options)
  const world = new HandDriven(spec)
  world.start()
  world.settle()
  return { world, picture: (id = 'a') => ({ spec, status: world.node(id).status() }) }
}

function fateOf(picture: Picture, outage: Outage): Pick<GroupForecast, 'from' | 'to' | 'outcome' | 'why'> {
  const [{ from, to, outcome, why } = { from: null, to: null, outcome: 'unserved', why: '' } as const] = forecast(picture, outage).groups
  return { from, to, outcome, why }
}

describe('a forecast', () => {
  it('leaves everything where it is when nothing fails, and ranks the others', () => {
    const { picture } = cluster('abc')
    expect(forecast(picture(), nothing)).toMatchObject({
      quorum: true,
      needed: 2,
      voters: ['a', 'b', 'c'],
      groups: [{ group: 'g', from: 'a', to: 'a', outcome: 'stays', why: 'a holds it', blocked: {}, next: ['b', 'c'] }],
    })
  })

  it('moves what a lost node held to the next fit one, and says what blocks the others', () => {
    const { world, picture } = cluster('abc')
    world.node('b').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['link of eth0 is down'] } })
    world.run(300)
    const [group] = forecast(picture('c'), lost('a')).groups
    expect(group).toMatchObject({ to: 'c', outcome: 'moves', why: 'a is not heard', next: [] })
    expect(group?.blocked).toEqual({ a: 'not reachable', b: 'link of eth0 is down' })
  })

  it('serves nothing without a quorum', () => {
    const { picture } = cluster('abc')
    expect(forecast(picture(), lost('b', 'c'))).toMatchObject({ quorum: false, coordinator: null, voters: ['a'] })
    expect(fateOf(picture(), lost('b', 'c'))).toMatchObject({ to: null, outcome: 'unserved' })
  })

  it('says that nobody is left who could take a group', () => {
    const { picture } = cluster('abc', { witnesses: 'c', holders: 'a' })
    expect(fateOf(picture('b'), lost('a'))).toEqual({
      from: 'a',
      to: null,
      outcome: 'unserved',
      why: 'a is not heard; no other node can take it',
    })
  })

  it('leaves a holder in place that the coordinator does not hear but a quorum does', () => {
    const { world, picture } = cluster('abc')
    world.switchover('b')
    world.until(() => world.serving() === 'b')
    world.run(500)
    expect(world.coordinator()).toBe('a')
    expect(fateOf(picture(), cut(['a', 'b']))).toMatchObject({ to: 'b', outcome: 'stays' })
  })

  it('leaves a paused group with its holder, dead or alive', () => {
    const { picture } = cluster('abc')
    const { spec, status } = picture()
    const paused = {
      spec,
      status: {
        ...status,
        maintenance: { drained: {}, paused: { g: { at: '2026-01-01T00:00:00Z', by: 'root', what: 'pause g' } }, pausedAll: null },
      },
    }
    expect(fateOf(paused, nothing)).toMatchObject({ to: 'a', outcome: 'stays' })
    expect(fateOf(paused, lost('a'))).toMatchObject({ to: null, outcome: 'unserved', why: 'paused by an operator; a is not heard' })
  })

  it('places by where other groups are going', () => {
    const { world } = cluster('abc', { groups: ['g', 'h'] })
    const plain = specOf('abc', { groups: ['g', 'h'] })
    const spec = {
      ...plain,
      groups: plain.groups.map((group) => (group.id === 'h' ? { ...group, placement: { together: ['g'] } } : group)),
    }
    const { groups } = forecast({ spec, status: world.node('b').status() }, lost('a'))
    expect(groups.map(({ to }) => to)).toEqual(['b', 'b'])
  })

  it('does not count on a node that is silent already', () => {
    const { world, picture } = cluster('abc')
    world.node('b').crash()
    world.run(2000)
    expect(fateOf(picture(), nothing)).toMatchObject({ to: 'a' })
    expect(forecast(picture(), lost('c'))).toMatchObject({ quorum: false })
  })

  it('passes over a node that has only just started, whoever is asked, and says so', () => {
    const plain = specOf('abc')
    const spec = { ...plain, groups: plain.groups.map((group) => ({ ...group, placement: { startDelayMs: 20_000 } })) }
    const world = new HandDriven(spec)
    world.start()
    world.settle()
    world.run(20_000)
    world.node('b').start()
    world.run(2000)
    for (const id of ['a', 'b', 'c'])
      expect(forecast({ spec, status: world.node(id).status() }, lost('a')).groups).toMatchObject([
        { to: 'c', ranks: { b: 'started only just now; second in order of preference' } },
      ])
    world.node('a').crash()
    world.until(() => world.serving() !== '')
    expect(world.serving()).toBe('c')
  })

  it('passes over a node that the coordinator has seen fail, where that is asked and stays in office', () => {
    const { world, picture } = cluster('abcde')
    world.node('b').runs = false
    world.node('a').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['tired'] } })
    world.until(() => world.serving() === 'c')
    for (const { epoch } of world.node('b').lastBeat().holds) world.node('b').released('g', epoch)
    world.node('b').runs = true
    world.run(500)
    expect(world.coordinator()).toBe('a')
    expect(fateOf(picture('a'), lost('c'))).toMatchObject({ to: 'd' })
    expect(fateOf(picture('a'), lost('a', 'c'))).toMatchObject({ to: 'b' })
    expect(fateOf(picture('e'), lost('c'))).toMatchObject({ to: 'b' })
    world.node('c').crash()
    world.until(() => world.serving() !== '')
    expect(world.serving()).toBe('d')
  })

  it('is what really happens then, whoever is asked, whatever fails', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'] as const
    const links = ids.flatMap((one, index) => ids.slice(index + 1).map((other): Link => [one, other]))
    const cases = fc.record({
      asked: fc.constantFrom(...ids),
      holder: fc.constantFrom(...ids),
      unfit: fc.subarray([...ids]),
      nodes: fc.subarray([...ids], { maxLength: 3 }),
      links: fc.subarray(links, { maxLength: 4 }),
    })
    fc.assert(
      fc.property(cases, ({ asked, holder, unfit, nodes, links: cutLinks }) => {
        const { world, picture } = cluster('abcde')
        if (holder !== 'a') world.switchover(holder)
        world.until(() => world.serving() === holder)
        for (const id of unfit)
          if (id !== holder) world.node(id).tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['tired'] } })
        world.run(500)
        const outage = { nodes, links: cutLinks }
        const { to } = fateOf(picture(asked), outage)
        const { coordinator } = forecast(picture(asked), outage)
        for (const id of nodes) world.node(id).crash()
        world.cut(...cutLinks.map(([one, other]) => `${one}-${other}`))
        world.run(20_000)
        // Where not everybody hears everybody it depends on who is elected.
        if (cutLinks.length > 0 && coordinator !== null && coordinator !== world.coordinator()) return
        expect(world.serving()).toBe(to ?? '')
      }),
      { numRuns: 30 },
    )
  }, 300_000)
})
