import { forecast } from '@movip/core/forecast'
import { describe, expect, it } from 'vitest'
import { outageOf } from '../forecast/outage.ts'
import { clusterAnswer, statusAnswer } from '../testing/answers.ts'
import { simulateView } from './simulate.ts'

function view(...fail: readonly string[]): string {
  const { engine: status, at } = statusAnswer()
  const picture = { status, spec: clusterAnswer().cluster }
  const outage = outageOf(fail, picture.spec)
  const knower = { at, node: status.node, coordinator: status.coordinator }
  return simulateView({ schemaVersion: 1, view: knower, outage, ...forecast(picture, outage) }).join('\n')
}

describe('the view of a simulated outage', () => {
  it('shows who would serve what, and why', () => {
    expect(view('a')).toBe(`if a failed:
quorum: 2 voters (b, w) would be left, 2 must agree; b could coordinate
0 of 1 groups would move, 1 would be served by nobody, 0 would stay

GROUP  NOW  THEN    WHY
web    a    nobody  a is not heard; no other node can take it

as b sees it; a coordinates, and it alone knows who failed to bring it up of late`)
  })

  it('says that no quorum would be left', () => {
    expect(view('paris')).toContain('no quorum: 1 voter (w) would be left, 2 must hear each other; nothing could be moved')
  })

  it('only counts what would stay', () => {
    expect(view('w')).not.toContain('GROUP')
    expect(view('a:w')).toContain('if the link a:w failed:')
  })
})
