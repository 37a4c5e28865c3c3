import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { applyEdit } from './mutant.ts'
import type { Edit } from './mutant.ts'

/** The sources of this package, seen from its sources as well as from what was built of them. */
export const sources = fileURLToPath(new URL('../../../src/', import.meta.url))
const modules = fileURLToPath(new URL('../../../../../node_modules', import.meta.url))

/** Makes a copy of the sources with the edits, lets it be used and takes it away again. */
export async function withPatchedCopy<T>(edits: readonly Edit[], use: (sourcesOfCopy: string) => Promise<T>): Promise<T> {
  if (!existsSync(join(sources, 'engine/engine.ts')))
    throw new Error(`there are no sources in ${sources}: planted bugs need a checkout of the repository, not the published package`)
  const folder = mkdtempSync(join(tmpdir(), 'movip-mutant-'))
  try {
    const copy = join(folder, 'src')
    cpSync(sources, copy, { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
    symlinkSync(modules, join(folder, 'node_modules'))
    for (const edit of edits) {
      const file = join(copy, edit.file)
      writeFileSync(file, applyEdit(readFileSync(file, 'utf8'), edit))
    }
    return await use(copy)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
