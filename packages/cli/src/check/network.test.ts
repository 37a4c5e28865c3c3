import { once } from 'node:events'
import { createServer } from 'node:net'
import { routePort, timingProfiles } from '@movip/core/config'
import type { NodeConfig } from '@movip/core/config'
import { expect, it } from 'vitest'
import { checkOwnAddress, checkPeers } from './network.ts'
import type { ClusterSpec } from './run-checks.ts'

const here = '127.62.22.1'

const plane = (name: string, port: number): NodeConfig['nats'][number] => ({
  name,
  type: 'embedded',
  host: here,
  port,
  secretFile: '/nowhere/secret',
})
const nodeOf = (...nats: NodeConfig['nats']): NodeConfig => ({
  file: '/nowhere/node.yaml',
  node: 'a',
  data: '/nowhere/data',
  bootstrap: '/nowhere/cluster.yaml',
  nats,
  interfaces: {},
  secrets: {},
  health: [],
  api: { socket: '/nowhere/socket', mode: 0o600 },
  drills: true,
  log: { level: 'info' },
})
type Member = ClusterSpec['nodes'][number]
const member = (id: string, address: string, addresses?: Readonly<Record<string, string>>): Member => ({
  id,
  site: 'here',
  address,
  ...(addresses === undefined ? {} : { addresses }),
  voter: true,
  witness: false,
})
const specOf = (nodes: readonly Member[]): ClusterSpec => ({
  name: 'test',
  timing: { ...timingProfiles.lan, electionMs: 60_000 },
  nodes,
  groups: [],
})

it('looks for a peer where its address says, or at the usual port, wherever this node listens itself', async () => {
  const own = createServer((socket) => socket.destroy()).listen(0, here)
  await once(own, 'listening')
  const listening = own.address()
  if (listening === null || typeof listening === 'string') throw new Error('the server has no port')
  const spec = specOf([member('a', here), member('b', here), member('c', `${here}:${listening.port}`)])
  const findings = await checkPeers(nodeOf(plane('main', listening.port)), spec)
  own.close()
  expect(findings.map(({ code, message }) => [code, message])).toEqual([
    ['PEER_UNREACHABLE', expect.stringContaining(`b does not answer at ${here} port ${routePort}`)],
  ])
})

it('looks for a peer in every plane in which it has an address, and names the plane', async () => {
  const [main, back] = ['127.62.22.2', '127.62.22.3']
  const spec = specOf([member('a', here), member('b', main, { main, back }), member('w', '127.62.22.4')])
  const findings = await checkPeers(nodeOf(plane('main', 6222), plane('back', 6223)), spec)
  expect(findings.map(({ message }) => message)).toEqual([
    expect.stringContaining(`b does not answer at ${main} port ${routePort} in the plane main`),
    expect.stringContaining(`w does not answer at 127.62.22.4 port ${routePort} in the plane main`),
    expect.stringContaining(`b does not answer at ${back} port ${routePort} in the plane back`),
  ])
})

it('tells of planes that only one of the two files knows, and of those that share an interface', async () => {
  const loopback = '127.0.0.1'
  const codes = async (nats: NodeConfig['nats'], addresses?: Readonly<Record<string, string>>): Promise<string[]> => {
    const findings = await checkOwnAddress(nodeOf(...nats), specOf([member('a', loopback, addresses)]))
    return findings.map(({ severity, code, message }) => `${severity} ${code}: ${message}`)
  }
  const [main, back] = [plane('main', 6222), plane('back', 6223)]
  expect(await codes([main])).toEqual([])
  expect(await codes([main, back], { main: loopback, back: '127.0.0.1:6223' })).toEqual([
    expect.stringMatching(/^warning PLANES_TOGETHER: .* main and back .* lo:/),
  ])
  expect(await codes([main, back])).toEqual([expect.stringMatching(/^warning PLANE_WITHOUT_ADDRESS: .* plane back/)])
  expect(await codes([main], { main: loopback, back: '127.0.0.1:6223' })).toEqual([
    expect.stringMatching(/^warning PLANE_WITHOUT_SERVER: .* plane back/),
    expect.stringMatching(/^warning PLANES_TOGETHER/),
  ])
})

it('looks for each of its addresses on this machine', async () => {
  const findings = await checkOwnAddress(
    nodeOf(plane('main', 6222), plane('back', 6223)),
    specOf([member('a', '127.0.0.1', { main: '127.0.0.1', back: '192.0.2.7' })]),
  )
  expect(findings).toMatchObject([{ severity: 'error', code: 'ADDRESS_NOT_HERE', message: expect.stringContaining('192.0.2.7') }])
})
