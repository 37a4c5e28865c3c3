import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClock } from '../adapters/clock.ts'
import type { ServiceContext } from './control.ts'
import { makePart } from './kinds.ts'
import type { ServicePart } from './part.ts'
import { restartService } from './restart.ts'

let folder = ''
const clock = createClock()
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const never = new AbortController().signal
const grant = { epoch: 1, holder: 'n1', until: Infinity }

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'movip-restart-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** One that writes what is done with it; it runs while its file is there. */
function partOf(name: string, order: number, changed: (part: string) => void): ServicePart {
  const script = (action: string, text: string): string => {
    const file = join(folder, `${name}-${action}`)
    writeFileSync(file, `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o755)
    return file
  }
  const context: ServiceContext = {
    cluster: 'shop',
    node: 'n1',
    group: 'web',
    endpoint: name,
    interfaces: {},
    clock,
    logger: quiet,
    leaseMs: 1000,
    changed: () => changed(name),
    fitness: () => undefined,
    incident: () => undefined,
  }
  const start = [script('start', `echo "${name} starts" >> ${folder}/story; touch ${folder}/${name}`)]
  const stop = [script('stop', `echo "${name} stops" >> ${folder}/story; test -e ${folder}/stuck && exit 1; rm ${folder}/${name}`)]
  const check = [script('check', `test -e ${folder}/${name} || exit 3`)]
  const options = { start, stop, check, everyMs: 60_000, restarts: { max: 3, withinMs: 60_000 } }
  return makePart({ id: name, kind: 'command', startMs: 20_000, stopMs: 20_000, options }, order, context)
}

const story = (): readonly string[] =>
  existsSync(join(folder, 'story')) ? readFileSync(join(folder, 'story'), 'utf8').trim().split('\n') : []

/** Two parts that run, and somebody who starts again what he hears is gone, as the runner does. */
async function running(): Promise<{ readonly parts: readonly ServicePart[]; readonly stopSteering: () => void }> {
  let isSteered = true
  const heard = (name: string): void => {
    const part = parts.find((one) => one.name === name)
    if (!isSteered || part === undefined) return
    void part.observe(never).then(({ state }) => (state === 'nowhere' && isSteered ? part.claim(grant, never) : undefined))
  }
  const parts = [partOf('db', 0, heard), partOf('web', 1, heard)]
  for (const part of parts) await part.claim(grant, never)
  return { parts, stopSteering: () => (isSteered = false) }
}

describe('the restart of a service', () => {
  it('stops its parts from the last one to the first, and has them started from the first to the last', async () => {
    const { parts } = await running()
    await restartService(parts, clock)
    expect(story()).toEqual(['db starts', 'web starts', 'web stops', 'db stops', 'db starts', 'web starts'])
    expect(parts.map(({ state }) => state)).toEqual(['up', 'up'])
    await Promise.all(parts.map((part) => part.close()))
  })

  it('gives way to a release, and starts nothing after it', async () => {
    const { parts, stopSteering } = await running()
    stopSteering()
    const restarted = restartService(parts, clock).catch((error: unknown) => String(error))
    await vi.waitUntil(() => story().includes('db stops'), { timeout: 15_000 })
    for (const part of parts.toReversed()) await part.release(1, never)
    expect(await restarted).toContain('has not been started again')
    expect(existsSync(join(folder, 'db')) || existsSync(join(folder, 'web'))).toBe(false)
    expect(story().filter((line) => line.endsWith('starts'))).toHaveLength(2)
  })

  it('that cannot stop a part says so, and leaves the parts before it alone', async () => {
    const { parts } = await running()
    writeFileSync(join(folder, 'stuck'), '')
    await expect(restartService(parts, clock)).rejects.toThrow('web could not be stopped')
    expect(story()).toEqual(['db starts', 'web starts', 'web stops'])
    await Promise.all(parts.map((part) => part.close()))
  })
})
