import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Cluster } from './cluster/cluster.ts'
import { GROUP, startCluster } from './cluster/cluster.ts'
import { PROGRAM } from './cluster/daemon.ts'
import type { Daemon } from './cluster/daemon.ts'
import { command } from './command.ts'
import { isolate } from './faults/links.ts'
import type { Lab } from './lab.ts'
import { startLab } from './lab.ts'
import { pollUntil } from './wait.ts'

// With the agent `fence_dummy` of the system: a file says whether the power of a node is on, and this test is the power supply.

let lab: Lab
let cluster: Cluster
let folder = ''
const timeoutMs = 60_000

beforeAll(async () => {
  lab = await startLab({ nodes: ['n1', 'n2', 'n3'] })
  folder = lab.network.folder.path
  for (const { name } of lab.network.nodes) writeFileSync(powerFile(name), 'on')
  const script = (name: string, text: string): string => {
    const file = join(folder, name)
    writeFileSync(file, `#!/bin/bash\n${text}\n`)
    chmodSync(file, 0o755)
    return file
  }
  const life = `echo $$ > ${folder}/$MOVIP_NODE.pid; echo "$MOVIP_NODE begins" >> ${folder}/story; sleep infinity & wait`
  const start = script('start-service', `setsid bash -c 'trap "kill %1; exit" TERM; ${life}' </dev/null >/dev/null 2>&1 &`)
  const check = script('check-service', `kill -0 "$(cat ${folder}/$MOVIP_NODE.pid)" || exit 3`)
  const stop = script('stop-service', `kill "$(cat ${folder}/$MOVIP_NODE.pid)"`)
  cluster = await startCluster(lab, {
    service: { command: { start: [start], stop: [stop], check: [check] }, every: '200ms', stopTimeout: '20s' },
    fence: (name) => ({ agent: 'fence_dummy', options: { status_file: powerFile(name) }, timeout: '5s' }),
  })
})
afterAll(async () => {
  for (const { name } of lab?.network.nodes ?? []) kill(name)
  await cluster?.stop()
  lab?.close()
})
beforeEach(async () => {
  for (const daemon of cluster.daemons.filter((each) => each.pid() === null)) daemon.start()
  await cluster.untilSteady()
  for (const { name } of lab.network.nodes) writeFileSync(powerFile(name), 'on')
  writeFileSync(join(folder, 'story'), '')
})

const powerFile = (name: string): string => join(folder, `${name}.power`)
const powerOf = (name: string): string => readFileSync(powerFile(name), 'utf8')
const story = (): readonly string[] => readFileSync(join(folder, 'story'), 'utf8').split('\n').filter(Boolean)
const others = (than: Daemon): readonly Daemon[] => cluster.daemons.filter(({ name }) => name !== than.name)

/** The service of a node ends as with its power. */
function kill(name: string): void {
  const file = join(folder, `${name}.pid`)
  if (!existsSync(file)) return
  try {
    process.kill(-Number(readFileSync(file, 'utf8')), 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** What the others say of the group: whoever answers. */
async function groupAt(daemons: readonly Daemon[]) {
  const answers = await Promise.all(daemons.map((daemon) => daemon.status()))
  return answers.flatMap((answer) => answer?.engine.groups.filter(({ id }) => id === GROUP) ?? [])
}

it('the service of a holder that is frozen is started elsewhere once its power is off, and not before', async () => {
  const { holder } = await cluster.untilSteady()
  holder.freeze()
  await pollUntil(() => story().length > 0, 'the service elsewhere', { timeoutMs })
  expect(powerOf(holder.name)).toBe('off')
  const [group] = await groupAt(others(holder))
  expect(group?.holder).not.toBe(holder.name)
  for (const daemon of others(holder)) expect(powerOf(daemon.name)).toBe('on')
  kill(holder.name)
  holder.thaw()
  await holder.kill()
  const told = (await others(holder)[0]!.api.events(200)).events.map(({ event }) => event)
  expect(told).toContainEqual(expect.objectContaining({ type: 'cleared', suspect: holder.name }))
})

it('a node that is cut off fences nobody', async () => {
  const { holder } = await cluster.untilSteady()
  await lab.links.cut(isolate(holder.host, lab.network.nodes))
  await pollUntil(() => story().length > 0, 'the service elsewhere', { timeoutMs })
  expect(powerOf(holder.name)).toBe('off')
  for (const daemon of others(holder)) expect(powerOf(daemon.name)).toBe('on')
  await lab.links.heal()
})

it('where a fence fails the service starts nowhere, everybody is told, and a person’s word that the node is off is enough', async () => {
  const { holder } = await cluster.untilSteady()
  // Nobody ever reads from this pipe, so the agent hangs.
  const file = powerFile(holder.name)
  rmSync(file)
  execFileSync('mkfifo', [file])
  try {
    await holder.kill()
    const failures = async (): Promise<readonly string[]> => {
      const answers = await Promise.all(others(holder).map((daemon) => daemon.status()))
      return answers.flatMap(
        (answer) => answer?.runner.flatMap(({ endpoints }) => endpoints.flatMap(({ lastError }) => lastError ?? [])) ?? [],
      )
    }
    await pollUntil(async () => (await failures()).some((text) => text.includes(`${holder.name} could not be fenced`)), 'a failed fence', {
      timeoutMs,
    })
    expect(story()).toEqual([])
    expect((await groupAt(others(holder)))[0]?.suspects).toMatchObject([{ node: holder.name, isHeard: false }])
    kill(holder.name)
    const { configFile, socket } = others(holder)[0]!
    await command(process.execPath, [PROGRAM, 'fence', holder.name, '--confirmed', '--config', configFile, '--socket', socket])
    await pollUntil(() => story().length > 0, 'the service elsewhere', { timeoutMs })
  } finally {
    rmSync(file)
  }
})

it('a planned move, and a holder that has ended in good order, need no fence', async () => {
  const { holder } = await cluster.untilSteady()
  await cluster.switchover(holder, others(holder)[0]!)
  const { holder: next } = await cluster.untilSteady()
  await next.stop()
  await pollUntil(() => story().length > 1, 'the service elsewhere', { timeoutMs })
  for (const { name } of cluster.daemons) expect(powerOf(name)).toBe('on')
})
