import { z } from 'zod'
import { propertiesOf, unitName } from '../../programs/systemctl.ts'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe } from '../kind.ts'

const schema = z.strictObject({ unit: unitName.describe('Name of the unit') })

/** What counts as active for `systemctl is-active`, too. */
const activeStates: readonly (string | undefined)[] = ['active', 'reloading', 'refreshing']

/** Asks systemd whether a unit is active. */
export const systemdCheck = defineKind({ schema, means: 'program', probe: systemdProbe })

function systemdProbe({ unit }: z.infer<typeof schema>): Probe {
  return async (signal) => {
    const properties = await propertiesOf(unit, signal)
    const state = properties.get('ActiveState')
    if (activeStates.includes(state)) return good()
    return bad(`${unit} is ${state ?? `not known to be active: ${properties.get('trouble') ?? 'systemd says nothing of it'}`}`)
  }
}
