/** One call, as far as a scenario wants to know it. */
export interface Call {
  /** The name that the vendor gives to the operation. */
  readonly action: string
  readonly input: unknown
}

/** What the service does wrong, or slowly, to calls that fit. */
export type Effect =
  /** Every answer takes so long, give or take the jitter. */
  | { readonly type: 'delay'; readonly ms: number; readonly jitterMs: number }
  /** It is carried out only when this is turned off, whatever becomes of who asked. */
  | { readonly type: 'held' }
  /** No answer ever, and nothing done. */
  | { readonly type: 'hang' }
  /** The connection ends without an answer; done or not. */
  | { readonly type: 'reset'; readonly applied: boolean }
  /** An error, done or not; with how long to wait, where the service says that. */
  | { readonly type: 'fault'; readonly code: string; readonly status?: number; readonly applied: boolean; readonly retryAfterS?: number }
  /** A change is accepted, and comes to nothing later: that is told to whoever asks about it. */
  | { readonly type: 'fails-later'; readonly code: string }
  /** A change is accepted, and is done only when this is turned off. */
  | { readonly type: 'endless' }
  /** Reads tell what was so long ago. */
  | { readonly type: 'stale'; readonly ms: number }

/** The calls that a scenario means. */
export interface Aim {
  /** Names of operations; absent: all. */
  readonly actions?: readonly string[]
  /** An id that the call must name, such as that of a table. */
  readonly about?: string
  /** Who must have signed. */
  readonly principal?: string
}

/** Something that a scenario does to the service. */
export interface Switch extends Aim {
  readonly effect: Effect
}

/** The switches that are on. */
export class Switches {
  private readonly on = new Map<Switch, PromiseWithResolvers<void>>()

  /** Returns how to turn it off again. */
  turnOn(wanted: Switch): () => void {
    const ended = Promise.withResolvers<void>()
    this.on.set(wanted, ended)
    return () => {
      this.on.delete(wanted)
      ended.resolve()
    }
  }

  /** Resolves once nothing holds this call. */
  async freed(call: Call, principal: string): Promise<void> {
    const holding = [...this.on].filter(([one]) => one.effect.type === 'held' && fits(one, call, principal))
    await Promise.all(holding.map(([, { promise }]) => promise))
  }

  /** What is to happen to this call, the last switch of a kind first. */
  effectsOn(call: Call, principal: string): { readonly [Type in Effect['type']]?: Extract<Effect, { readonly type: Type }> } {
    const fitting = [...this.on.keys()].filter((one) => fits(one, call, principal))
    return Object.fromEntries(fitting.map(({ effect }) => [effect.type, effect]))
  }
}

export function fits({ actions, about, principal }: Aim, call: Call, signer: string): boolean {
  if (actions !== undefined && !actions.includes(call.action)) return false
  if (principal !== undefined && principal !== signer) return false
  return about === undefined || JSON.stringify(call.input).includes(JSON.stringify(about))
}
