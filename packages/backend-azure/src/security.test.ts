import type { SecurityRule } from '@azure/arm-network'
import { expect, it } from 'vitest'
import { blockingRule } from './security.ts'

const inbound = (
  priority: number,
  access: 'Allow' | 'Deny',
  from: string,
  ports = '*',
  more: Partial<SecurityRule> = {},
): SecurityRule => ({
  name: `${access}-${priority}`,
  direction: 'Inbound',
  protocol: '*',
  priority,
  access,
  sourceAddressPrefix: from,
  destinationPortRange: ports,
  ...more,
})
/** As every security group has them. */
const defaults = [inbound(65_001, 'Allow', 'AzureLoadBalancer'), inbound(65_500, 'Deny', '*')]
const blocks = (...securityRules: SecurityRule[]): string | null =>
  blockingRule({ securityRules, defaultSecurityRules: defaults }, 9650)?.name ?? null

it.each<[string, SecurityRule[], string | null]>([
  ['lets probes in by itself', [], null],
  ['that denies everything keeps them out', [inbound(4000, 'Deny', '*')], 'Deny-4000'],
  ['that allows them first lets them in', [inbound(100, 'Allow', 'AzureLoadBalancer'), inbound(4000, 'Deny', '*')], null],
  ['that allows them only later keeps them out', [inbound(4001, 'Allow', 'AzureLoadBalancer'), inbound(4000, 'Deny', '*')], 'Deny-4000'],
  ['that denies another port lets them in', [inbound(100, 'Deny', '*', '22')], null],
  ['that denies a range with the port keeps them out', [inbound(100, 'Deny', '*', '9000-9999')], 'Deny-100'],
  [
    'that denies one of several ports keeps them out',
    [inbound(100, 'Deny', '*', undefined, { destinationPortRanges: ['80', '9650'] })],
    'Deny-100',
  ],
  ['that denies somebody else lets them in', [inbound(100, 'Deny', 'Internet')], null],
  ['that denies the address of the probes keeps them out', [inbound(100, 'Deny', '168.63.129.16')], 'Deny-100'],
  ['that denies UDP lets them in', [inbound(100, 'Deny', '*', '*', { protocol: 'Udp' })], null],
  ['that denies what goes out lets them in', [inbound(100, 'Deny', '*', '*', { direction: 'Outbound' })], null],
])('a security group %s', (_, rules, expected) => {
  expect(blocks(...rules)).toBe(expected)
})
