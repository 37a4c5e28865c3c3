import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { inHost } from '../network/host.ts'
import { startAzureLab } from './azure-lab.ts'
import { startGcpLab } from './gcp-lab.ts'

const azure = fileURLToPath(new URL('../../../backend-azure/dist/testing/contract.js', import.meta.url))
const gcp = fileURLToPath(new URL('../../../backend-gcp/dist/testing/contract.js', import.meta.url))

it.each([
  ['azure-route', '', { destination: '10.99.0.50/32' }],
  ['azure-ip', '', { address: '10.0.1.60' }],
  ['azure-ip', ' with a public IP', { address: '10.0.1.60' }],
])('%s%s keeps the contract of a backend', async (kind, more, own) => {
  const lab = await startAzureLab({ intervalS: 5, threshold: 1 })
  onTestFinished(() => lab.close())
  const routeTables = lab.network.plan.world.routeTables.map(({ id }) => id)
  const publicAddress = lab.network.plan.publicAddress.id
  const named = { ...(kind === 'azure-route' && { routeTables }), ...(more !== '' && { publicAddress }) }
  const options = { ...own, interface: 'lan', endpoint: lab.vnet.endpoint, ...named }
  const { file, args } = inHost(lab.network.host('n1').namespace, process.execPath, ['--test', azure])
  const env = { ...process.env, ...lab.trusting, MOVIP_KIND: kind, MOVIP_OPTIONS: JSON.stringify(options) }
  const { status, stdout } = spawnSync(file, args, { env, encoding: 'utf8', timeout: 60_000 })
  expect(status, stdout).toBe(0)
})

it.each([
  ['gcp-route', { destination: '10.99.0.50/32', network: 'lab' }],
  ['gcp-alias', { address: '10.0.1.60', zones: ['europe-west1-b', 'europe-west1-c', 'europe-west1-d'] }],
])('%s keeps the contract of a backend', async (kind, own) => {
  const lab = await startGcpLab({ intervalS: 5, timeoutS: 5, healthyAfter: 1, unhealthyAfter: 1 })
  onTestFinished(() => lab.close())
  const options = { ...own, interface: 'lan', endpoint: lab.gcp.endpoint }
  const { file, args } = inHost(lab.network.host('n1').namespace, process.execPath, ['--test', gcp])
  const env = { ...process.env, ...lab.trusting, MOVIP_KIND: kind, MOVIP_OPTIONS: JSON.stringify(options) }
  const { status, stdout } = spawnSync(file, args, { env, encoding: 'utf8', timeout: 60_000 })
  expect(status, stdout).toBe(0)
})

it.each([
  ['azure-ilb', azure, () => startAzureLab({ intervalS: 5, threshold: 1 })],
  ['gcp-ilb', gcp, () => startGcpLab({ intervalS: 5, timeoutS: 5, healthyAfter: 1, unhealthyAfter: 1 })],
] as const)('%s keeps the contract of a backend', async (kind, program, start) => {
  const lab = await start()
  onTestFinished(() => lab.close())
  const { backend, ...options } = lab.options
  expect(backend).toBe(kind)
  const { file, args } = inHost(lab.network.host('n1').namespace, process.execPath, ['--test', program])
  const env = { ...process.env, ...lab.trusting, MOVIP_KIND: kind, MOVIP_OPTIONS: JSON.stringify(options) }
  // The control plane answers from a process of its own.
  const { status, stdout } = spawnSync(file, args, { env, encoding: 'utf8', timeout: 60_000 })
  expect(status, stdout).toBe(0)
})
