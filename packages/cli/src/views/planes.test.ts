import { expect, it } from 'vitest'
import { statusAnswer } from '../testing/answers.ts'
import { checkThroughDaemon } from '../check/through-daemon.ts'
import { planeLines, planeWarnings } from './planes.ts'

const { transport } = statusAnswer()
type Plane = NonNullable<typeof transport.planes>[number]

const heard = { heardAgoMs: 40, missedMs: null }
const main: Plane = {
  name: 'main',
  kind: 'embedded',
  connected: true,
  sinceMs: 7_200_000,
  server: '127.0.0.1:21000',
  serverRestarts: 0,
  sent: 9,
  lastError: null,
  nodes: { a: heard, w: heard },
}
const back: Plane = { ...main, name: 'back', nodes: { a: heard, w: { heardAgoMs: 65_000, missedMs: 64_000 } } }
const own: Plane = {
  ...main,
  name: 'own',
  kind: 'external',
  connected: false,
  sinceMs: 3000,
  server: null,
  lastError: 'connection refused',
  nodes: { a: { heardAgoMs: 3100, missedMs: null }, w: { heardAgoMs: null, missedMs: null } },
}

it('each plane is named with its state and with the nodes that are heard over it', () => {
  expect(planeLines({ ...transport, planes: [main, back, own] }, 5000)).toEqual([
    'PLANE  NATS        STATE              HEARD',
    'main   own server  connected for 2 h  all',
    'back   own server  connected for 2 h  a',
    'own    your NATS   cut off for 3.0 s  -',
    '',
  ])
})

it('a node that has fallen silent everywhere is named by no plane, and missed by none', () => {
  const silent = { a: heard, w: { heardAgoMs: 60_000, missedMs: null } }
  const planes = [main, back].map((plane) => ({ ...plane, nodes: silent }))
  expect(planeLines({ ...transport, planes }, 5000).slice(1)).toEqual([
    'main   own server  connected for 2 h  a',
    'back   own server  connected for 2 h  a',
    '',
  ])
  expect(planeWarnings({ ...transport, planes })).toEqual([])
})

it('a lost plane and a node that one plane no longer brings are warnings with their time', () => {
  expect(planeWarnings({ ...transport, planes: [main, back, own] })).toEqual([
    'w is not heard over plane back for 1 min; other planes bring what it says',
    'cut off from plane own for 3.0 s: connection refused; other planes serve',
  ])
})

it('nothing is said of planes where there is but one, or by a daemon that knows of none', () => {
  for (const planes of [[main], []]) {
    expect(planeLines({ ...transport, planes }, 5000)).toEqual([])
    expect(planeWarnings({ ...transport, planes })).toEqual([])
  }
  expect(planeLines(transport, 5000)).toEqual([])
})

it('movip check warns of a lost plane, and that is no error', () => {
  const answer = { ...statusAnswer(), runner: [], transport: { ...transport, planes: [main, own] } }
  expect(checkThroughDaemon(answer)).toMatchObject([{ severity: 'warning', code: 'PLANE_LOST' }])
})
