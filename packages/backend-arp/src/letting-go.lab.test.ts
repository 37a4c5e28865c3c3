import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestNetwork } from './testing/network.ts'

interface Seen {
  /** Addresses of VIPs that the host had when the first gate was to be shut. */
  readonly atFirst: readonly string[]
  readonly left: readonly string[]
}

const network = new TestNetwork('arpgo', ['a'])
let report: { readonly running: Seen; readonly over: Seen }

beforeAll(() => {
  network.up()
  const file = fileURLToPath(new URL('./testing/letting-go.ts', import.meta.url))
  report = JSON.parse(network.on('a', `${process.execPath} ${file}`)) as typeof report
}, 30_000)
afterAll(() => network.down(), 30_000)

it('a holder that lets go under a running lease falls silent before it takes its addresses away', () => {
  expect(report.running).toEqual({ atFirst: ['10.77.0.60', '10.77.0.61', 'fd77::60'], left: [] })
})

it('a holder whose lease has ended takes all its addresses away before it asks anything of a gate that somebody may have removed', () => {
  expect(report.over).toEqual({ atFirst: [], left: [] })
})
