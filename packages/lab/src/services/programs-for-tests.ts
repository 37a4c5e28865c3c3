import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for the programs that nodes start, and for what these leave there. */
export interface Programs {
  readonly folder: string
  /** Writes a shell script; returns its path. */
  script(name: string, text: string): string
  close(): void
}

export function createPrograms(): Programs {
  const folder = mkdtempSync(join(tmpdir(), 'movip-lab-programs-'))
  return {
    folder,
    script(name, text) {
      const path = join(folder, name)
      writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
      return path
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
