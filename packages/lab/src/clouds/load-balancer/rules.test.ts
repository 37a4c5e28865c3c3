import { expect, it } from 'vitest'
import type { BalancerConfig } from './config.ts'
import { balancingRules } from './rules.ts'

const config: BalancerConfig = {
  address: '10.99.0.80',
  probeSource: '168.63.129.16',
  backends: ['a', 'b', 'c'].map((name, index) => ({ name, address: `10.0.1.1${index}`, routerPort: `p-${name}` })),
  probe: { type: 'tcp', port: 80, intervalMs: 1000, timeoutMs: 500, healthyAfter: 1, unhealthyAfter: 1 },
  oldFlows: 'keep',
  allDown: 'drop',
}
const linesOf = (more: Partial<BalancerConfig>, ...healthy: readonly string[]): readonly string[] =>
  balancingRules({ ...config, ...more }, new Set(healthy)).split('\n')

it('new flows are spread over those that are healthy', () => {
  expect(linesOf({}, 'a', 'c')).toContain('meta mark set jhash ip saddr . th sport . th dport mod 2 map { 0 : 1, 1 : 3 }')
})

it('old flows stay with whoever had them, or only with those that are healthy', () => {
  expect(linesOf({}, 'b')).toContain('ct state established,related ct mark { 1, 2, 3 } meta mark set ct mark accept')
  expect(linesOf({ oldFlows: 'move' }, 'b')).toContain('ct state established,related ct mark { 2 } meta mark set ct mark accept')
})

it('where nobody is healthy, new flows go nowhere or to everybody', () => {
  expect(linesOf({})).toContain('counter drop')
  expect(linesOf({ allDown: 'all' })).toContain('meta mark set jhash ip saddr . th sport . th dport mod 3 map { 0 : 1, 1 : 2, 2 : 3 }')
})

it('an address of IPv6 is balanced by its own family', () => {
  expect(linesOf({ address: 'fd99::80' }, 'a')).toContain('ip6 daddr != fd99::80 accept')
})
