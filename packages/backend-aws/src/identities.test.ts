import { expect, it } from 'vitest'
import { createHandClock } from '@movip/core/testing'
import { Identities } from './identities.ts'
import type { Identity } from './identity.ts'

const identity = (instance: string): Identity => ({ instance, region: 'eu-west-1', zone: 'eu-west-1a', account: '1', interfaces: [] })

/** The answers of the metadata one after the other; null: it does not answer. */
function reading(...answers: readonly (string | null)[]): { readonly identities: Identities; readonly asked: () => number } {
  let asked = 0
  const identities = new Identities(() => {
    const answer = answers[asked++] ?? null
    return answer === null ? Promise.reject(new Error('no metadata')) : Promise.resolve(identity(answer))
  })
  return { identities, asked: () => asked }
}

it('what this machine is, is asked once for all who want to know it', async () => {
  const { identities, asked } = reading('i-1', 'i-2')
  await Promise.all([identities.get(), identities.get()])
  expect((await identities.get()).instance).toBe('i-1')
  expect(asked()).toBe(1)
})

it('a failure is not remembered', async () => {
  const { identities } = reading(null, 'i-1')
  await expect(identities.get()).rejects.toThrow('no metadata')
  expect((await identities.get()).instance).toBe('i-1')
})

it('whoever listens hears what is read from time to time, and a silence changes nothing', async () => {
  const { identities, asked } = reading('i-1', null, 'i-2')
  await identities.get()
  const clock = createHandClock()
  const heard: string[] = []
  const end = identities.listen(clock, ({ instance }) => void heard.push(instance))
  await clock.pass(60_000)
  expect([heard, (await identities.get()).instance]).toEqual([[], 'i-1'])
  await clock.pass(60_000)
  expect([heard, (await identities.get()).instance]).toEqual([['i-2'], 'i-2'])
  end()
  await clock.pass(600_000)
  expect(asked()).toBe(3)
})
