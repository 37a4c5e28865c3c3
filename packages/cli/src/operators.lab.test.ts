import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GROUP, startCluster, startLab } from '@movip/lab'
import type { Cluster, Daemon, Lab } from '@movip/lab'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { movip } from './testing/bin.ts'
import type { Ended } from './testing/bin.ts'

// What operators change, on a cluster of four real daemons.
let lab: Lab
let cluster: Cluster
let holder: Daemon
let bystander: Daemon
let original = ''

beforeAll(async () => {
  lab = await startLab({ nodes: ['n1', 'n2', 'n3', 'n4'] })
  cluster = await startCluster(lab, { disk: 'folder' })
  original = await readFile(cluster.clusterFile, 'utf8')
})
beforeEach(async () => {
  ;({ holder, bystander } = await cluster.untilSteady())
})
afterAll(async () => {
  await cluster?.stop()
  lab?.close()
})

const at = (daemon: Daemon, ...args: readonly string[]): Promise<Ended> => movip([...args, '--socket', daemon.socket])

async function file(name: string, text: string): Promise<string> {
  const path = join(dirname(cluster.clusterFile), name)
  await writeFile(path, text)
  return path
}

/** The name in a list of names, with its comma. */
const nodeIn = (name: string): RegExp => new RegExp(`${name}, |, ${name}(?=\\])`, 'g')

/** A further group, with an address of its own. */
function withMail(text: string): string {
  const address = lab.vips.ipv4.replace(/\d+$/, '77')
  return `${text}  mail:\n    endpoints:\n      - { backend: arp, address: "${address}/24", interface: lan }\n`
}

async function engineAt(daemon: Daemon) {
  return (await daemon.api.status()).engine
}

async function groupAt(daemon: Daemon, id: string = GROUP) {
  return (await engineAt(daemon)).groups.find((group) => group.id === id)
}

it('a configuration is planned, applied at any node, listed and taken back, and a group that it does not concern is not touched', async () => {
  const before = await groupAt(holder)
  const { version } = (await engineAt(bystander)).configuration
  const wanted = await file('mail.yaml', withMail(original))
  expect((await at(bystander, 'plan', cluster.clusterFile)).out).toContain('nothing would change')
  const plan = await at(bystander, 'plan', wanted)
  expect(plan.out).toMatch(/\+ groups\.mail/)
  expect(plan.out).toMatch(new RegExp(`${GROUP} +untouched +${holder.name}`))

  const applied = await at(bystander, 'apply', wanted, '--yes', '--json', '--version', String(version))
  expect(JSON.parse(applied.out)).toMatchObject({
    steps: ['everything that changes no vote'],
    applied: ['n1', 'n2', 'n3', 'n4'],
    pending: [],
  })
  const again = await at(holder, 'apply', wanted, '--yes', '--version', String(version))
  expect(again.err).toContain(`not ${version}`)
  expect(again.code).toBe(5)

  const history = await at(holder, 'history')
  expect(history.out).toMatch(new RegExp(`at ${bystander.name} +groups\\.mail added +in force`))
  await expect.poll(async () => (await groupAt(holder, 'mail'))?.state, { timeout: 60_000 }).toBe('active')
  const back = await at(holder, 'rollback', String(version), '--yes')
  expect(back.out).toContain('is in force, applied by n1, n2, n3, n4')
  expect(await groupAt(holder, 'mail')).toBeUndefined()
  expect(await groupAt(holder)).toMatchObject({ holder: holder.name, state: 'active', epoch: before?.epoch })
  expect((await at(holder, 'rollback', '99999999', '--yes')).code).toBe(2)
})

it('several votes are taken and given one at a time', async () => {
  const fewer = await file('fewer.yaml', original.replaceAll(/(n[234]: \{.*)\}/g, '$1, voter: false }'))
  const taken = await at(holder, 'apply', fewer, '--yes', '--json')
  expect(JSON.parse(taken.out)).toMatchObject({ steps: ['n2 loses its vote', 'n3 loses its vote', 'n4 loses its vote'] })
  expect((await engineAt(bystander)).voters).toEqual(['n1'])
  const given = await at(bystander, 'apply', cluster.clusterFile, '--yes', '--json')
  expect(JSON.parse(given.out)).toMatchObject({ steps: ['n2 gets a vote', 'n3 gets a vote', 'n4 gets a vote'] })
})

it('a node whose data folder was lost leaves and comes back under its name', async () => {
  await bystander.kill()
  await rm(bystander.disk.path, { recursive: true })
  await mkdir(bystander.disk.path)
  const without = await file(
    'without.yaml',
    original.replace(new RegExp(`^  ${bystander.name}: .*\n`, 'm'), '').replaceAll(nodeIn(bystander.name), ''),
  )
  const left = await at(holder, 'apply', without, '--yes', '--json')
  expect(JSON.parse(left.out)).toMatchObject({ steps: ['everything that changes no vote', `${bystander.name} loses its vote`] })
  const back = await at(holder, 'apply', cluster.clusterFile, '--yes', '--json')
  expect(JSON.parse(back.out)).toMatchObject({ steps: ['everything that changes no vote', `${bystander.name} gets a vote`] })
  bystander.start()
  await cluster.untilSteady()
  expect((await engineAt(bystander)).voters).toEqual(['n1', 'n2', 'n3', 'n4'])
})

it('a configuration with a mistake is refused with its place, and the running one stays', async () => {
  const { version } = (await engineAt(holder)).configuration
  const wrong = await file('wrong.yaml', original.replace('timing:', 'timming:'))
  const { code, err } = await at(bystander, 'apply', wrong, '--yes')
  expect(err).toContain(`${wrong}:2:1: timming: unknown key "timming", did you mean "timing"?`)
  expect(code).toBe(1)
  const { out } = await at(bystander, 'plan', wrong, '--json')
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'CONFIG_INVALID', problems: [{ file: wrong, line: 2, path: 'timming' }] } })
  expect((await engineAt(holder)).configuration.version).toBe(version)
})

it('a drained node gives its groups away and is passed over until it is resumed; the last one cannot be drained', async () => {
  const drained = await at(bystander, 'drain', holder.name, '--yes', '--json')
  expect(JSON.parse(drained.out)).toMatchObject({ nodes: [holder.name], groups: [{ group: GROUP, from: holder.name }] })
  expect((await groupAt(bystander))?.holder).not.toBe(holder.name)
  expect((await at(bystander, 'status')).out).toContain(`${holder.name} is drained by`)
  const all = await at(bystander, 'drain', 'lab', '--yes')
  expect(all.err).toContain(`no other node could take ${GROUP}`)
  expect(all.code).toBe(5)
  expect((await at(bystander, 'drain', 'nowhere', '--yes')).code).toBe(2)
  expect((await at(bystander, 'resume', holder.name)).code).toBe(0)
})

it('a paused group is not taken from a holder that dies, and is once the pause is over', async () => {
  expect((await at(bystander, 'pause', GROUP, '--yes')).code).toBe(0)
  await holder.kill()
  await expect.poll(async () => (await groupAt(bystander))?.candidates.length, { timeout: 60_000 }).toBe(4)
  await expect
    .poll(async () => (await engineAt(bystander)).nodes.find(({ id }) => id === holder.name)?.heardAgoMs, { timeout: 60_000 })
    .toBeGreaterThan(5000)
  expect(await groupAt(bystander)).toMatchObject({ holder: holder.name })
  expect((await at(bystander, 'unpause')).code).toBe(0)
  const { orders } = JSON.parse((await at(bystander, 'events', '--json')).out) as { orders: readonly object[] }
  const by = expect.stringContaining(` at ${bystander.name}`) as string
  expect(orders.slice(-2)).toMatchObject([
    { action: 'pause', group: GROUP, by },
    { action: 'unpause', group: null, by },
  ])
  await expect.poll(async () => (await groupAt(bystander))?.holder, { timeout: 60_000 }).not.toBe(holder.name)
  holder.start()
})
