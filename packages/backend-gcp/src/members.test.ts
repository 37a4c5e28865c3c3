import { expect, it } from 'vitest'
import { verdictOf } from './flip.ts'
import type { Told } from './flip.ts'
import { memberFindings } from './members.ts'
import type { MembersSeen } from './members.ts'

const told = (instance: string, address: string, isHealthy = false): Told => ({ instance, address, isHealthy })
const own = told('shop-a', '10.132.0.11')
const other = told('shop-b', '10.132.0.12')
const seen: MembersSeen = {
  told: [own, other],
  identity: { project: 'p', name: 'shop-a', zone: 'z', region: 'r', interfaces: [{ ip: '10.132.0.11', mac: '' }] },
  candidates: ['a', 'b'].map((node, index) => ({ node, addresses: [`10.132.0.${11 + index}`] })),
  node: 'a',
  service: 'inside',
}

it.each<[string, readonly Told[], readonly string[]]>([
  ['exactly the nodes of the group are has nothing to be told of', [own, other], []],
  ['this node is not never brings it traffic', [other], ['error GCP_NOT_BEHIND']],
  ['another node is not may lack it', [own], ['warning GCP_GROUP_LACKS']],
  ['somebody else is may bring traffic there', [own, other, told('web', '10.132.0.99')], ['warning GCP_GROUP_STRANGER']],
])('a service behind which %s', (_, all, expected) => {
  expect(memberFindings({ ...seen, told: all }).map(({ severity, code }) => `${severity} ${code}`)).toEqual(expected)
})

it('a flip is confirmed where exactly this instance is healthy', () => {
  const healthy = { ...own, isHealthy: true }
  expect(verdictOf([healthy, other], 'shop-a')).toBe('confirmed')
  expect(verdictOf([own, other], 'shop-a')).toMatchObject({ why: expect.stringContaining('unhealthy') })
  expect(verdictOf([healthy, { ...other, isHealthy: true }], 'shop-a')).toMatchObject({ why: expect.stringContaining('shop-b') })
})
