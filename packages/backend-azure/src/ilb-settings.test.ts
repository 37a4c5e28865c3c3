import type { LoadBalancer } from '@azure/arm-network'
import { describe, expect, it } from 'vitest'
import { askingOf, settingFindings, settingsOf } from './ilb-settings.ts'
import type { Wanted } from './ilb-settings.ts'

const wanted: Wanted = { door: { form: 'http', path: '/web' }, ports: [9650], address: '10.1.0.50', withinMs: 30_000 }

/** A load balancer as it should be. */
function good(): Required<Pick<LoadBalancer, 'name' | 'sku' | 'probes' | 'loadBalancingRules' | 'frontendIPConfigurations'>> {
  return {
    name: 'inside',
    sku: { name: 'Standard' },
    frontendIPConfigurations: [{ id: '/front', privateIPAddress: '10.1.0.50' }],
    probes: [
      {
        id: '/probe',
        name: 'movip',
        protocol: 'Http',
        port: 9650,
        requestPath: '/web',
        intervalInSeconds: 5,
        probeThreshold: 1,
        noHealthyBackendsBehavior: 'AllProbedDown',
      },
    ],
    loadBalancingRules: [{ name: 'all', probe: { id: '/PROBE' }, frontendIPConfiguration: { id: '/front' }, enableFloatingIP: true }],
  }
}

function codes(change: (balancer: ReturnType<typeof good>) => void, more: Partial<Wanted> = {}): readonly string[] {
  const balancer = good()
  change(balancer)
  const settings = settingsOf(balancer, 'ALL')
  if (settings === null) return ['no rule']
  return settingFindings(settings, { ...wanted, ...more }).map(({ severity, code }) => `${severity} ${code}`)
}

describe('a load balancer of Azure', () => {
  it('that is as it should be has nothing to be told of', () => {
    expect(codes(() => {})).toEqual([])
  })

  it.each<[string, (balancer: ReturnType<typeof good>) => void, readonly string[]]>([
    ['of the retired SKU', (b) => (b.sku = { name: 'Basic' }), ['error AZURE_BASIC_SKU']],
    ['for gateways', (b) => (b.sku = { name: 'Gateway' }), ['error AZURE_GATEWAY']],
    ['whose rule has no probe', (b) => delete b.loadBalancingRules[0]?.probe, ['error AZURE_NO_PROBE']],
    ['that asks at another port', (b) => (b.probes[0]!.port = 80), ['error AZURE_PROBE_ELSEWHERE']],
    ['that asks for another path', (b) => (b.probes[0]!.requestPath = '/'), ['error AZURE_PROBE_ELSEWHERE']],
    ['that asks by TCP', (b) => (b.probes[0]!.protocol = 'Tcp'), ['error AZURE_PROBE_ELSEWHERE']],
    [
      'that takes all for healthy when none is',
      (b) => (b.probes[0]!.noHealthyBackendsBehavior = 'AllProbedUp'),
      ['error AZURE_ALL_DOWN_IS_UP'],
    ],
    ['that is slower than promised', (b) => (b.probes[0]!.probeThreshold = 7), ['warning AZURE_SLOW']],
    [
      'with another address in front',
      (b) => (b.frontendIPConfigurations[0]!.privateIPAddress = '10.1.0.51'),
      ['error AZURE_FLOATING_OTHER_ADDRESS'],
    ],
    ['without floating IP', (b) => (b.loadBalancingRules[0]!.enableFloatingIP = false), ['error AZURE_NOT_FLOATING']],
    ['without the rule', (b) => (b.loadBalancingRules = []), ['no rule']],
  ])('%s is told of', (_, change, expected) => {
    expect(codes(change)).toEqual(expected)
  })

  it('with floating IP needs the address on the machine, and without it cannot lead a machine to itself', () => {
    expect(codes(() => {}, { address: undefined })).toEqual(['error AZURE_FLOATING_NO_ADDRESS'])
    expect(codes((b) => (b.loadBalancingRules[0]!.enableFloatingIP = false), { address: undefined })).toEqual(['warning AZURE_HAIRPIN'])
  })

  it('counts by probeThreshold, and by numberOfProbes only where there is none', () => {
    expect(askingOf({ intervalInSeconds: 5, numberOfProbes: 3, probeThreshold: 2 })).toMatchObject({ everyMs: 5000, rise: 2, fall: 2 })
    expect(askingOf({ intervalInSeconds: 5, numberOfProbes: 3 })).toMatchObject({ rise: 3 })
  })
})
