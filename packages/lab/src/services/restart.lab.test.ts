import { existsSync, readFileSync, writeFileSync } from 'node:fs'
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
  const here = `${folder}/$MOVIP_NODE`
  // A start mends what is bad, unless the service is broken for good.
  const start = script(
    'start',
    `touch ${here}.up; echo "$MOVIP_NODE starts" >> ${folder}/story; test -e ${folder}/broken || rm -f ${here}.bad`,
  )
  const stop = script('stop', `rm -f ${here}.up; echo "$MOVIP_NODE stops" >> ${folder}/story`)
  const check = script('check', `test -e ${here}.up || exit 3`)
  const health = script('health', `test ! -e ${here}.bad`)
  cluster = await startCluster(lab, {
    service: { command: { start: [start], stop: [stop], check: [check] } },
    checks: [
      `health: { type: script, command: ${health}, every: 2s, timeout: 2s, fall: 2, on: active, grace: 2s, restart: { max: 1, within: 10m } }`,
    ],
  })
})
afterAll(async () => {
  await cluster?.stop()
  lab?.close()
  programs.close()
})

const story = (): readonly string[] => readFileSync(join(folder, 'story'), 'utf8').trim().split('\n')

it('a service whose check fails is restarted where it is, and moves only when that has not helped', async () => {
  const { holder } = await cluster.untilSteady()
  const { name } = holder
  writeFileSync(join(folder, `${name}.bad`), '')
  await pollUntil(() => !existsSync(join(folder, `${name}.bad`)), 'the service to be restarted', { timeoutMs: 60_000 })
  const checkHere = async () => (await holder.status())?.checks?.[GROUP]?.[0]
  await pollUntil(async () => (await checkHere())?.restarts?.isUnderWay === false, 'the restart to be over', { timeoutMs: 60_000 })
  expect((await checkHere())?.restarts?.count).toBe(1)
  expect(story()).toEqual([`${name} starts`, `${name} stops`, `${name} starts`])
  expect((await cluster.untilSteady()).holder.name).toBe(name)

  writeFileSync(join(folder, 'broken'), '')
  writeFileSync(join(folder, `${name}.bad`), '')
  const moved = await pollUntil(
    async () => {
      const group = (await holder.status())?.engine.groups.find(({ id }) => id === GROUP)
      return group !== undefined && group.holder !== name && group.state === 'active' ? group : null
    },
    'another node to serve',
    { timeoutMs: 60_000 },
  )
  expect(moved.cause).toContain(`${name} is unfit: check health: `)
  expect(moved.cause).toContain('also after a restart')
})
