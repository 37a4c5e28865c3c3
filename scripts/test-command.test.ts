import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const test = (...args: readonly string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('test.ts', import.meta.url)), ...args], { encoding: 'utf8' })

describe('npm test', () => {
  it('is refused, and runs nothing, where it names a stage that does not exist', () => {
    const { stdout, stderr, status } = test('lint', 'nonsense')
    expect(stderr).toMatch(/^there is no stage "nonsense"\n\ntest \[STAGE \.\.\.\]/)
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 })
  })

  it('names its stages when it is asked for help', () => {
    const { stdout, status } = test('--help')
    expect(stdout).toContain('build, lint, format, deadcode, unit')
    expect(status).toBe(0)
  })
})
