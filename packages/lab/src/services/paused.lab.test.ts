import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { GROUP, startCluster } from '../cluster/cluster.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import { pollUntil } from '../wait.ts'
import { createPrograms } from './programs-for-tests.ts'

const programs = createPrograms()
const { folder, script } = programs

let lab: Lab
let cluster: Cluster
beforeAll(async () => {
  lab = await startLab()
  const up = `${folder}/$MOVIP_NODE.up`
  const start = script('start', `touch ${up}; echo "$MOVIP_NODE starts" >> ${folder}/story`)
  const stop = script('stop', `rm -f ${up}; echo "$MOVIP_NODE stops" >> ${folder}/story`)
  const check = script('check', `test -e ${up} || exit 3`)
  const health = script('health', `echo "$MOVIP_NODE" >> ${folder}/looks; test -e ${up}`)
  cluster = await startCluster(lab, {
    service: { command: { start: [start], stop: [stop], check: [check] }, every: '200ms' },
    checks: [`health: { type: script, command: ${health}, every: 500ms, timeout: 500ms, fall: 2, grace: 1s, restart: {} }`],
  })
})
afterAll(async () => {
  await cluster?.stop()
  lab?.close()
  programs.close()
})

const looks = (): number => readFileSync(join(folder, 'looks'), 'utf8').trim().split('\n').length
const story = (): readonly string[] => readFileSync(join(folder, 'story'), 'utf8').trim().split('\n')

it('a service that an operator stops in a paused group stays down, and its group where it is, until the pause is over', async () => {
  const { holder } = await cluster.untilSteady()
  const { name } = holder
  const up = join(folder, `${name}.up`)
  const groupHere = async () => (await holder.status())?.engine.groups.find(({ id }) => id === GROUP)
  const { epoch } = (await groupHere()) ?? {}
  await holder.api.maintain({ action: 'pause', group: GROUP, by: 'test' })
  rmSync(up)
  await pollUntil(async () => (await holder.status())?.checks?.[GROUP]?.[0]?.state === 'failing', 'the check to fail', {
    timeoutMs: 60_000,
  })
  // It goes on failing, many times as often as it takes for a restart.
  const before = looks()
  await pollUntil(() => looks() >= before + 6, 'further looks of the check', { timeoutMs: 60_000 })
  expect([existsSync(up), story()]).toEqual([false, [`${name} starts`]])
  expect(await groupHere()).toMatchObject({ holder: name, epoch, state: 'active' })

  writeFileSync(up, '')
  await pollUntil(async () => (await holder.status())?.checks?.[GROUP]?.[0]?.state === 'passing', 'the check to pass', {
    timeoutMs: 60_000,
  })
  await holder.api.maintain({ action: 'unpause', group: GROUP, by: 'test' })
  await cluster.untilSteady()
  expect([await groupHere(), story()]).toMatchObject([{ holder: name, epoch }, [`${name} starts`]])

  rmSync(up)
  await pollUntil(() => story().length > 1, 'the service to be started again', { timeoutMs: 60_000 })
  expect(story()).toEqual([`${name} starts`, `${name} starts`])
})
