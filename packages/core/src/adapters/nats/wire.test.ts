import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Beat, Message } from '../../model/index.ts'
import { nameOf } from './beat-parts.ts'
import { createDecoder, createEncoder, encodeMessage, encodeWants } from './wire.ts'
import type { Decoded } from './wire.ts'

const incarnation = { dataId: '1f0c', generation: 3 }
const spec = {
  name: 'shop',
  timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
  nodes: [{ id: 'a', site: 'x', address: '10.0.0.1', voter: true, witness: false }],
  groups: [
    {
      id: 'web',
      mode: 'active-standby' as const,
      nodes: ['a'],
      endpoints: [{ id: 'arp', backend: 'arp', at: 'x', options: { address: '10.0.0.50/24' } }],
    },
  ],
}
const beat: Beat = {
  type: 'beat',
  from: 'a',
  incarnation,
  sentAt: 12_345.678,
  leaseMs: 1000,
  voters: ['a', 'b', 'c'],
  term: 4,
  coordinator: 'a',
  commit: 77,
  matched: 77,
  holds: [{ group: 'web', epoch: 12, state: 'active' }],
  released: [{ group: 'mail', epoch: 9 }],
  echoes: ['a', 'b', 'c'].map((node) => ({ node, incarnation, sentAt: 1.5, denied: ['mail'] })),
  promises: [{ group: 'web', node: 'a', epoch: 12 }],
  asks: [],
  report: {
    fitness: Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`group-${at}`, { level: 'fit' as const, reasons: [] }])),
    leaving: false,
    latenessMs: 1.2,
    configHash: 'abc',
  },
}
const addressed = { from: 'a', incarnation, to: 'b', term: 4 }
const state = { spec, assignments: { web: { node: 'a', epoch: 12, cause: 'first' } }, bindings: { a: incarnation }, longestLeaseMs: 1000 }
const messages: Message[] = [
  beat,
  { ...beat, report: { ...beat.report, moved: [{ group: 'web', epoch: 12, agreeMs: 3, startMs: 40, claimMs: 5, verifyMs: 1 }] } },
  { type: 'vote-request', ...addressed, lastIndex: 7, lastTerm: 3, pre: true, transfer: false },
  { type: 'vote-answer', ...addressed, granted: true, pre: false },
  {
    type: 'append',
    ...addressed,
    prevIndex: 0,
    prevTerm: 0,
    commit: 1,
    entries: [
      { index: 1, term: 1, body: { type: 'noop' } },
      { index: 2, term: 1, body: { type: 'assign', group: 'web', node: null, cause: 'nobody is fit' } },
      { index: 3, term: 1, body: { type: 'cluster', spec } },
      { index: 4, term: 2, body: { type: 'bind', node: 'a', dataId: '1f0c', generation: 3 } },
      { index: 5, term: 2, body: { type: 'moved', reports: [{ group: 'web', epoch: 2, agreeMs: 3, failed: 'no such unit' }] } },
    ],
  },
  { type: 'append-answer', ...addressed, ok: false, index: 3 },
  { type: 'install-snapshot', ...addressed, snapshot: { index: 9, term: 2, state } },
  { type: 'timeout-now', ...addressed },
  { type: 'request', from: 'a', incarnation, to: 'b', id: 'r1', request: { type: 'switchover', group: 'web' } },
  { type: 'reply', from: 'b', incarnation, to: 'a', id: 'r1', reply: { ok: true, group: 'web', from: null, to: 'b', epoch: 13 } },
  { type: 'reply', from: 'b', incarnation, to: 'a', id: 'r2', reply: { ok: false, code: 'busy', message: 'another move is under way' } },
]
const decodeMessage = (cluster: string, bytes: Uint8Array): Decoded => createDecoder(cluster)(bytes)
const holdsOf = (decoded: Decoded): unknown =>
  decoded.verdict === 'message' && decoded.message.type === 'beat' ? decoded.message.holds : null
/** As the encoder would write a message, whatever its fields are. */
const written = (message: object): Uint8Array => encodeMessage('shop', message as Message)
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

test('a message over several planes arrives with its stamp, and one whose stamp is none is refused', () => {
  const stamp = { life: 'f00d', number: 7 }
  for (const message of messages)
    expect(decodeMessage('shop', encodeMessage('shop', message, stamp))).toEqual({ verdict: 'message', message, stamp })
  for (const wrong of [
    { life: '', number: 1 },
    { life: 'x', number: 0 },
    { life: 'x', number: 1.5 },
    { life: 'x'.repeat(65), number: 1 },
  ])
    expect(decodeMessage('shop', encodeMessage('shop', beat, wrong))).toEqual({ verdict: 'malformed' })
})

test('every kind of message arrives as it was sent', () => {
  for (const message of messages) expect(decodeMessage('shop', encodeMessage('shop', message))).toEqual({ verdict: 'message', message })
})

test('a message of another cluster is foreign, one of a later version is of the future, and both are told apart from damage', () => {
  expect(decodeMessage('other', encodeMessage('shop', beat)).verdict).toBe('foreign')
  expect(decodeMessage('shop', bytesOf({ v: 5, anything: 'goes' })).verdict).toBe('future')
  for (const damaged of [
    null,
    7,
    {},
    { v: 0 },
    { v: 3, cluster: 'shop', message: beat },
    { v: 4 },
    { v: 4, cluster: 'shop' },
    { v: '4', cluster: 'shop', message: beat },
  ]) {
    expect(decodeMessage('shop', bytesOf(damaged)).verdict).toBe('malformed')
  }
})

test('an unknown or a missing field, a number that cannot be, and a configuration of the wrong shape are refused', () => {
  const { sentAt: _, ...timeless } = beat
  const damaged = [
    { ...beat, extra: 1 },
    timeless,
    { ...beat, report: { ...beat.report, extra: 1 } },
    { ...beat, report: { ...beat.report, fitness: { web: { level: 'fit' } } } },
    { ...beat, holds: [{ group: 'web', epoch: 12, state: 'sleeping' }] },
    { ...beat, promises: [{ group: 'web', epoch: 12 }] },
    { ...beat, term: -1 },
    { ...beat, commit: 1.5 },
    { ...beat, sentAt: '5' },
    { ...messages[4], entries: [{ index: 3, term: 1, body: { type: 'cluster', spec: { ...spec, nodes: [{ id: 'a' }] } } }] },
    { ...messages[4], entries: [{ index: 0, term: 1, body: { type: 'noop' } }] },
  ]
  for (const message of damaged) expect(decodeMessage('shop', written(message)).verdict).toBe('malformed')
  const text = new TextDecoder().decode(written(beat))
  expect(decodeMessage('shop', new TextEncoder().encode(text.replace('12345.678', '1e999'))).verdict).toBe('malformed')
  expect(decodeMessage('shop', bytesOf({ v: 4, cluster: 'shop', message: beat })).verdict, 'a beat in one line').toBe('malformed')
})

test('options of an endpoint that nest so deep that writing them again would fail are refused', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)])
  const withOptions = (value: unknown): Uint8Array => {
    const endpoints = [{ id: 'arp', backend: 'arp', options: { value } }]
    const body = { type: 'cluster', spec: { ...spec, groups: [{ id: 'web', mode: 'active-standby', nodes: ['a'], endpoints }] } }
    return written({ ...messages[4], entries: [{ index: 1, term: 1, body }] })
  }
  expect(decodeMessage('shop', withOptions(nested(30))).verdict).toBe('message')
  expect(decodeMessage('shop', withOptions(nested(60))).verdict).toBe('malformed')
})

test('no bytes whatsoever make the decoder throw, and none but JSON of the right shape pass', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => decodeMessage('shop', bytes).verdict === 'malformed'),
    { numRuns: 500 },
  )
  fc.assert(
    fc.property(fc.json(), (json) => decodeMessage('shop', new TextEncoder().encode(json)).verdict !== 'message'),
    { numRuns: 500 },
  )
})

test('a valid message with some bytes changed is judged without throwing, and passes only with the shape of a message', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.constantFrom(...messages), changes, (message, edits) => {
      const bytes = encodeMessage('shop', message)
      for (const [at, byte] of edits) bytes[at % bytes.length] = byte
      const decoded = decodeMessage('shop', bytes)
      if (decoded.verdict !== 'message') return
      // What passed must survive the journey again unchanged: nothing was added, nothing lost.
      expect(decodeMessage('shop', encodeMessage('shop', decoded.message))).toEqual(decoded)
    }),
    { numRuns: 1000 },
  )
})

test('a field of a valid message replaced by any other value is judged without throwing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...messages), fc.nat(), fc.jsonValue(), (message, which, value) => {
      // What a beat tells of all groups is taken apart before it is written.
      const keys = Object.keys(message).filter((key) => !['report', 'holds', 'promises'].includes(key))
      decodeMessage('shop', written({ ...message, [keys[which % keys.length] ?? 'type']: value }))
    }),
    { numRuns: 1000 },
  )
})

test('a page of a beat that is any other value is judged without throwing', () => {
  const [line = '', ...pages] = new TextDecoder().decode(written(beat)).split('\n')
  const envelope = JSON.parse(line) as { beat: { parts: string[][] } }
  fc.assert(
    fc.property(fc.nat(3), fc.jsonValue(), (which, value) => {
      const text = JSON.stringify(value)
      const parts = envelope.beat.parts.with(which, [nameOf(text)])
      const news = JSON.stringify({ ...envelope, beat: { ...envelope.beat, parts } })
      decodeMessage('shop', new TextEncoder().encode([news, ...pages.with(which, text)].join('\n')))
    }),
    { numRuns: 1000 },
  )
})

test('beats of many nodes in turn arrive as they were sent, whatever was read before them', () => {
  const decode = createDecoder('shop')
  const change = fc.record({ from: fc.nat({ max: 19 }), term: fc.nat({ max: 3 }), sentAt: fc.nat(), denied: fc.subarray(['web', 'mail']) })
  fc.assert(
    fc.property(change, ({ from, term, sentAt, denied }) => {
      const echoes = [{ node: 'a', incarnation, sentAt: 1, denied }]
      const message: Beat = { ...beat, from: `n${from}`, term, sentAt, echoes }
      expect(decode(written(message))).toEqual({ verdict: 'message', message })
    }),
    { numRuns: 1000 },
  )
})

test('a part that did not change is the same object, whether or not it came along again', () => {
  const decode = createDecoder('shop')
  const first = decode(written(beat))
  const again = decode(written({ ...beat, sentAt: 99_999, term: 5 }))
  expect(again).toMatchObject({ message: { sentAt: 99_999, term: 5 } })
  expect(holdsOf(again)).toBe(holdsOf(first))
})

describe('a beat of very many groups', () => {
  const groups = Array.from({ length: 1000 }, (_, at) => `group-${at}`)
  const large: Beat = {
    ...beat,
    holds: groups.map((group, at) => ({ group, epoch: at + 1, state: 'active' })),
    promises: groups.map((group, at) => ({ group, node: 'a', epoch: at + 1 })),
    report: { ...beat.report, fitness: Object.fromEntries(groups.map((group) => [group, { level: 'fit', reasons: [] }])) },
  }
  const next = (changes: Partial<Beat> = {}): Beat => ({ ...large, sentAt: large.sentAt + 100, ...changes })

  test('says once what it says of them, and is short from then on', () => {
    const encoder = createEncoder('shop')
    const decode = createDecoder('shop')
    expect(encoder.encode(large).length).toBeGreaterThan(50_000)
    const bytes = encoder.encode(next())
    expect(bytes.length).toBeLessThan(2000)
    decode(encodeMessage('shop', large))
    expect(decode(bytes)).toEqual({ verdict: 'message', message: next() })
  })

  test('says anew what has changed, and nothing else', () => {
    const encoder = createEncoder('shop')
    const decode = createDecoder('shop')
    decode(encoder.encode(large))
    const message = next({ holds: large.holds.slice(1) })
    const bytes = encoder.encode(message)
    expect(decode(bytes)).toEqual({ verdict: 'message', message })
    expect(bytes.length).toBeLessThan(JSON.stringify(message.holds).length + 2000)
  })

  test('says anew of one group that has changed little more than that', () => {
    const encoder = createEncoder('shop')
    const decode = createDecoder('shop')
    decode(encoder.encode(large))
    const [holds, promises] = [large.holds.with(500, { group: 'group-500', epoch: 501, state: 'stuck' }), large.promises.slice(0, -1)]
    const message = next({ holds, promises })
    const bytes = encoder.encode(message)
    expect(decode(bytes)).toEqual({ verdict: 'message', message })
    expect(bytes.length).toBeLessThan(10_000)
  })

  test('of a node at rest is not forgotten page by page while others change', () => {
    const decode = createDecoder('shop')
    const [quiet, busy] = [createEncoder('shop'), createEncoder('shop')]
    decode(quiet.encode(large))
    let { promises } = large
    for (let round = 1; round <= 1200; round += 1) {
      promises = promises.with(round % 1000, { group: `group-${round % 1000}`, node: 'b', epoch: 100_000 + round })
      decode(busy.encode({ ...large, from: 'b', sentAt: large.sentAt + round, promises }))
      decode(quiet.encode({ ...large, sentAt: large.sentAt + round }))
    }
    const fitness = { ...large.report.fitness, 'group-5': { level: 'keep' as const, reasons: ['a test'] } }
    const message = next({ sentAt: large.sentAt + 5000, report: { ...large.report, fitness } })
    expect(decode(quiet.encode(message))).toEqual({ verdict: 'message', message })
  })

  test('lists nothing for who has not read what it lists: it counts as lost, and what is missing comes with the next one once that is asked for', () => {
    const encoder = createEncoder('shop')
    const decode = createDecoder('shop')
    const first = encoder.encode(large)
    const changed = next({ holds: large.holds.with(0, { group: 'group-0', epoch: 1, state: 'stuck' }) })
    decode(first)
    encoder.encode(changed)
    const after = { ...changed, sentAt: changed.sentAt + 100 }
    const decoded = decode(encoder.encode(after))
    expect(decoded).toMatchObject({ verdict: 'incomplete', from: 'a' })
    const missing = decoded.verdict === 'incomplete' ? decoded.missing : []
    expect(missing).toHaveLength(1)
    encoder.want(missing)
    expect(decode(encoder.encode(after))).toEqual({ verdict: 'message', message: after })
    expect(encoder.encode(after).length, 'once').toBeLessThan(2000)
  })

  test('says what it said before, where that is what it means again', () => {
    const encoder = createEncoder('shop')
    const decode = createDecoder('shop')
    for (const message of [large, next({ holds: [] }), next({ sentAt: large.sentAt + 200 })])
      expect(decode(encoder.encode(message))).toEqual({ verdict: 'message', message })
  })
})

test('a part is known by what it says: one that was garbled on its way is none of those that the beat names', () => {
  const text = new TextDecoder().decode(written(beat))
  const garbled = new TextEncoder().encode(text.replace('"term":4', '"term":5'))
  expect(decodeMessage('shop', garbled)).toMatchObject({ verdict: 'incomplete', from: 'a', missing: [expect.any(String)] })
  const decode = createDecoder('shop')
  decode(written(beat))
  expect(decode(garbled)).toEqual({ verdict: 'message', message: beat })
})

test('what somebody wants of a node arrives as it was sent, and in no other shape', () => {
  const wants = { from: 'b', to: 'a', parts: ['abcdefghijklmnopqrstuv'] }
  expect(decodeMessage('shop', encodeWants('shop', wants))).toEqual({ verdict: 'wants', wants })
  expect(decodeMessage('shop', encodeWants('shop', { ...wants, parts: ['short'] })).verdict).toBe('malformed')
  expect(decodeMessage('shop', encodeWants('shop', { ...wants, parts: Array<string>(500).fill('abcdefghijklmnopqrstuv') })).verdict).toBe(
    'malformed',
  )
})

test('an unknown field beside what is new in a beat is refused', () => {
  const [line = '', rest = ''] = new TextDecoder().decode(written(beat)).split('\n')
  const envelope = JSON.parse(line) as { beat: object }
  const strange = JSON.stringify({ ...envelope, beat: { ...envelope.beat, extra: 1 } })
  expect(decodeMessage('shop', new TextEncoder().encode(`${strange}\n${rest}`)).verdict).toBe('malformed')
})

test('a beat is decoded in well under 100 µs', () => {
  const bytes = encodeMessage('shop', beat)
  const decode = createDecoder('shop')
  const rounds = 2000
  const best = Math.min(
    ...Array.from({ length: 5 }, () => {
      const from = performance.now()
      for (let round = 0; round < rounds; round++) decode(bytes)
      return ((performance.now() - from) / rounds) * 1000
    }),
  )
  expect(best).toBeLessThan(100)
})
