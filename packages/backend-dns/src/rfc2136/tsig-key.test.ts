import { expect, it } from 'vitest'
import { parseTsigKey } from './tsig-key.ts'

const secret = 'bW92aXA='

it.each([
  ['tsig-keygen', `key "movip" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`],
  ['keymgr of Knot', `# hmac-sha256:movip:${secret}\nkey:\n  - id: movip\n    algorithm: hmac-sha256\n    secret: ${secret}\n`],
])('a key is read as %s writes it', (_, text) => {
  expect(parseTsigKey(text, 'ddns')).toEqual({ name: 'movip', algorithm: 'hmac-sha256', secret: Buffer.from('movip') })
})

it.each([
  ['has no secret', 'key "movip" { algorithm hmac-sha256; };', 'the secret ddns has no secret of a key'],
  ['is something else', 'hello', 'has no name, no algorithm, no secret of a key'],
  [
    'is of an algorithm that is too weak',
    `key "movip" { algorithm hmac-md5; secret "${secret}"; };`,
    'is for hmac-md5, expected hmac-sha256 or hmac-sha512',
  ],
])('a key that %s is refused, and its secret not shown', (_, text, message) => {
  const refusal = (): unknown => parseTsigKey(text, 'ddns')
  expect(refusal).toThrow(message)
  expect(refusal).not.toThrow(secret)
})
