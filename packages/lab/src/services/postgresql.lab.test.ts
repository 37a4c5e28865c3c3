import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { GROUP, startCluster } from '../cluster/cluster.ts'
import { isolate } from '../faults/links.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import { pollUntil } from '../wait.ts'
import type { Postgres, Writer } from './postgres.ts'
import { createPostgres, startWriter } from './postgres.ts'

/** Copies of a database, on a machine that may be busy. */
const COPY_MS = 90_000
const SLOW = 300_000

let lab: Lab
let postgres: Postgres
let cluster: Cluster
let writer: Writer | undefined
beforeAll(async () => {
  lab = await startLab()
  postgres = await createPostgres(lab)
  cluster = await startCluster(lab, { service: postgres.service, checks: [postgres.check], policy: ['prefer: current'] })
}, SLOW)
afterAll(async () => {
  await writer?.stop()
  // All that runs in the lab is ended with it: handing the group over from node to node would only take time.
  lab?.close()
}, SLOW)

const FOLLOWING = "select count(*) from pg_stat_wal_receiver where status = 'streaming'"

/** One primary that all others follow. */
async function untilReplicating(primary: string): Promise<void> {
  for (const { name } of cluster.daemons) {
    const [query, wanted] = name === primary ? ['select pg_is_in_recovery()', 'f'] : [FOLLOWING, '1']
    await pollUntil(async () => (await postgres.ask(name, query)) === wanted, `${name} to replicate`, { timeoutMs: COPY_MS, everyMs: 200 })
  }
}

async function missing(acknowledged: readonly number[]): Promise<readonly number[]> {
  const said = await pollUntil(() => postgres.askVip('select i from rows'), 'the rows', { timeoutMs: 60_000 })
  const rows = new Set(said.split('\n').map(Number))
  return acknowledged.filter((row) => !rows.has(row))
}

async function untilMore(from: Writer, rows: number): Promise<void> {
  const before = from.acknowledged().length
  await pollUntil(() => from.acknowledged().length >= before + rows, 'rows to be written', { timeoutMs: 120_000, everyMs: 50 })
}

it('nodes without data copy that of the one that serves, and follow it', { timeout: SLOW }, async () => {
  const { holder } = await cluster.untilSteady(COPY_MS)
  await untilReplicating(holder.name)
  // The table is there for good before anybody relies on it.
  await pollUntil(async () => (await postgres.askVip('create table if not exists rows (i int)')) !== null, 'a table', { timeoutMs: 60_000 })
  const status = await holder.status()
  const group = status?.engine.groups.find(({ id }) => id === GROUP)
  const standbys = group?.candidates.filter(({ node }) => node !== holder.name) ?? []
  expect(standbys.map(({ position }) => position)).toEqual(standbys.map(() => expect.stringMatching(/^\d+:[\dA-F]+\/[\dA-F]+$/)))
})

it(
  'a standby is promoted when the primary dies, no acknowledged row is lost, and the old primary comes back as a standby',
  { timeout: SLOW },
  async () => {
    const { holder } = await cluster.untilSteady(COPY_MS)
    writer = startWriter(lab)
    await untilMore(writer, 20)
    await holder.kill()
    postgres.kill(holder.name)
    await untilMore(writer, 20)
    expect(await missing(writer.acknowledged())).toEqual([])

    holder.start()
    const after = await cluster.untilSteady(COPY_MS)
    expect(after.holder.name).not.toBe(holder.name)
    await untilReplicating(after.holder.name)
    await untilMore(writer, 20)
    expect(await missing(writer.acknowledged())).toEqual([])
  },
)

it(
  'a primary that was cut off, and wrote what nobody else has, follows the next one when the network is whole again',
  { timeout: SLOW },
  async () => {
    const { holder } = await cluster.untilSteady(COPY_MS)
    if (writer === undefined) throw new Error('the writer was started before')
    const cuts = isolate(holder.host, lab.network.nodes)
    await lab.links.cut(cuts)
    expect(await postgres.ask(holder.name, 'set synchronous_commit = local; insert into rows values (-1)')).not.toBe(null)
    await untilMore(writer, 20)
    // It has ended, and stands by alone, on what it wrote.
    await pollUntil(async () => (await postgres.ask(holder.name, 'select pg_is_in_recovery()')) === 't', 'it to stand by', {
      timeoutMs: COPY_MS,
    })
    expect(await postgres.ask(holder.name, 'select count(*) from rows where i = -1')).toBe('1')

    await lab.links.heal(cuts)
    const after = await cluster.untilSteady(COPY_MS)
    expect(after.holder.name).not.toBe(holder.name)
    await untilReplicating(after.holder.name)
    await pollUntil(
      async () => (await postgres.ask(holder.name, 'select count(*) from rows where i = -1')) === '0',
      'it to have let go of what nobody else has',
      { timeoutMs: COPY_MS },
    )
    expect(await missing(writer.acknowledged())).toEqual([])
  },
)

it('an old primary whose data cannot be brought up any more copies all of it', { timeout: SLOW }, async () => {
  const { holder } = await cluster.untilSteady(COPY_MS)
  if (writer === undefined) throw new Error('the writer was started before')
  await holder.kill()
  postgres.kill(holder.name)
  postgres.wreck(holder.name)
  await untilMore(writer, 10)
  holder.start()
  const after = await cluster.untilSteady(COPY_MS)
  await untilReplicating(after.holder.name)
  expect(await missing(writer.acknowledged())).toEqual([])
})

it('a primary is moved there and back on request without a loss, and each former primary follows the next', { timeout: SLOW }, async () => {
  const { holder, bystander } = await cluster.untilSteady(COPY_MS)
  if (writer === undefined) throw new Error('the writer was started before')
  const to = bystander
  await cluster.switchover(holder, to)
  await untilMore(writer, 10)
  await cluster.untilSteady(COPY_MS)
  await untilReplicating(to.name)
  await cluster.switchover(to, holder)
  await untilMore(writer, 10)
  await cluster.untilSteady(COPY_MS)
  await untilReplicating(holder.name)
  await writer.stop()
  expect(await missing(writer.acknowledged())).toEqual([])
})
