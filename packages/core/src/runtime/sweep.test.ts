import { expect, it } from 'vitest'
import { BackendError } from '../backend.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { sweepLeftovers } from './sweep.ts'

it('says once what keeps it from cleaning up, with the next step, and once that it works again', async () => {
  const lines: unknown[] = []
  const add = (event: string, fields?: Readonly<Record<string, unknown>>): void => void lines.push([event, fields])
  const troubles: string[] = []
  let tries = 0
  const plugin = {
    kinds: {},
    async sweep() {
      tries += 1
      if (tries < 4) throw new BackendError('DENIED', 'no CAP_NET_ADMIN', 'grant it')
      return []
    },
  }
  const done = await sweepLeftovers({
    node: 'n1',
    spec: specOf('a'),
    logger: { debug: add, info: add, warn: add, error: add },
    ended: new Promise(() => undefined),
    onTrouble: (reason) => troubles.push(reason),
    resolve: async () => ({ plugins: new Map([['k', { package: 'p', plugin, kind: {} as never }]]), failures: new Map() }),
    retryMs: 1,
  })
  expect([done, tries]).toEqual([true, 4])
  expect(lines).toEqual([
    ['sweep-failed', { plugin: 'p', why: 'no CAP_NET_ADMIN', code: 'DENIED', fix: 'grant it' }],
    ['sweep-works', { plugin: 'p' }],
  ])
  expect(troubles).toEqual(['no CAP_NET_ADMIN (grant it)'])
})

it('looks for nothing on a node that never was more than a witness, and does on one that was', async () => {
  const swept: string[] = []
  const plugin = { kinds: {}, sweep: async () => (swept.push('swept'), []) }
  const options = {
    node: 'c',
    spec: specOf('abc', { witnesses: 'c' }),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ended: new Promise(() => undefined),
    onTrouble: () => undefined,
    resolve: async () => ({ plugins: new Map([['k', { package: 'p', plugin, kind: {} as never }]]), failures: new Map() }),
  }
  expect(await sweepLeftovers(options)).toBe(true)
  expect(swept).toEqual([])
  expect(await sweepLeftovers({ ...options, earlier: [specOf('abc')] })).toBe(true)
  expect(swept).toEqual(['swept'])
})
