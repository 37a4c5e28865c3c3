import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { ProbeContext, ProbeResult } from '../kind.ts'
import { scriptCheck } from './script.ts'

const example = fileURLToPath(new URL('../../../../../examples/drbd', import.meta.url))
const context: ProbeContext = { node: 'a', group: 'files', interfaces: {}, addresses: [] }

function judged(...args: readonly string[]): Promise<ProbeResult> {
  return scriptCheck.open({ command: join(example, 'drbd'), args: ['r0', ...args] }, context)(new AbortController().signal)
}
const notCurrent = (why: string): ProbeResult => ({ ok: false, reason: `its data is not marked current: ${why}` })

const states: Readonly<Record<string, ProbeResult>> = {
  'up-to-date': { ok: true, reason: 'UpToDate' },
  'peer-inconsistent': { ok: true, reason: 'UpToDate' },
  connecting: { ok: true, reason: 'the other side is not there' },
  inconsistent: notCurrent('its disk is Inconsistent'),
  outdated: notCurrent('its disk is Outdated'),
  consistent: notCurrent('its disk is Consistent'),
  diskless: notCurrent('its disk is Diskless'),
  'stand-alone': notCurrent('StandAlone: the other side was refused (split brain?)'),
  'no-quorum': notCurrent('too few other sides are there: DRBD has no quorum'),
}

describe('the example for DRBD', () => {
  it.each(Object.entries(states))('judges the output %s', async (name, expected) => {
    expect(await judged(join(example, 'outputs', `${name}.txt`))).toEqual(expected)
  })

  it('is tested with every output there is', () => {
    expect(readdirSync(join(example, 'outputs')).toSorted()).toEqual(
      Object.keys(states)
        .map((name) => `${name}.txt`)
        .toSorted(),
    )
  })

  it('fails where the resource is not up, or drbdsetup is not there', async () => {
    expect(await judged('/dev/null')).toEqual({ ok: false, reason: 'r0 is not up here' })
    expect(await judged()).toEqual({ ok: false, reason: 'r0 is not up here' })
  })
})
