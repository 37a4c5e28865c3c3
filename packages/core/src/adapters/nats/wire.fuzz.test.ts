import fc from 'fast-check'
import { it } from 'vitest'
import { assertHolds } from '../../testing/fuzz/fuzz.ts'
import { mutatedBytes, mutatedJson } from '../../testing/fuzz/mutations.ts'
import { sampleMessages } from '../../testing/fuzz/samples.ts'
import { createDecoder, createEncoder, encodeMessage, type Decoded } from './wire.ts'

const corpus = new URL('../../../corpus/', import.meta.url)
const encoder = createEncoder('shop')
/** Each for who has read nothing before, alone and with a stamp, and as one node says them one after the other. */
const encoded = [
  ...sampleMessages.flatMap((message) => [encodeMessage('shop', message), encodeMessage('shop', message, { life: 'f00d', number: 7 })]),
  ...[...sampleMessages, ...sampleMessages].map((message) => encoder.encode(message)),
]
const lines = encoded.map((bytes) =>
  new TextDecoder()
    .decode(bytes)
    .split('\n')
    .map((line) => JSON.parse(line) as unknown),
)
const tokens = ['{"v":3,"cluster":"shop"}', '"v":4', '"v":1e9', '"cluster":"other"', '"type":"beat"', '__proto__', '1e999', '-0', '[', '{']
const input = fc.oneof(mutatedJson(fc, lines), mutatedBytes(fc, encoded, tokens), fc.constantFrom(...encoded))
/** Has read everything that this run ever made. */
const old = createDecoder('shop')

function assertSound(bytes: Uint8Array, verdicts: readonly Decoded[]): void {
  // A beat may name parts that only some have read: it says the same to all of them, and to the others nothing.
  const decoded = verdicts.find(({ verdict }) => verdict === 'message') ?? verdicts[0]
  const first = JSON.stringify(decoded)
  const others = verdicts.filter((verdict) => verdict.verdict !== 'incomplete' && JSON.stringify(verdict) !== first)
  if (decoded?.verdict !== 'incomplete' && others.length > 0)
    throw new Error(`what was read before changed the verdict: ${first} and ${others.map((other) => JSON.stringify(other)).join(' and ')}`)
  if (decoded?.verdict !== 'message') return
  const again = createDecoder('shop')(encodeMessage('shop', decoded.message, decoded.stamp))
  if (JSON.stringify(again) !== first) throw new Error(`what was let in does not survive being sent on: ${first}`)
  const { cluster } = JSON.parse(new TextDecoder().decode(bytes).split('\n', 1)[0] ?? '') as { cluster: unknown }
  if (cluster !== 'shop') throw new Error(`a message of cluster ${String(cluster)} was let in`)
}

it('messages from NATS: no bytes throw, hang or pile up, none are judged by what came before, and what is let in can be sent on unchanged', async () => {
  await assertHolds(fc, {
    name: 'nats-message',
    corpus,
    cases: fc.array(input, { minLength: 1, maxLength: 5 }),
    check(inputs) {
      const decode = createDecoder('shop')
      for (const bytes of inputs) {
        const before = Buffer.from(bytes)
        assertSound(before, [createDecoder('shop')(bytes), decode(bytes), decode(bytes), old(bytes)])
        if (!before.equals(bytes)) throw new Error('the decoder changed the bytes that it was given')
      }
    },
  })
})
