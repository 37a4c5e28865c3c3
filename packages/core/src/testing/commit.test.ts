import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commitOfSources } from './commit.ts'

let folder = ''
const git = (...args: readonly string[]): void =>
  void execFileSync('git', ['-C', folder, '-c', 'user.name=somebody', '-c', 'user.email=somebody@example.com', ...args])
const write = (file: string, text: string): void => writeFileSync(join(folder, file), text)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-commit-'))
  mkdirSync(join(folder, 'docs'))
  git('init', '--quiet')
  write('a.ts', 'a')
  git('add', 'a.ts')
  git('commit', '--quiet', '--message', 'first')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the commit of the sources', () => {
  it('is named alone where they are what was committed, also while a document is written', () => {
    expect(commitOfSources(folder)).toMatch(/^[0-9a-f]{40}$/)
    write('docs/report.json', '')
    expect(commitOfSources(join(folder, 'docs'))).toMatch(/^[0-9a-f]{40}$/)
  })

  it.each([
    ['changed', 'a.ts'],
    ['new', 'b.ts'],
  ])('is called dirty where a file is %s', (_what, file) => {
    write(file, 'b')
    expect(commitOfSources(join(folder, 'docs'))).toMatch(/^[0-9a-f]{40}-dirty$/)
  })

  it('is not known outside a clone', () => {
    rmSync(join(folder, '.git'), { recursive: true })
    expect(commitOfSources(folder)).toBeNull()
  })
})
