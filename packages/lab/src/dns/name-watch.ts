import type { Host } from '../network/host.ts'
import { startProbe } from '../probes/child.ts'

export interface NameWatchOptions {
  readonly name: string
  /** Addresses of name servers. */
  readonly authorities: readonly string[]
}

/** What each authority says of a name, and since when. */
export interface NameWatch {
  /** As each has said it, newest last. */
  readonly seen: readonly (readonly { readonly at: number; readonly value: string }[])[]
  /** When the last of them began to say so; null: one of them says something else. */
  allSince(value: string): number | null
  readonly broken: Promise<never>
  stop(): void
}

export async function startNameWatch({ namespace }: Pick<Host, 'namespace'>, options: NameWatchOptions): Promise<NameWatch> {
  const seen = options.authorities.map((): { at: number; value: string }[] => [])
  const onLine = ([kind, index, at, value]: readonly unknown[]): void => {
    if (kind === 'seen') seen[index as number]?.push({ at: at as number, value: value as string })
  }
  const probe = await startProbe({ namespace, module: '../dns/name-watch-process', argument: options, onLine })
  return {
    seen,
    allSince(value) {
      const latest = seen.map((one) => one.at(-1))
      return latest.every((one) => one?.value === value) ? Math.max(...latest.map((one) => one?.at ?? Infinity)) : null
    },
    broken: probe.broken,
    stop: () => probe.stop(),
  }
}
