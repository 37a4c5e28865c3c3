import type { ClusterAnswer, MovesAnswer, StatusAnswer } from '@movip/core/client'

const fit = { level: 'fit', reasons: [] } as const

/** A daemon's answer: three nodes, one of them a witness, one group held by `a`. */
export function statusAnswer(engine: Partial<StatusAnswer['engine']> = {}): StatusAnswer {
  return {
    schemaVersion: 1,
    at: new Date().toISOString(),
    version: '0.1.0',
    uptimeMs: 7_200_000,
    engine: {
      node: 'b',
      incarnation: { dataId: 'x', generation: 1 },
      cluster: 'shop',
      term: 3,
      role: 'follower',
      coordinator: 'a',
      quorum: true,
      commit: 9,
      applied: 9,
      lastIndex: 9,
      voters: ['a', 'b', 'w'],
      storageFailing: null,
      configuration: { version: 2, hash: 'abcd' },
      maintenance: { drained: {}, paused: {}, pausedAll: null },
      nodes: [
        {
          id: 'a',
          site: 'paris',
          voter: true,
          witness: false,
          heardAgoMs: 42,
          latenessMs: 3,
          leaving: false,
          generation: 1,
          configHash: 'abcd',
        },
        {
          id: 'b',
          site: 'paris',
          voter: true,
          witness: false,
          heardAgoMs: 0,
          latenessMs: 1,
          leaving: false,
          generation: 1,
          configHash: 'abcd',
        },
        {
          id: 'w',
          site: 'office',
          voter: true,
          witness: true,
          heardAgoMs: 80,
          latenessMs: 2,
          leaving: false,
          generation: 1,
          configHash: 'abcd',
        },
      ],
      groups: [
        {
          id: 'web',
          holder: 'a',
          epoch: 7,
          cause: 'preferred',
          state: 'active',
          leaseMs: null,
          candidates: [
            { node: 'a', fitness: fit },
            { node: 'b', fitness: { level: 'unfit', reasons: ['link down on eth0'] } },
          ],
        },
      ],
      ...engine,
    },
    runner: [
      {
        group: 'web',
        epoch: null,
        state: null,
        endpoints: [{ id: 'arp-10.0.0.50/24', state: 'idle', lastError: 'no interface lan', describe: '10.0.0.50/24', unfit: null }],
      },
    ],
    transport: {
      connected: true,
      server: 'nats://127.0.0.1:4222',
      serverRestarts: 0,
      received: 1,
      sent: 1,
      dropped: { malformed: 0, foreign: 0, future: 0 },
      lastError: null,
    },
    scheduling: 'rr',
    memoryMb: 80,
  }
}

/** The configuration of the same cluster. */
export function clusterAnswer(cluster: Partial<ClusterAnswer['cluster']> = {}): ClusterAnswer {
  return {
    schemaVersion: 1,
    cluster: {
      name: 'shop',
      timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
      nodes: [
        { id: 'a', site: 'paris', address: '10.0.0.1', voter: true, witness: false },
        { id: 'b', site: 'paris', address: '10.0.0.2', voter: true, witness: false },
        { id: 'w', site: 'office', address: '10.0.1.1', voter: true, witness: true },
      ],
      groups: [{ id: 'web', mode: 'active-standby', nodes: ['a', 'b'], endpoints: [] }],
      ...cluster,
    },
  }
}

/** The one move that the same cluster remembers. */
export function movesAnswer(): MovesAnswer {
  const at = Date.parse('2026-01-01T00:00:00.000Z')
  const phases = { detectMs: 0, decideMs: 8, claimMs: 12, verifyMs: 1 }
  return { schemaVersion: 1, moves: [{ group: 'web', from: null, to: 'a', epoch: 7, cause: 'preferred', at, phases }] }
}
