import { expect, it } from 'vitest'
import { LocalRoute } from './local-route.ts'

const made = 'local 10.132.0.50 dev ens4 scope host\nlocal 10.132.0.51 dev ens4 scope host\n'

function route(stdout: string, address = '10.132.0.50') {
  const calls: string[] = []
  const warnings: string[] = []
  const timers: (() => void)[] = []
  const silent = (): void => undefined
  const local = new LocalRoute({
    address,
    clock: { now: () => 0, at: (_, callback) => (timers.push(callback), () => void timers.splice(timers.indexOf(callback), 1)) },
    logger: { debug: silent, info: silent, error: silent, warn: (event) => void warnings.push(event) },
    ip: async (args) => {
      calls.push(args.join(' '))
      return { code: 0, stdout: args.includes('show') ? stdout : '' }
    },
  })
  return { local, calls, warnings, timers }
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it("the guest agent's local route for the address is taken away, and nobody else's", async () => {
  const { local, calls, warnings } = route(made)
  expect(await local.remove()).toBe(true)
  expect(calls).toEqual(['route show table local type local proto 66', 'route delete local 10.132.0.50 dev ens4 table local proto 66'])
  await local.remove()
  expect(warnings).toEqual(['gcp-local-route-removed'])
})

it('where there is none nothing is touched', async () => {
  const { local, calls } = route('local 10.132.0.5 dev ens4 scope host\n')
  expect(await local.remove()).toBe(false)
  expect(calls).toHaveLength(1)
})

it('that route is looked for again and again, until that is stopped', async () => {
  const { local, calls, timers } = route('')
  local.start()
  await settled()
  timers.splice(0)[0]?.()
  await settled()
  expect([calls.length, timers.length]).toEqual([2, 1])
  timers.splice(0)[0]?.()
  local.stop()
  await settled()
  expect(timers).toEqual([])
})
