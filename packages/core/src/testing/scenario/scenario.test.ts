import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { replay } from './scenario.ts'
import { formatScript, parseScript } from './script.ts'

const folder = new URL('../../../scenarios/', import.meta.url)
const scripts = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .toSorted()

describe('scenario scripts', () => {
  it.each(scripts)('%s leaves the recorded trace', (name) => {
    const file = new URL(name, folder)
    const text = readFileSync(file, 'utf8')
    const now = formatScript(replay(text))
    if (process.env['UPDATE_TRACES'] === '1') writeFileSync(file, now)
    else expect(now).toBe(formatScript(parseScript(text)))
  })

  it('exist', () => {
    expect(scripts.length).toBeGreaterThan(0)
  })
})
