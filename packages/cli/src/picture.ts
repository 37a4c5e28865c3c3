import type { Client, StatusAnswer } from '@movip/core/client'
import type { Picture } from '@movip/core/forecast'
import { CommandError, exitCodes } from './failure.ts'
import type { Viewpoint } from './views/explain.ts'

/** What the daemon of this node knows of the cluster at this moment. */
export async function readPicture(
  client: Pick<Client, 'status' | 'cluster'>,
): Promise<{ readonly picture: Picture; readonly view: Viewpoint; readonly answer: StatusAnswer }> {
  const [answer, { cluster }] = await Promise.all([client.status(), client.cluster()])
  const { at, engine } = answer
  return { answer, picture: { status: engine, spec: cluster }, view: { at, node: engine.node, coordinator: engine.coordinator } }
}

/** A name that the cluster does not have, and those that it has. */
export function unknownName(kind: 'group' | 'node', name: string, known: readonly string[]): CommandError {
  return new CommandError({
    exitCode: exitCodes.usage,
    code: `unknown-${kind}`,
    message: `the cluster has no ${kind} ${name}`,
    fix: known.length === 0 ? 'see what there is with: movip status' : `write one of ${known.join(', ')}`,
  })
}
