import { SeededRandom } from '@movip/core/testing/random'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Daemon } from '../cluster/daemon.ts'
import { command } from '../command.ts'
import { addressHand } from '../floor.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil, sleep } from '../wait.ts'
import type { Arena, WatchedGroup } from './arena.ts'
import { createArena } from './arena.ts'
import type { FaultKind, Target } from './fault.ts'
import { kindsFor } from './kinds.ts'
import { Umpire } from './umpire.ts'

let arena: Arena
beforeAll(async () => {
  arena = await createArena({ seed: 1, nodes: 3 })
  await arena.cluster.untilSteady()
})
afterAll(() => arena?.close())

const LEAST_MS = 300
const REST_MAX_MS = 2000

/** Each address of each group is deleted once; all other kinds are tried on the first group. */
function groupsFor(kind: FaultKind): readonly WatchedGroup[] {
  if (kind.name !== 'vip-deleted') return arena.groups.slice(0, 1)
  return arena.groups.flatMap((group) => group.vips.map((vip) => ({ ...group, vips: [vip] })))
}

/** Who answers its client from now on. */
function serverOf({ name, client }: WatchedGroup): Promise<Daemon> {
  const from = nowMs()
  const server = (): Daemon | undefined => {
    const by = client.since(from).answers.at(-1)?.by
    return arena.cluster.daemons.find((daemon) => daemon.name === by)
  }
  return pollUntil(server, `${name} to be served`, { timeoutMs: 60_000 })
}

it('every kind of fault can be made here, and the cluster comes to rest after each', async () => {
  const { kinds, left } = kindsFor(arena)
  expect(left).toEqual([])
  for (const { kind, group } of kinds.flatMap((kind) => groupsFor(kind).map((group) => ({ kind, group })))) {
    const { holder, bystander } = await arena.cluster.untilSteady()
    const node = kind.at === undefined || kind.at === 'holder' ? await serverOf(group) : arena.cluster.daemon(kind.at.node)
    const target: Target = { node, other: node === bystander ? holder : bystander, group, draw: 0.3, random: new SeededRandom(1) }
    const heal = await kind.inject(arena, target)
    await sleep(Math.min(LEAST_MS, kind.lengthMs[0]))
    await heal()
    // What it took is not put back at once.
    await sleep(Math.min(REST_MAX_MS, kind.restMs ?? 0))
  }
  await arena.cluster.untilSteady()
  await Promise.all(arena.groups.map(serverOf))
  expect(arena.supervisor.exits).toEqual([])
})

it('the umpire is told how long each daemon, its nats-server and what all share waited for a CPU, and how long movip had one', async () => {
  await arena.cluster.untilSteady()
  const { daemons, machine, ran } = arena.cpu.look()
  const counted = (waits: ReadonlyMap<string, number>, who: string): number =>
    [...waits.keys()].filter((name) => name.startsWith(who)).length
  for (const { name } of arena.cluster.daemons) {
    const waited = daemons.get(name) ?? new Map<string, number>()
    expect(counted(waited, `${name} movip`)).toBe(1)
    expect(counted(waited, `${name} child`)).toBeGreaterThan(1)
    expect(counted(ran, `${name} movip`)).toBeGreaterThan(1)
    expect(counted(ran, `${name} child`)).toBe(counted(waited, `${name} child`))
  }
  expect(counted(machine, 'ksoftirqd/')).toBeGreaterThan(0)
  expect(counted(machine, 'cpu')).toBe(counted(machine, 'ksoftirqd/'))
})

it('an outage that no fault explains, and two holders, are found on real daemons', async () => {
  const { holder } = await arena.cluster.untilSteady()
  const world = { nodes: arena.cluster.daemons.map(({ name }) => name), graceMs: 8600, leaseMs: 1000 }
  const umpire = new Umpire({ arena, world, floorMs: 50, zero: nowMs(), runs: () => [], say: () => {} })
  umpire.look(nowMs())
  holder.freeze()
  await pollUntil(() => (umpire.look(nowMs()), umpire.holderOf('web') !== holder.name), 'another node to serve')
  await command('ip', ['netns', 'exec', holder.host.namespace, 'nft', 'flush', 'ruleset'])
  const hand = addressHand(holder.host, arena.lab.vips.ipv4)
  const addedAt = nowMs()
  const signs = (): number => arena.lab.observer.sightings(addedAt).filter(({ host }) => host === holder.name).length
  hand.add()
  await pollUntil(() => signs() > 20, 'the frozen holder to be seen')
  hand.remove()
  hand.close()
  holder.thaw()
  await pollUntil(() => (umpire.look(nowMs()), umpire.findings.some(({ what }) => what.startsWith('TWO HOLDERS'))), 'a conviction')
  umpire.close(nowMs())
  const found = umpire.findings.map(({ what }) => what).join('\n')
  expect(found).toContain('no fault explains: web not served')
  expect(found).toMatch(/TWO HOLDERS of web: two nodes spoke on the wire for \d+/)
})
