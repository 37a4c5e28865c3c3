import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { GROUP } from '../cluster/cluster.ts'
import { PROGRAM } from '../cluster/daemon.ts'
import { inHost } from '../network/host.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil } from '../wait.ts'
import { cutOff, heal } from './moves.ts'
import type { HybridLab } from './hybrid-lab.ts'
import { NAME, startHybridLab, VALUES } from './hybrid-lab.ts'

// One group from a LAN into AWS, with a name on top that follows it.

/** Of the profile for wide areas. */
const LEASE_MS = 5000

let lab: HybridLab
let cluster: Cluster
beforeAll(async () => {
  lab = await startHybridLab()
  cluster = await lab.start()
  await cluster.untilSteady()
})
afterAll(async () => {
  await cluster?.stop()
  lab?.close()
})

const untilNamed = (value: string): Promise<number> => pollUntil(() => lab.watch.allSince(value), `every authority to say ${value}`)

it('a planned move to the other site ends with the name, and tells how long each phase took', async () => {
  await untilNamed(VALUES.paris)
  const { holder } = await cluster.untilSteady()
  await cluster.switchover(holder, cluster.daemon('d1'))
  await untilNamed(VALUES.dublin)
  const move = await pollUntil(async () => {
    const { moves } = await cluster.daemon('w').api.moves()
    return moves.find(({ to, phases }) => to === 'd1' && phases?.followMs !== undefined)
  }, 'the log to know that the name has followed')
  expect(move.phases).toMatchObject({ claimMs: expect.any(Number) as number, verifyMs: expect.any(Number) as number })
  expect(move.phases?.followMs).toBeLessThan(2000)
  await cluster.untilSteady()
  expect(new Set(lab.visitor.since(nowMs() - 100).answers.map(({ by }) => by))).toEqual(new Set(['d1']))
})

it('movip switchover --site moves everything to the site, and says where it went and how long each phase took', async () => {
  const { holder } = await cluster.untilSteady()
  expect(holder.name).toBe('d1')
  const site = (...args: readonly string[]): object =>
    JSON.parse(
      execFileSync(
        process.execPath,
        [PROGRAM, 'switchover', '--site', 'paris', '--socket', cluster.daemon('w').socket, '--json', ...args],
        {
          encoding: 'utf8',
        },
      ),
    ) as object
  expect(site('--dry-run')).toMatchObject({ moved: [{ group: GROUP, from: 'd1', to: 'p1' }], left: [], failed: null })
  const phases = { claimMs: expect.any(Number) as number, verifyMs: expect.any(Number) as number }
  expect(site('--yes')).toMatchObject({ site: 'paris', moved: [{ group: GROUP, from: 'd1', to: 'p1', phases }], left: [], failed: null })
  expect(site('--yes')).toMatchObject({ moved: [], left: [{ group: GROUP, why: 'it is there: p1 holds it' }], failed: null })
  await untilNamed(VALUES.paris)
  const { holder: there } = await cluster.untilSteady()
  await cluster.switchover(there, cluster.daemon('d1'))
  await untilNamed(VALUES.dublin)
})

it('a name server that is down keeps nobody from taking over, and the name follows when it is back', async () => {
  const { holder } = await cluster.untilSteady()
  expect(holder.name).toBe('d1')
  lab.primary.freeze()
  try {
    const from = nowMs()
    await cluster.switchover(holder, cluster.daemon('p1'))
    await pollUntil(() => lab.direct.paris.since(from).answers.length > 0, 'the address in Paris to answer')
    const failed = await pollUntil(async () => {
      const endpoints = (await cluster.daemon('p1').status())?.runner.find(({ group }) => group === GROUP)?.endpoints ?? []
      return endpoints.find(({ id, lastError }) => id.startsWith('dns-') && lastError !== null)
    }, 'the holder to say what keeps the name')
    expect(failed.lastError).toContain(`${lab.primary.address} does not answer: no answer within 1000 ms`)
    expect((await cluster.daemon('p1').status())?.runner.find(({ group }) => group === GROUP)?.state).toBe('active')
    expect(lab.watch.allSince(VALUES.dublin)).not.toBeNull()
  } finally {
    lab.primary.thaw()
  }
  await untilNamed(VALUES.paris)
})

it('a holder that dies before it has told the name server leaves that to the next one, whoever that is', async () => {
  const { holder } = await cluster.untilSteady()
  expect(holder.name).toBe('p1')
  lab.primary.freeze()
  try {
    await cluster.switchover(holder, cluster.daemon('d1'))
    await pollUntil(() => lab.direct.dublin.since(nowMs() - 100).answers.length > 0, 'the address in Dublin to answer')
    await cluster.daemon('d1').kill()
    await pollUntil(() => lab.direct.paris.since(nowMs() - 100).answers.length > 0, 'the address in Paris to answer')
  } finally {
    lab.primary.thaw()
  }
  cluster.daemon('d1').start()
  await cluster.untilSteady()
  await untilNamed(VALUES.paris)
})

it('a name that somebody else points elsewhere is put back by the holder, and that is told', async () => {
  await cluster.untilSteady()
  changeByHand(`update delete ${NAME} A\nupdate add ${NAME} 30 A 192.0.2.66`)
  await pollUntil(() => lab.watch.allSince('192.0.2.66'), 'the change to be known')
  await untilNamed(VALUES.paris)
  const { incidents } = await cluster.daemon('w').api.moves()
  expect(incidents).toContainEqual(expect.objectContaining({ state: 'stolen', through: lab.primary.address, to: '192.0.2.66' }))
})

function changeByHand(lines: string): void {
  const [host, folder] = [lab.network.host('ns1'), lab.network.folder.path]
  const { file, args } = inHost(host.namespace, 'nsupdate', ['-k', join(folder, 'ddns')])
  execFileSync(file, args, { input: `server ${lab.primary.address}\n${lines}\nsend\n` })
}

it('a link between sites that is cut leaves the group with the side that has a majority, and the other side ends within its lease', async () => {
  const { holder } = await cluster.untilSteady()
  expect(holder.name).toBe('p1')
  const from = nowMs()
  await cutOff(lab)
  try {
    await untilNamed(VALUES.dublin)
    const inParis = lab.direct.paris.since(from).answers
    const inDublin = lab.direct.dublin.since(from).answers
    // From the office nobody gets through to Paris, so what it answers counts that was on its way.
    expect((inParis.at(-1)?.answeredAt ?? from) - (inDublin[0]?.answeredAt ?? 0)).toBeLessThan(0)
    await pollUntil(async () => (await cluster.daemon('p1').status())?.runner.every(({ state }) => state === null), 'Paris to hold nothing')
  } finally {
    await heal(lab)
  }
  await cluster.untilSteady()
  await untilNamed(VALUES.dublin)
})

it('a site without the third voice goes on, and the loss of the witness moves nothing', async () => {
  const { holder } = await cluster.untilSteady()
  const from = nowMs()
  await cluster.daemon('w').kill()
  const status = await pollUntil(async () => {
    const told = await cluster.daemon(holder.name).status()
    const heardAgoMs = told?.engine.nodes.find(({ id }) => id === 'w')?.heardAgoMs ?? 0
    return heardAgoMs > LEASE_MS + 1000 ? told : null
  }, 'the witness to be silent for longer than a lease')
  expect(status.engine.groups.find(({ id }) => id === GROUP)?.holder).toBe(holder.name)
  expect(new Set(lab.visitor.since(from).answers.map(({ by }) => by))).toEqual(new Set([holder.name]))
  cluster.daemon('w').start()
  await cluster.untilSteady()
})
