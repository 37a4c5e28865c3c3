import { expect, test } from 'vitest'
import { ilbOptions } from './ilb-options.ts'
import { aliasOptions } from './led-options.ts'

const alias = (zone: string): unknown => ({ address: '10.132.0.60', zones: [zone], interface: 'lan' })
const ilb = (region: string): unknown => ({ forwardingRule: 'inside', address: '10.132.0.50', interface: 'lan', path: '/web', region })

/** What is found wrong, each with its place. */
const complaints = (found: ReturnType<typeof aliasOptions.safeParse> | ReturnType<typeof ilbOptions.safeParse>): readonly string[] =>
  (found.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)

test.each(['europe-west1-b', 'northamerica-northeast2-c', 'us-central1-ai1a'])('%s is a zone', (zone) => {
  expect(complaints(aliasOptions.safeParse(alias(zone)))).toEqual([])
})

test.each(['europe-west1', 'europe', 'b', 'europe-west-b'])('%s is no zone', (zone) => {
  expect(complaints(aliasOptions.safeParse(alias(zone)))).toEqual(['zones.0: expected a zone, such as europe-west1-b'])
})

test('a zone stands for no region', () => {
  expect(complaints(ilbOptions.safeParse(ilb('europe-west1')))).toEqual([])
  expect(complaints(ilbOptions.safeParse(ilb('europe-west1-b')))).toEqual(['region: expected a region, such as europe-west1'])
})
