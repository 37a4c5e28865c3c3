import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Report } from './testing/letting-go.ts'
import { TestNetwork } from './testing/network.ts'

const network = new TestNetwork('arpgo', ['a'])
const all = ['10.77.0.60', '10.77.0.61', 'fd77::60']
const done = { left: [], open: [], refused: [], extended: 0 }
const thrice = (what: string): readonly string[] => all.map(() => what)
let report: Report

beforeAll(() => {
  network.up()
  const file = fileURLToPath(new URL('./testing/letting-go.ts', import.meta.url))
  report = JSON.parse(network.on('a', `${process.execPath} ${file}`)) as Report
}, 30_000)
afterAll(() => network.down(), 30_000)

it('a holder that lets go under a running lease falls silent before it takes its addresses away', () => {
  expect(report.running).toEqual({ ...done, atFirst: all })
})

it('a holder whose lease has ended takes all its addresses away before it asks anything of a gate that somebody may have removed', () => {
  expect(report.over).toEqual({ ...done, atFirst: [] })
})

it('an address goes even if its gate cannot be shut, and is not called released', () => {
  expect(report.shutFails).toEqual({ ...done, atFirst: all, open: all, refused: thrice('no gate is shut') })
})

it('an address goes when its lease ends, however long shutting its gate takes', () => {
  expect(report.shutHangs).toEqual({ ...done, atFirst: all, stayedTooLong: false })
})

it('a gate is shut even if its address cannot be taken away', () => {
  expect(report.addressesStay).toEqual({ ...done, atFirst: all, left: all, refused: thrice('no address goes') })
})

it('a release of which nothing works tells of the first failure', () => {
  expect(report.runningAndBroken).toEqual({ ...done, atFirst: all, left: all, open: all, refused: thrice('no gate is shut') })
})

it('a renewal that was noted before the lease ended opens no gate of a holder that lets go', () => {
  expect(report.noted).toEqual({ ...done, atFirst: [] })
})
