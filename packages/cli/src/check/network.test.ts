import { once } from 'node:events'
import { createServer } from 'node:net'
import { routePort, timingProfiles } from '@movip/core/config'
import type { NodeConfig } from '@movip/core/config'
import { expect, it } from 'vitest'
import { checkPeers } from './network.ts'
import type { ClusterSpec } from './run-checks.ts'

const here = '127.62.22.1'

it('looks for a peer where its address says, or at the usual port, wherever this node listens itself', async () => {
  const own = createServer((socket) => socket.destroy()).listen(0, here)
  await once(own, 'listening')
  const listening = own.address()
  if (listening === null || typeof listening === 'string') throw new Error('the server has no port')
  const node: NodeConfig = {
    file: '/nowhere/node.yaml',
    node: 'a',
    data: '/nowhere/data',
    bootstrap: '/nowhere/cluster.yaml',
    nats: [{ name: 'main', type: 'embedded', host: here, port: listening.port, secretFile: '/nowhere/secret' }],
    interfaces: {},
    api: { socket: '/nowhere/socket', mode: 0o600 },
    log: { level: 'info' },
  }
  const peer = (id: string, address: string): ClusterSpec['nodes'][number] => ({ id, site: 'here', address, voter: true, witness: false })
  const spec: ClusterSpec = {
    name: 'test',
    timing: { ...timingProfiles.lan, electionMs: 60_000 },
    nodes: [peer('a', here), peer('b', here), peer('c', `${here}:${listening.port}`)],
    groups: [],
  }
  const findings = await checkPeers(node, spec)
  own.close()
  expect(findings.map(({ code, message }) => [code, message])).toEqual([
    ['PEER_UNREACHABLE', expect.stringContaining(`b does not answer at ${here} port ${routePort}`)],
  ])
})
