import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const fuzz = (...args: readonly string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('fuzz.ts', import.meta.url)), ...args], { encoding: 'utf8' })

describe('npm run fuzz', () => {
  it('puts as many cases before one target as were asked for, and ends with a line about it', { timeout: 60_000 }, () => {
    const { stdout, stderr, status } = fuzz('--target', 'vip', '--cases', '50', '--seed', '7')
    expect(stdout).toMatch(/^ok {6}vip {2}50 cases {2}\d+ ms\n$/)
    expect(stderr).toContain('fuzz vip: 50 of 50 cases')
    expect(stderr).not.toContain('frame')
    expect(status).toBe(0)
  })

  it('is refused with one sentence and how it is used where it names no target', () => {
    const { stdout, stderr, status } = fuzz('--target', 'nonsense')
    expect(stderr).toMatch(/^--target takes one of .*, not "nonsense"\n\nfuzz \[--target/)
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 })
  })
})
