import { z } from 'zod'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe } from '../kind.ts'
import { runProgram } from '../program.ts'

const unitForm = 'expected the name of a unit, such as nginx.service'
const schema = z.strictObject({
  unit: z
    .string({ error: unitForm })
    .regex(/^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]{0,254}$/, { error: unitForm })
    .describe('Name of the unit'),
})

/** Asks systemd whether a unit is active. */
export const systemdCheck = defineKind({ schema, means: 'program', probe: systemdProbe })

function systemdProbe({ unit }: z.infer<typeof schema>): Probe {
  return async (signal) => {
    const { code, stdout, stderr } = await runProgram(['systemctl', 'is-active', unit], { signal })
    if (code === 0) return good()
    return bad(`${unit} is ${stdout.trim() || `not known to be active: ${stderr.trim().split('\n')[0] ?? ''}`}`)
  }
}
