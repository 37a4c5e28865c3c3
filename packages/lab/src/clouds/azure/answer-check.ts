import { breaches } from './contract.ts'
import type { Json, Operation } from './contract.ts'
import type { World } from './world.ts'

/** The lab never tells what the vendor would not. */
export function checkAnswer(operation: Operation, status: number, body: Json | null, { newer }: World): void {
  const { id, statuses, response } = operation
  if (!statuses.includes(status)) throw new Error(`invariant: ${id} does not answer ${status}`)
  if (response === undefined || body === null) return
  const broken = breaches(response, body, { direction: 'answer', newer })
  if (broken.length > 0)
    throw new Error(`invariant: the answer of ${id} breaks its contract: ${broken.map(({ message }) => message).join('; ')}`)
}
