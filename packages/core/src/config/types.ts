import type { PlaneName } from '../model/index.ts'

/** `node.yaml` after validation: what is particular to this machine. Paths are absolute, secrets are still references. */
export interface NodeConfig {
  /** The file it came from. */
  readonly file: string
  readonly node: string
  readonly data: string
  /** `cluster.yaml` for the first start of a new cluster. */
  readonly bootstrap: string
  /** The networks that messages go over; at least one, each with another name. */
  readonly nats: readonly NatsPlane[]
  readonly interfaces: Readonly<Record<string, string>>
  /** By name: files with what endpoints need and `cluster.yaml` must not say. */
  readonly secrets: Readonly<Record<string, string>>
  readonly api: { readonly socket: string; readonly mode: number }
  /** Where the daemon answers those who ask how it is, such as load balancers; none: nowhere. */
  readonly health: readonly { readonly host: string; readonly port: number }[]
  /** Whether drills may strike this node. */
  readonly drills: boolean
  /** By name: files with what fence agents must be told and `cluster.yaml` must not say. */
  readonly fence?: { readonly secrets: Readonly<Record<string, string>> }
  /** The kernel's watchdog that ends what movip cannot. */
  readonly watchdog?: { readonly device: string; readonly timeoutMs: number; readonly stuckMs: number }
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' }
  /** What targets of notifications need and nobody else may know, by their names; absent where there is nothing. */
  readonly notify?: Readonly<Record<string, NotifySecrets>>
}

/** Files that only their owner may read. */
export interface NotifySecrets {
  /** Signs messages to a webhook. */
  readonly secretFile?: string
  /** With the URL of a webhook. */
  readonly urlFile?: string
  readonly user?: string
  readonly passwordFile?: string
}

/** One of the networks that every message is sent over. Its name is the same on all nodes. */
export type NatsPlane = NatsConfig & { readonly name: PlaneName }

export type NatsConfig =
  | {
      readonly type: 'embedded'
      readonly host: string
      readonly port: number
      /** File with the cluster's shared secret, not readable by others. */ readonly secretFile: string
      readonly tls?: TlsFiles
    }
  | { readonly type: 'external'; readonly servers: readonly string[]; readonly auth: NatsAuth; readonly tls?: TlsFiles }

export type NatsAuth =
  | { readonly type: 'none' }
  | { readonly type: 'credentials'; readonly file: string }
  | { readonly type: 'nkey'; readonly seedFile: string }
  | { readonly type: 'password'; readonly user: string; readonly passwordFile: string }

export interface TlsFiles {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}
