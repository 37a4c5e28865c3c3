import { expect, it } from 'vitest'
import { obstacleTo } from './firewall.ts'
import type { Firewalls } from './firewall.ts'

const PROBES = ['35.191.0.0/16', '130.211.0.0/22']
type VpcRule = NonNullable<Firewalls['firewalls']>[number]
const rule = (name: string, more: VpcRule): VpcRule => ({ name, direction: 'INGRESS', priority: 1000, sourceRanges: PROBES, ...more })
const tcp = (...ports: string[]): NonNullable<VpcRule['allowed']> => [{ IPProtocol: 'tcp', ports }]
const letIn = rule('let-in', { allowed: tcp('9650') })
const policy = (type: string, action: string, srcIpRanges = ['0.0.0.0/0']): NonNullable<Firewalls['firewallPolicys']>[number] => ({
  type,
  shortName: 'company',
  rules: [{ direction: 'INGRESS', priority: 10, action, match: { srcIpRanges, layer4Configs: [{ ipProtocol: 'all' }] } }],
})

it.each<[string, Firewalls, string | null]>([
  ['with no rule keeps questions out', {}, '35.191.0.0/16: nothing lets it in'],
  ['that allows them lets them in', { firewalls: [letIn] }, null],
  [
    'that allows only one of the ranges keeps the other one out',
    { firewalls: [rule('half', { allowed: tcp('9650'), sourceRanges: ['35.191.0.0/16'] })] },
    '130.211.0.0/22: nothing lets it in',
  ],
  [
    'that allows everybody lets them in',
    { firewalls: [rule('all', { allowed: [{ IPProtocol: 'all' }], sourceRanges: ['0.0.0.0/0'] })] },
    null,
  ],
  [
    'that allows another port keeps them out',
    { firewalls: [rule('web', { allowed: tcp('80', '443') })] },
    '35.191.0.0/16: nothing lets it in',
  ],
  ['that allows a range of ports lets them in', { firewalls: [rule('high', { allowed: tcp('9000-9999') })] }, null],
  [
    'that allows UDP keeps them out',
    { firewalls: [rule('udp', { allowed: [{ IPProtocol: 'udp' }] })] },
    '35.191.0.0/16: nothing lets it in',
  ],
  ['that denies first keeps them out', { firewalls: [letIn, rule('shut', { denied: tcp(), priority: 900 })] }, '35.191.0.0/16: shut'],
  ['that denies later lets them in', { firewalls: [letIn, rule('shut', { denied: tcp(), priority: 1100 })] }, null],
  ['that denies with the same priority keeps them out', { firewalls: [letIn, rule('shut', { denied: tcp() })] }, '35.191.0.0/16: shut'],
  [
    'that denies a part of a range keeps it out',
    { firewalls: [letIn, rule('part', { denied: tcp(), priority: 1, sourceRanges: ['35.191.7.0/24'] })] },
    '35.191.0.0/16: part',
  ],
  [
    'of which what denies is disabled lets them in',
    { firewalls: [letIn, rule('shut', { denied: tcp(), priority: 1, disabled: true })] },
    null,
  ],
  [
    'of which what allows is about what goes out keeps them out',
    { firewalls: [rule('out', { allowed: tcp(), direction: 'EGRESS' })] },
    '35.191.0.0/16: nothing lets it in',
  ],
  [
    'below a policy that denies keeps them out',
    { firewalls: [letIn], firewallPolicys: [policy('HIERARCHY', 'deny')] },
    '35.191.0.0/16: company, priority 10',
  ],
  ['below a policy that allows lets them in', { firewallPolicys: [policy('HIERARCHY', 'allow')] }, null],
  [
    'below a policy that leaves it to the next one decides by itself',
    { firewalls: [letIn], firewallPolicys: [policy('HIERARCHY', 'goto_next')] },
    null,
  ],
  [
    'of which a policy of the network comes too late lets them in',
    { firewalls: [letIn], firewallPolicys: [policy('NETWORK', 'deny')] },
    null,
  ],
  ['of which only a policy of the network allows them lets them in', { firewallPolicys: [policy('NETWORK', 'allow', PROBES)] }, null],
])('a firewall of Google %s', (_, firewalls, expected) => {
  const obstacle = obstacleTo(firewalls, PROBES, 9650)
  expect(obstacle && `${obstacle.from}: ${obstacle.rule ?? 'nothing lets it in'}`).toBe(expected)
})
