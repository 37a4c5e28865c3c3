import { expect, it } from 'vitest'
import { asAwsWrites } from './cidr.ts'
import plugin from './index.ts'

it.each([
  ['FD99:0:0::50/128', 'fd99::50/128'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['10.99.0.50/32', '10.99.0.50/32'],
])('%s is compared as %s, which is how AWS writes it', (text, written) => {
  expect(asAwsWrites(text)).toBe(written)
})

it('an address is the same claim however it is written', () => {
  const claims = (destination: string): unknown =>
    plugin.kinds['aws-route']?.claims?.({ destination, routeTables: ['rtb-0123456789abcdef0'] } as never)
  expect(claims('FD99:0::50/128')).toEqual(claims('fd99::50/128'))
})
