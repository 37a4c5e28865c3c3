import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { BackendContext } from '../backend.ts'
import type { ClusterSpec } from '../model/index.ts'
import { makePart } from '../service/kinds.ts'
import type { ServicePart } from '../service/part.ts'
import { StartedRecord } from '../service/started-record.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { cleanUp } from './clean-up.ts'
import { createFitnessBoard } from './fitness-board.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {} }
const never = new AbortController().signal
const grant = { epoch: 1, holder: 'a', until: Infinity }

let folder = ''
let generation = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-clean-up-'))
  generation = 0
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string): string => join(folder, name)
/** A service that runs while there is a file of its name. */
const partOf = (name: string) => {
  const commands = { start: ['touch', file(name)], stop: ['rm', '-f', file(name)], check: ['sh', '-c', `test -e ${file(name)} || exit 3`] }
  const options = { ...commands, everyMs: 5000, restarts: { max: 3, withinMs: 60_000 } }
  return { id: `command-${name}`, kind: 'command', startMs: 5000, stopMs: 5000, options }
}
const naming = (...names: readonly string[]): ClusterSpec => {
  const spec = specOf('abc')
  return { ...spec, groups: spec.groups.map((group) => ({ ...group, service: names.map(partOf) })) }
}

/** The parts of the present configuration in a life of the daemon that has cleaned up. */
async function live(
  spec: ClusterSpec,
  history: readonly ClusterSpec[] = [],
): Promise<{ record: StartedRecord; parts: readonly ServicePart[] }> {
  generation += 1
  const record = await StartedRecord.open(folder, generation)
  const state = {
    spec,
    assignments: {},
    bindings: {},
    longestLeaseMs: 1000,
    history: history.map((past, version) => ({ version, spec: past })),
  }
  const stored = { hard: { term: 0, votedFor: null }, snapshot: { index: 0, term: 0, state }, entries: [] }
  await new Promise<void>((swept) => {
    cleanUp({
      node: 'a',
      spec,
      storage: { stored },
      record,
      logger,
      driver: { tell: ({ type }) => type === 'swept' && swept(), ended: new Promise(() => undefined) },
      board: createFitnessBoard('endpoints', () => undefined),
      stages: { rest: () => Promise.resolve() },
      allowEndpoints: () => undefined,
    })
  })
  return { record, parts: (spec.groups[0]?.service ?? []).map((part, order) => makePart(part, order, context(part.id), record)) }
}

const context = (endpoint: string): BackendContext => ({
  cluster: 'shop',
  node: 'a',
  group: 'g',
  endpoint,
  interfaces: {},
  clock: { now: () => performance.now(), at: () => () => undefined },
  logger,
  leaseMs: 1000,
  changed: () => undefined,
  fitness: () => undefined,
  incident: () => undefined,
  health: { listen: [], open: () => Promise.reject(new Error('nobody asks here')) },
  site: 'here',
  secret: () => Promise.reject(new Error('there are no secrets')),
  candidates: () => [],
})

describe('a service that the present configuration names no more', () => {
  it('is left alone once it was stopped and taken out, and somebody runs it by hand', async () => {
    const { record, parts } = await live(naming('db'))
    await parts[0]?.claim(grant, never)
    await parts[0]?.release(1, never)
    await record.close()
    writeFileSync(file('db'), 'by hand')
    await live(naming('web'), [naming('db')])
    expect(existsSync(file('db'))).toBe(true)
  })

  it('is stopped where an earlier life has left it running, also when nobody remembers that configuration', async () => {
    const { parts } = await live(naming('fs', 'db'))
    for (const part of parts) await part.claim(grant, never)
    await live(naming())
    expect(readdirSync(folder)).toEqual(['started'])
  })

  it('is found although the daemon was killed while it started', async () => {
    const { parts } = await live(naming('db'))
    const cut = new AbortController()
    const claim = parts[0]?.claim(grant, cut.signal)
    await vi.waitUntil(() => existsSync(file('db')))
    cut.abort()
    await claim?.catch(() => undefined)
    await live(naming())
    expect(existsSync(file('db'))).toBe(false)
  })

  it('is not looked for again after it was found stopped', async () => {
    const first = await live(naming('db'))
    await first.parts[0]?.claim(grant, never)
    await (await live(naming())).record.close()
    writeFileSync(file('db'), 'by hand')
    await live(naming())
    expect(existsSync(file('db'))).toBe(true)
  })

  it.each([
    ['no life has kept a record', () => rmSync(file('started'), { recursive: true })],
    ['a life in between has kept none', () => void (generation += 1)],
    ['something in the record cannot be read', () => writeFileSync(file('started/0.json'), '{')],
  ])('is stopped where %s, and is left alone from then on', async (_, spoil) => {
    await (await live(naming())).record.close()
    spoil()
    writeFileSync(file('db'), '')
    await (await live(naming(), [naming('db')])).record.close()
    expect(existsSync(file('db'))).toBe(false)
    writeFileSync(file('db'), 'by hand')
    await live(naming(), [naming('db')])
    expect(existsSync(file('db'))).toBe(true)
  })
})

it('a service is stopped at the start where the present configuration names it, whoever started it', async () => {
  writeFileSync(file('db'), '')
  await live(naming('db'))
  await live(naming('db'))
  expect(existsSync(file('db'))).toBe(false)
})

it('nothing is started that cannot be written down, and it is tried again', async () => {
  const { parts } = await live(naming('db'))
  await vi.waitUntil(() => existsSync(file('started/life')))
  rmSync(file('started'), { recursive: true })
  writeFileSync(file('started'), 'no folder')
  await expect(parts[0]?.claim(grant, never)).rejects.toThrow(/command-db is started here could not be written down/)
  expect(existsSync(file('db'))).toBe(false)
  rmSync(file('started'))
  await parts[0]?.claim(grant, never)
  expect(existsSync(file('db'))).toBe(true)
})

it('what was stopped and is started again at once stays written down', async () => {
  const { record, parts } = await live(naming('db'))
  const [part] = parts
  for (let time = 0; time < 5; time += 1) {
    await part?.claim(grant, never)
    await part?.release(1, never)
  }
  await part?.claim(grant, never)
  await record.close()
  expect(readdirSync(file('started'))).toHaveLength(2)
})
