import { access, constants, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Finding } from '@movip/core/backend'
import type { ClusterSpec } from './run-checks.ts'

type Check = NonNullable<ClusterSpec['groups'][number]['checks']>[number]

/** Whether the programs are there which the checks of this node's groups run. */
export async function checkPrograms(node: string, spec: ClusterSpec): Promise<Finding[]> {
  const mine = spec.groups.filter(({ nodes }) => nodes.includes(node))
  const found = mine.flatMap(({ id, checks = [] }) => checks.map((check) => troubleOf(id, check)))
  return (await Promise.all(found)).flat()
}

async function troubleOf(group: string, check: Check): Promise<Finding[]> {
  const program = programOf(check)
  if (program === null || (await canRun(program))) return []
  const isOwn = isAbsolute(program)
  return [
    {
      severity: 'error',
      code: 'CHECK_PROGRAM_MISSING',
      message: `${group}: check ${check.id} runs ${program}, which is not on this node or cannot be run by this user`,
      fix: isOwn
        ? `put it there and make it executable: chmod 755 ${program}`
        : `install the package that has ${program}, or remove the check`,
    },
  ]
}

function programOf({ kind, options }: Check): string | null {
  if (kind === 'ping') return 'ping'
  if (kind === 'systemd') return 'systemctl'
  return kind === 'script' ? String(options['command']) : null
}

async function canRun(program: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '')
  const places = isAbsolute(program) ? [program] : folders.map((folder) => join(folder, program))
  const usable = await Promise.all(places.map((place) => isProgram(place)))
  return usable.includes(true)
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
