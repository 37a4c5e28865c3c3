import { expect, it } from 'vitest'
import { paceOf } from './pace.ts'
import { statusAnswer } from '../testing/answers.ts'

it('an endpoint that waits for a load balancer says how long a move takes, and the loss of a holder the lease more', () => {
  const answer = statusAnswer()
  const [first] = answer.runner
  const [endpoint] = first?.endpoints ?? []
  if (first === undefined || endpoint === undefined) throw new Error('the sample has an endpoint')
  const claimTakes = { ms: 10_300, why: 'the load balancer asks every 5 s and believes 2 good answers in a row' }
  const runner = [{ ...first, endpoints: [{ ...endpoint, describe: '/web', claimTakes }, endpoint] }]
  expect(paceOf({ runner }, first.group, 1000)).toEqual([{ endpoint: '/web', plannedMs: 10_300, lostMs: 11_300, why: claimTakes.why }])
  expect(paceOf(answer, first.group, 1000)).toEqual([])
})
