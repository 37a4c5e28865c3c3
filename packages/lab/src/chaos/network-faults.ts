/** Faults between nodes: cuts in one direction or both, cables pulled once or all the time. The client is never cut off. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cut } from '../faults/links.ts'
import { deaf, isolate, mute } from '../faults/links.ts'
import type { Host } from '../network/host.ts'
import type { FaultKind } from './fault.ts'
import { atNode, HARMLESS } from './fault.ts'

const LENGTH_MS = [50, 12_000] as const
const FLAP_MS = [50, 500] as const

function cutting(name: string, what: string, cuts: (host: Host, others: readonly Host[]) => readonly Cut[]): FaultKind {
  return {
    name,
    weight: 2,
    lengthMs: LENGTH_MS,
    takes: ({ node }) => [`cuts ${node.name}`],
    reach: ({ node }) => ({ ...HARMLESS, nodes: [node.name] }),
    title: ({ node }) => `${node.name}: ${what}`,
    async inject({ lab }, { node }) {
      const chosen = cuts(node.host, lab.network.nodes)
      await lab.links.cut(chosen)
      return () => lab.links.heal(chosen)
    },
  }
}

function cuttingPair(name: string, what: string, cuts: (one: Host, other: Host) => readonly Cut[]): FaultKind {
  return {
    name,
    weight: 2,
    lengthMs: LENGTH_MS,
    takes: ({ node, other }) => [`cuts ${node.name}`, `cuts ${other.name}`],
    reach: ({ node, other }) => ({ ...HARMLESS, pairs: [[node.name, other.name]] }),
    title: ({ node, other }) => `${node.name} and ${other.name}: ${what}`,
    async inject({ lab }, { node, other }) {
      const chosen = cuts(node.host, other.host)
      await lab.links.cut(chosen)
      return () => lab.links.heal(chosen)
    },
  }
}

export const networkFaults: readonly FaultKind[] = [
  cutting('mute', 'the others do not hear it', mute),
  cutting('deaf', 'it does not hear the others', deaf),
  cutting('isolate', 'it and the others do not hear each other', isolate),
  cuttingPair('pair', 'they do not hear each other', (one, other) => [
    [one, other],
    [other, one],
  ]),
  cuttingPair('one-way', 'the latter does not hear the former', (one, other) => [[one, other]]),
  atNode('link', {
    name: 'unplug',
    what: 'its cable is pulled',
    weight: 2,
    lengthMs: LENGTH_MS,
    async inject({ lab }, { node }) {
      await lab.links.setLink(node.host, false)
      return () => lab.links.setLink(node.host, true)
    },
  }),
  atNode('link', {
    name: 'flap',
    what: 'its cable is pulled and plugged all the time',
    weight: 2,
    lengthMs: [500, 12_000],
    inject({ lab }, { node, random }) {
      const ended = new AbortController()
      const flapping = (async () => {
        for (let up = false; !ended.signal.aborted; up = !up) {
          await lab.links.setLink(node.host, up)
          await sleep(random.between(...FLAP_MS), undefined, { signal: ended.signal }).catch(() => {})
        }
      })()
      return Promise.resolve(async () => {
        ended.abort()
        await flapping
        await lab.links.setLink(node.host, true)
      })
    },
  }),
]
