import type { GroupId, NodeId } from './ids.ts'

/** What people and their tools may be told of, DESIGN §1 for the words. */
export type NotifyMoment =
  /** The cluster's own, told by the coordinator. */
  | 'moved'
  | 'node-lost'
  | 'node-back'
  | 'drained'
  | 'resumed'
  | 'paused'
  | 'unpaused'
  | 'configured'
  /** One node's own, told by itself. */
  | 'active'
  | 'released'
  | 'stuck'
  | 'failed'
  | 'quorum-lost'
  | 'quorum-back'
  | 'warning'

/** Where notifications go. Secrets stand in `node.yaml` under the same name. */
export interface NotifyTarget {
  readonly id: string
  /** Absent: all. */
  readonly on?: readonly NotifyMoment[]
  /** Of what is about a group, only these; absent: all. */
  readonly groups?: readonly GroupId[]
  /** Only what is about one of these; absent: all. */
  readonly nodes?: readonly NodeId[]
  /** What happens within so long goes in one message. */
  readonly burstMs: number
  readonly perMinute: number
  /** One attempt may take so long. */
  readonly timeoutMs: number
  readonly via: NotifyVia
}

/** `ca`: file with the certificates of the authorities that are trusted instead of the system's. */
export type NotifyVia =
  /** `url` absent: it is itself a secret, in a file that `node.yaml` names. */
  | { readonly type: 'webhook'; readonly url?: string; readonly ca?: string }
  | {
      readonly type: 'mail'
      readonly host: string
      readonly port: number
      readonly tls: 'tls' | 'starttls' | 'none'
      readonly from: string
      readonly to: readonly string[]
      readonly ca?: string
    }
