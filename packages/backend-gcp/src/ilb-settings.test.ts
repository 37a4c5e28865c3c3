import { expect, it } from 'vitest'
import { askingOf, settingFindings } from './ilb-settings.ts'
import type { BackendService, ForwardingRule, HealthCheck, Wanted } from './ilb-settings.ts'

const wanted: Wanted = { door: { form: 'http', path: '/web' }, ports: [9650], address: '10.132.0.50', withinMs: 30_000 }
const rule: ForwardingRule = { name: 'inside', IPAddress: '10.132.0.50', loadBalancingScheme: 'INTERNAL' }
const service: BackendService = {
  name: 'inside',
  failoverPolicy: { dropTrafficIfUnhealthy: true, disableConnectionDrainOnFailover: true },
  connectionTrackingPolicy: { connectionPersistenceOnUnhealthyBackends: 'NEVER_PERSIST' },
}
const check: HealthCheck = { name: 'movip', type: 'HTTP', httpHealthCheck: { port: 9650, requestPath: '/web' }, checkIntervalSec: 1 }

interface Changes {
  readonly rule?: ForwardingRule
  readonly service?: BackendService
  readonly check?: HealthCheck
}
const codes = (changes: Changes): readonly string[] =>
  settingFindings(
    { rule: { ...rule, ...changes.rule }, service: { ...service, ...changes.service }, check: { ...check, ...changes.check } },
    wanted,
  ).map(({ severity, code }) => `${severity} ${code}`)

it.each<[string, Changes, readonly string[]]>([
  ['that is as it should be has nothing to be told of', {}, []],
  ['of another scheme is told of', { rule: { loadBalancingScheme: 'EXTERNAL' } }, ['error GCP_NOT_INTERNAL']],
  ['with another address is told of', { rule: { IPAddress: '10.132.0.51' } }, ['error GCP_OTHER_ADDRESS']],
  [
    'that asks at another port is told of',
    { check: { httpHealthCheck: { port: 80, requestPath: '/web' } } },
    ['error GCP_CHECK_ELSEWHERE'],
  ],
  ['that asks by TCP is told of', { check: { type: 'TCP', tcpHealthCheck: { port: 9650 } } }, ['error GCP_CHECK_ELSEWHERE']],
  ['that asks by HTTPS is told of', { check: { type: 'HTTPS' } }, ['error GCP_CHECK_ELSEWHERE']],
  ['that is slower than promised is told of', { check: { checkIntervalSec: 20 } }, ['warning GCP_SLOW']],
  [
    'that leads to all when none is healthy is told of',
    { service: { failoverPolicy: { disableConnectionDrainOnFailover: true } } },
    ['error GCP_ALL_DOWN_IS_UP'],
  ],
  [
    'that drains is told of',
    { service: { failoverPolicy: { dropTrafficIfUnhealthy: true }, connectionDraining: { drainingTimeoutSec: 300 } } },
    ['warning GCP_DRAINS'],
  ],
  ['that keeps old flows is told of', { service: { connectionTrackingPolicy: null } }, ['warning GCP_OLD_FLOWS']],
])('a load balancer of Google %s', (_, changes, expected) => {
  expect(codes(changes)).toEqual(expected)
})

it('asks as Google does where nothing is said', () => {
  expect(askingOf({})).toMatchObject({ everyMs: 5000, rise: 2, fall: 2 })
})
