import { expect, test } from 'vitest'
import { createPlaneWatch } from './plane-watch.ts'
import type { PlaneWatch } from './plane-watch.ts'

interface Stage {
  readonly watch: PlaneWatch
  readonly news: string[]
  /** Beats of a node, one every 100 ms for so long, over these planes. */
  beats(node: string, planes: readonly string[], forMs: number, life?: string): void
  sleep(ms: number): void
  missed(plane: string, node: string): number | null | undefined
}

function stage(nodes: Readonly<Record<string, readonly string[]>> = { b: ['main', 'back'] }): Stage {
  let now = 1000
  const news: string[] = []
  const watch = createPlaneWatch({
    planes: ['main', 'back'],
    nodes: new Map(Object.entries(nodes)),
    heartbeatMs: 100,
    onChange: ({ plane, node, state }) => news.push(`${plane} ${node} ${state} at ${now}`),
  })
  return {
    watch,
    news,
    beats(node, planes, forMs, life = 'x') {
      for (const end = now + forMs; now < end; now += 100) for (const plane of planes) watch.heard(plane, node, life, now)
    },
    sleep: (ms) => void (now += ms),
    missed: (plane, node) => watch.hearingOf(plane, now)[node]?.missedMs,
  }
}

test('a node that one plane no longer brings is missed there after three heartbeats, and is back with the first message', () => {
  const { beats, news, missed } = stage()
  beats('b', ['main', 'back'], 1000)
  beats('b', ['main'], 1000)
  expect(news).toEqual(['back b lost at 2300'])
  expect(missed('back', 'b')).toBe(1100)
  expect(missed('main', 'b')).toBeNull()
  beats('b', ['back', 'main'], 100)
  expect(news).toEqual(['back b lost at 2300', 'back b back at 3000'])
  expect(missed('back', 'b')).toBeNull()
})

test('a node that no plane brings any more is missed on none', () => {
  const { beats, news, sleep, missed } = stage()
  beats('b', ['main', 'back'], 1000)
  sleep(60_000)
  beats('b', ['main', 'back'], 1000)
  expect(news).toEqual([])
  expect(missed('back', 'b')).toBeNull()
})

test('a pause of this process is not taken for a silence, though one plane is read before the other after it', () => {
  const { beats, news, sleep, watch } = stage()
  beats('b', ['main', 'back'], 1000)
  sleep(10_000)
  for (let waiting = 0; waiting < 100; waiting++) watch.heard('main', 'b', 'x', 12_000)
  watch.heard('back', 'b', 'x', 12_000)
  beats('b', ['main', 'back'], 1000)
  expect(news).toEqual([])
})

test('the planes of a node that has just started may come up one after the other', () => {
  const { beats, news } = stage()
  beats('b', ['main'], 3000)
  beats('b', ['main', 'back'], 1000)
  beats('b', ['main'], 3000, 'next')
  beats('b', ['main', 'back'], 1000, 'next')
  expect(news).toEqual([])
})

test('a plane on which a node was never heard is missed after a while', () => {
  const { beats, missed } = stage()
  beats('b', ['main'], 7000)
  expect(missed('back', 'b')).toBeGreaterThan(6000)
})

test('what a slow plane still brings of an earlier life changes nothing', () => {
  const { beats, news, watch, missed } = stage()
  beats('b', ['main', 'back'], 1000, 'old')
  beats('b', ['main'], 6000, 'new')
  watch.heard('back', 'b', 'old', 8000)
  expect(news).toHaveLength(1)
  expect(missed('back', 'b')).toBeGreaterThan(5000)
})

test('nobody is missed on a plane from which this node itself is cut off, nor where a node has no address', () => {
  const { beats, news, watch } = stage({ b: ['main', 'back'], w: ['main'] })
  beats('b', ['main', 'back'], 1000)
  watch.setCutOff('back', true)
  beats('b', ['main'], 20_000)
  watch.setCutOff('back', false)
  beats('b', ['main'], 3000)
  beats('b', ['main', 'back'], 1000)
  beats('w', ['main'], 20_000)
  expect(news).toEqual([])
  expect(watch.hearingOf('back', 99_000)).not.toHaveProperty('w')
})

test('a node that has left the cluster, or never was in it, is not told of', () => {
  const { beats, watch, missed } = stage()
  beats('stranger', ['main'], 7000)
  beats('b', ['main'], 7000)
  expect(missed('back', 'b')).toBeGreaterThan(6000)
  watch.setNodes(new Map([['c', ['main']]]))
  expect(watch.hearingOf('main', 99_000)).toEqual({ c: { heardAgoMs: null, missedMs: null } })
})
