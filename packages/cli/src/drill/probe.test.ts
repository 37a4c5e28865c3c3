import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { outageIn, startProbe } from './probe.ts'

const answered = (at: number, tookMs = 1) => ({ at, answeredAt: at + tookMs })
const silent = (at: number) => ({ at, answeredAt: null })

it('an outage lasts from the first attempt that nobody answered to the next prompt answer', () => {
  expect(outageIn([answered(0), answered(20), answered(40)])).toBe(0)
  expect(outageIn([answered(0), silent(20), silent(40), answered(60), answered(80)])).toBe(41)
  expect(outageIn([silent(0), answered(20), silent(40), silent(60), silent(80), answered(100, 3)])).toBe(63)
})

it('an answer that had to wait for a new holder does not count as one', () => {
  expect(outageIn([answered(0), answered(20, 400), answered(40, 380), answered(420)])).toBe(401)
})

it('an outage without an end has none', () => {
  expect(outageIn([answered(0), silent(20)])).toBe(Infinity)
})

it('a port that is open answers, and so does one that is closed', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const open = startProbe({ host: '127.0.0.1', port })
  expect(await open.untilAnswered(10_000)).toBe(true)
  await open.stop()
  await new Promise((resolve) => server.close(resolve))
  const closed = startProbe({ host: '127.0.0.1', port })
  expect(await closed.untilAnswered(10_000)).toBe(true)
  expect((await closed.stop()).length).toBeGreaterThan(0)
})
