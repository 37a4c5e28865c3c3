import { expect, it } from 'vitest'
import type { UpgradeResult } from '../upgrade.ts'
import { upgradeView } from './upgrade.ts'

const result: UpgradeResult = {
  schemaVersion: 1,
  from: { version: '1.0.0', generation: 4 },
  to: { version: '1.1.0', generation: 6 },
  adopted: [{ group: 'web', epoch: 12 }],
  lost: null,
  pauseMs: 180,
  rehearsalMs: 90,
}
const view = (change: Partial<UpgradeResult>): string => upgradeView({ ...result, ...change }).join('\n')

it('an upgrade is told by versions, what was kept, and for how long the node was not heard', () => {
  expect(view({})).toContain('movip 1.0.0 (start 4) → 1.1.0 (start 6)')
  expect(view({})).toContain('web (epoch 12)')
  expect(view({})).toContain('not heard for 180 ms')
  expect(view({ adopted: [] })).toContain('nothing was held')
})

it('an upgrade that kept nothing says why', () => {
  expect(view({ adopted: [], lost: 'every lease has ended meanwhile', pauseMs: null })).toContain(
    'nothing was kept: every lease has ended meanwhile',
  )
})
