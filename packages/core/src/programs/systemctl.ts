import { z } from 'zod'
import { runProgram } from './run.ts'

export const systemctl = 'systemctl'

const unitForm = 'expected the name of a unit, such as nginx.service'

/** The name of a unit, with its type. */
export const unitName = z.string({ error: unitForm }).regex(/^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]{0,245}\.[a-z]+$/, { error: unitForm })

const asked = ['LoadState', 'ActiveState', 'SubState', 'Result', 'KillMode', 'ControlGroup', 'TasksCurrent']

/** What systemd tells of a unit; `trouble` where it does not answer. */
export async function propertiesOf(unit: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const argv = [systemctl, 'show', `--property=${asked.join(',')}`, '--', unit]
  const { code, stdout, words } = await runProgram({ argv, signal, env: { LC_ALL: 'C' }, life: 'tied' })
  if (code !== 0) return new Map([['trouble', words]])
  return new Map(
    stdout.split('\n').flatMap((line): [string, string][] => {
      const [, key, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? []
      return key === undefined || value === undefined ? [] : [[key, value]]
    }),
  )
}
