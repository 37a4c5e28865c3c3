import type { StatusAnswer } from '@movip/core/client'
import { paint } from './table.ts'

type Group = StatusAnswer['engine']['groups'][number]
export type Suspects = NonNullable<Group['suspects']>

/** For whom a group waits that asks for a fence. Whoever holds it now stops what it has left itself. */
export function suspectLines(group: string, holder: string | null, suspects: Suspects = []): string[] {
  return suspects
    .filter(({ node }) => node !== holder)
    .map(({ node, epoch, isHeard, state }) => {
      const standing = isHeard ? (state ?? 'heard, and says nothing of it') : 'not heard'
      return paint('red', `  ${group}: starts nowhere before ${node} has let go of epoch ${epoch} or is off (${standing})`)
    })
}
