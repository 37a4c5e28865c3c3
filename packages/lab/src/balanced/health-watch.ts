import { dualHolderMs } from '../analysis/holders.ts'
import type { Evidence } from '../analysis/holders.ts'
import type { Host } from '../network/host.ts'
import { startProbe } from '../probes/child.ts'

/** Whom to ask, and where: by HTTP if there is a path. */
export interface Watched {
  readonly nodes: readonly { readonly name: string; readonly address: string }[]
  readonly door: { readonly port: number; readonly path?: string }
}

/** What nodes say of themselves, whatever a balancer makes of it. */
export interface HealthWatch {
  /** For how long two nodes said at once, since then, that they are well. */
  twoWellMs(fromMs: number): number
  readonly broken: Promise<never>
  stop(): void
}

const PITCH_MS = 20
const PAUSE_MS = 100

export async function startHealthWatch({ namespace }: Pick<Host, 'namespace'>, watched: Watched): Promise<HealthWatch> {
  const evidence: Evidence[] = []
  const onLine = ([kind, at, node]: readonly unknown[]): void => {
    if (kind === 'well') evidence.push({ at: at as number, node: node as string })
  }
  const argument = { ...watched, pitchMs: PITCH_MS }
  const probe = await startProbe({ namespace, module: '../balanced/health-watch-process', argument, onLine })
  return {
    twoWellMs: (fromMs) =>
      dualHolderMs(
        evidence.filter(({ at }) => at >= fromMs),
        { pitchMs: PITCH_MS, pauseMs: PAUSE_MS },
      ),
    broken: probe.broken,
    stop: () => probe.stop(),
  }
}
