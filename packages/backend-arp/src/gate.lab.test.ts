import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestNetwork } from './testing/network.ts'

const network = new TestNetwork('arpgate', ['a'])
let report: {
  readonly together: readonly string[]
  readonly back: readonly string[]
  readonly gone: { readonly transactions: number; readonly left: readonly string[] }
  readonly refused: { readonly stays: string | null; readonly goes: string | null }
}

beforeAll(() => {
  network.up()
  const file = fileURLToPath(new URL('./testing/gatekeeper.ts', import.meta.url))
  report = JSON.parse(network.on('a', `${process.execPath} ${file}`)) as typeof report
}, 30_000)
afterAll(() => network.down(), 30_000)

it('the gate guards a VIP that joins while another one is taken away', () => {
  expect(report.together).toEqual(['10.77.0.50', '10.77.0.52'])
})

it('the gate guards a VIP whose endpoint is made anew while the old one is closed', () => {
  expect(report.back).toEqual(['10.77.0.50', '10.77.0.52'])
})

it('a hundred VIPs that go at once are taken away together', () => {
  expect(report.gone.left).toEqual(['10.77.0.50', '10.77.0.52'])
  expect(report.gone.transactions).toBeLessThanOrEqual(2)
})

it('nothing may be configured that the gate does not guard', () => {
  expect(report.refused).toEqual({ stays: null, goes: expect.stringContaining('the gate does not guard 10.77.0.51') as string })
})
