/** Faults of the network: a host's cable pulled, and frames between chosen hosts dropped, in each direction by itself. */
import { command } from '../command.ts'
import type { Host } from '../network/host.ts'
import type { Network } from '../network/network.ts'

/** Frames from the first host to the second are dropped. */
export type Cut = readonly [from: Host, to: Host]

export interface Links {
  /** Pulls or plugs the cable of a host at the switch: the host sees its carrier go. */
  setLink(host: Host, up: boolean): Promise<void>
  /** Adds cuts, all at one instant. What was cut twice must be healed twice. */
  cut(cuts: readonly Cut[]): Promise<void>
  /** Removes cuts, all at one instant; without an argument every one. */
  heal(cuts?: readonly Cut[]): Promise<void>
}

export function createLinks(network: Pick<Network, 'switch'>): Links {
  const active = new Map<string, number>()
  let loading: Promise<unknown> = Promise.resolve()
  /** One after the other, each with what is cut by then: the last to be done must not be one that knows less. */
  const load = (): Promise<void> => {
    const loaded = loading.then(async () => {
      const add = active.size === 0 ? '' : `add element bridge lab cut { ${[...active.keys()].join(', ')} }\n`
      await command('ip', ['netns', 'exec', network.switch, 'nft', '-f', '-'], `flush set bridge lab cut\n${add}`)
    })
    loading = loaded.catch(() => {})
    return loaded
  }
  const key = ([from, to]: Cut): string => `"${from.port}" . "${to.port}"`
  return {
    async setLink(host, up) {
      await command('ip', ['-n', network.switch, 'link', 'set', 'dev', host.port, up ? 'up' : 'down'])
    },
    async cut(cuts) {
      for (const cut of cuts) active.set(key(cut), (active.get(key(cut)) ?? 0) + 1)
      await load()
    },
    async heal(cuts) {
      if (cuts === undefined) active.clear()
      for (const cut of cuts ?? []) {
        const times = active.get(key(cut)) ?? 0
        if (times > 1) active.set(key(cut), times - 1)
        else active.delete(key(cut))
      }
      await load()
    },
  }
}

/** What the host sends to the others is dropped. */
export function mute(host: Host, others: readonly Host[]): readonly Cut[] {
  return others.filter((other) => other !== host).map((other) => [host, other])
}

/** What the others send to the host is dropped. */
export function deaf(host: Host, others: readonly Host[]): readonly Cut[] {
  return others.filter((other) => other !== host).map((other) => [other, host])
}

/** Nothing passes between the host and the others. */
export function isolate(host: Host, others: readonly Host[]): readonly Cut[] {
  return [...mute(host, others), ...deaf(host, others)]
}
