import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServiceContext } from './control.ts'
import type { ServicePart } from '../model/index.ts'
import { makePart } from './kinds.ts'
import { StartedRecord } from './started-record.ts'

let folder = ''
let record: StartedRecord
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const never = new AbortController().signal
const grant = { epoch: 1, holder: 'a', until: Infinity }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'movip-refused-'))
  record = await StartedRecord.open(folder, 1)
})
afterEach(async () => {
  await record.close()
  rmSync(folder, { recursive: true, force: true })
})

const context: ServiceContext = {
  cluster: 'shop',
  node: 'a',
  group: 'g',
  endpoint: 'p',
  interfaces: {},
  clock: { now: () => performance.now(), at: () => () => undefined },
  logger: quiet,
  leaseMs: 1000,
  changed: () => undefined,
  fitness: () => undefined,
  incident: () => undefined,
}

function specOf(kind: string, options: object, startMs = 20_000): ServicePart {
  return { id: kind, kind, startMs, stopMs: 20_000, options: { ...options, everyMs: 60_000, restarts: { max: 3, withinMs: 60_000 } } }
}

function partOf(kind: string, options: object, startMs = 20_000) {
  return makePart(specOf(kind, options, startMs), 0, context, record)
}

function program(name: string, text: string): readonly string[] {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return [file]
}

const story = (): string[] => readFileSync(join(folder, 'story'), 'utf8').trim().split('\n')

describe('a service whose agent refuses its parameters', () => {
  // Filesystem ends each action with 6 as long as it is told no device, the stop among them.
  const options = { agent: 'heartbeat:Filesystem', parameters: {}, promote: false }
  const refused = () => partOf('ocf', options)

  it('is not started, which is told, and needs no stop, which would be refused for ever', async () => {
    const part = refused()
    await expect(part.claim(grant, never)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('it is not configured (exit code 6') as string,
    })
    expect(await part.observe(never)).toEqual({ state: 'nowhere' })
    await part.release(1, never)
    await record.close()
    expect((await StartedRecord.open(folder, 2)).left).toEqual([])
  })

  it('but was started here before is down only once its stop has worked', async () => {
    await record.note({ group: 'g', order: 0, part: specOf('ocf', options) }, never)
    const part = refused()
    expect(await part.observe(never)).toEqual({ state: 'here' })
    await expect(part.release(1, never)).rejects.toThrow(/could not be stopped: .*exit code 6/)
  })

  it('only when it is to start has begun nothing either, where it is seen to be down after that', async () => {
    // Xinetd says 7 where it does not run, refuses to start with 6, and cannot be stopped.
    const part = partOf('ocf', { agent: 'heartbeat:Xinetd', parameters: { service: 'no-such-service' }, promote: false })
    await expect(part.claim(grant, never)).rejects.toMatchObject({ code: 'INVALID' })
    await record.close()
    expect((await StartedRecord.open(folder, 2)).left).toEqual([])
  })
})

describe('a start that failed', () => {
  it('is followed by a stop before the next: what it has left would run beside what that one starts', async () => {
    const up = join(folder, 'up')
    const options = {
      start: program('start', `echo start >> ${folder}/story; test -e ${folder}/fixed && touch ${up}; true`),
      stop: program('stop', `echo stop >> ${folder}/story; rm -f ${up}`),
      check: program('check', `test -e ${up} || exit 3`),
    }
    const part = partOf('command', options, 300)
    await expect(part.claim(grant, never)).rejects.toMatchObject({ code: 'TIMEOUT' })
    writeFileSync(join(folder, 'fixed'), '')
    await part.claim(grant, never)
    expect(story()).toEqual(['start', 'stop', 'start'])
    await part.release(1, never)
    expect(existsSync(up)).toBe(false)
  })

  it('and whose service has come up since is neither stopped nor started once more', async () => {
    const up = join(folder, 'up')
    const options = {
      start: program('start', `echo start >> ${folder}/story; (sleep 1; touch ${up}) > /dev/null 2>&1 &`),
      stop: program('stop', `echo stop >> ${folder}/story; rm -f ${up}`),
      check: program('check', `test -e ${up} || exit 3`),
    }
    const part = partOf('command', options, 300)
    await expect(part.claim(grant, never)).rejects.toMatchObject({ code: 'TIMEOUT' })
    await part.claim(grant, never)
    expect(story()).toEqual(['start'])
    await part.release(1, never)
  })
})
