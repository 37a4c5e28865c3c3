import { describe, expect, it } from 'vitest'
import { changeTo } from './change.ts'
import type { Wanted } from './change.ts'
import { ownershipText } from './ownership.ts'
import type { Held } from './records.ts'

const paris = ['203.0.113.5']
const ireland = ['198.51.100.7']
const wanted: Wanted = {
  name: 'web.example.net',
  values: paris,
  ttlS: 30,
  known: [paris, ireland],
  cluster: 'shop',
  group: 'web',
  epoch: 17,
  isOwned: true,
  nowMs: Date.UTC(2026, 0, 1),
}
const owned = (epoch: number, more: object = {}): string =>
  ownershipText({ cluster: 'shop', group: 'web', epoch, sinceMs: Date.UTC(2025, 0, 1), ...more })
const nothing: Held = { values: [], ttlS: null, owner: [] }
const pointed = (values: readonly string[], owner: readonly string[] = [], ttlS = 30): Held => ({ values, ttlS, owner })

describe('a name', () => {
  it('that nobody has is written with a record of whose it is', () => {
    const owner = ['movip cluster=shop group=web epoch=17 since=2026-01-01T00:00:00.000Z']
    expect(changeTo(nothing, wanted)).toEqual({ values: paris, ttlS: 30, owner })
  })

  it('is left as it is where it says all of this already', () => {
    expect(changeTo(pointed(paris, [owned(17)]), wanted)).toBeNull()
    expect(changeTo(pointed(paris), { ...wanted, isOwned: false })).toBeNull()
  })

  it('is written under a new epoch though it points there, so that no late call of an older one is taken', () => {
    expect(changeTo(pointed(paris, [owned(16)]), wanted)?.owner).toEqual([owned(17)])
  })

  it.each([
    ['points elsewhere', pointed(ireland, [owned(17)])],
    ['has another TTL', pointed(paris, [owned(17)], 300)],
    ['has lost its record', pointed([], [owned(17)])],
    ['was pointed somewhere that is no place of the group', pointed(['192.0.2.1'], [owned(12)])],
  ])('of this group that %s is written', (_, held) => {
    expect(changeTo(held, wanted)).toMatchObject({ values: paris, ttlS: 30 })
  })

  it('that was written under a later epoch is left to that holder', () => {
    expect(() => changeTo(pointed(ireland, [owned(18)]), wanted)).toThrow('under epoch 18, which is later than 17')
  })

  it('that points at a place of the group is taken over from whoever wrote it by hand', () => {
    expect(changeTo(pointed(ireland), wanted)).toMatchObject({ values: paris })
    expect(changeTo(pointed(ireland), { ...wanted, isOwned: false })).toEqual(pointed(paris))
  })

  it.each([
    ['points at nothing of this group', pointed(['192.0.2.1']), 'points at 192.0.2.1, which is no value of this endpoint'],
    ['is that of another cluster', pointed(paris, [owned(3, { cluster: 'blog' })]), 'belongs to group web of cluster blog'],
    ['is that of another group', pointed(paris, [owned(3, { group: 'db' })]), 'belongs to group db of cluster shop'],
    ['has a text of somebody else beside it', pointed(paris, ['hello']), 'says "hello"'],
    ['has two records of whose it is', pointed(paris, [owned(3), owned(4)]), 'says "movip cluster=shop'],
  ])('that %s is refused as somebody else’s', (_, held, message) => {
    expect(() => changeTo(held, wanted)).toThrow(
      expect.objectContaining({ code: 'CONFLICT', message: expect.stringContaining(message) as string }),
    )
    expect(() => changeTo(held, { ...wanted, isOwned: false })).toThrow(message)
  })
})
