import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CloudControl } from '../cloud-control.ts'
import type { CloudNetwork } from '../network/cloud-network.ts'

export type LedMode = 'azure-route' | 'azure-ip' | 'azure-ip of a public IP' | 'gcp-route' | 'gcp-alias'

/** The hand of a scenario on the control plane. */
export type Control = Pick<CloudControl<never>, 'turnOn' | 'begun' | 'call' | 'setMetadata'>

/** The cloud of such a site. */
export interface LedCloud {
  readonly control: Control
  readonly network: CloudNetwork
  readonly endpoint: object
  /** By which clients find it, and under which it arrives. */
  readonly vip: string
  readonly arrivesAs: readonly string[]
  /** Namespace of the client. */
  readonly clientAt: string
  readonly trusting: Readonly<Record<string, string>>
  leads(): Promise<readonly string[]>
  /** Somebody else takes away, past movip, what leads to whoever holds the group. */
  takeAway(): Promise<void>
  /** The calls by which a node leads there, and what names that node in them. */
  readonly writes: { readonly action: string; about(node: string): string }
  stop(): void
}

export const OVERLAY = '10.99.0.50'
export const SECONDARY = '10.0.1.60'
/** As published measurements of such changes have it, and somewhat more. */
export const OPERATION_MS = 300

/** What a program is run with so that it trusts a control plane of the lab. */
export function trustIn(network: CloudNetwork, ca: string): Readonly<Record<string, string>> {
  const file = join(network.folder.path, 'cloud.pem')
  writeFileSync(file, ca)
  return { NODE_EXTRA_CA_CERTS: file }
}
