import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allMutants } from './all-mutants.ts'
import { applyEdit } from './mutant.ts'
import { sources } from './patched-copy.ts'

describe('a planted bug', () => {
  it.each(allMutants.map((mutant) => [mutant.name, mutant] as const))(
    'changes the sources at the places it names: %s',
    (_name, { edits }) => {
      const files = new Map<string, string>()
      for (const edit of edits) {
        const before = files.get(edit.file) ?? readFileSync(join(sources, edit.file), 'utf8')
        const after = applyEdit(before, edit)
        expect(after).not.toBe(before)
        files.set(edit.file, after)
      }
    },
  )

  it('has a name of its own', () => {
    expect(new Set(allMutants.map(({ name }) => name)).size).toBe(allMutants.length)
  })

  it('is refused where its text stands nowhere, or more than once', () => {
    const edit = { file: 'a.ts', text: 'x', instead: 'y' }
    expect(() => applyEdit('z', edit)).toThrow(/0 times/)
    expect(() => applyEdit('x x', edit)).toThrow(/2 times/)
    expect(applyEdit('$x', { ...edit, instead: '$&' })).toBe('$$&')
  })
})
