import { BackendError } from '@movip/core/backend'

/** What this machine is in the cloud. */
export interface Identity {
  readonly name: string
  /** Of the virtual machine. */
  readonly resourceId: string
  readonly group: string
  readonly subscription: string
  /** Of each network interface, the primary one first. */
  readonly interfaces: readonly { readonly mac: string; readonly addresses: readonly string[] }[]
}

interface Answer {
  readonly compute: {
    readonly name: string
    readonly resourceId: string
    readonly resourceGroupName: string
    readonly subscriptionId: string
  }
  readonly network: {
    readonly interface: readonly {
      readonly macAddress: string
      readonly ipv4: { readonly ipAddress: readonly { readonly privateIpAddress: string }[] }
    }[]
  }
}

const URL_OF_INSTANCE = 'http://169.254.169.254/metadata/instance?api-version=2021-02-01'
const TIMEOUT_MS = 1000

/** Asks the machine's metadata. Throws `BackendError` where it does not answer. Never called while a group moves. */
export async function readIdentity(): Promise<Identity> {
  try {
    const response = await fetch(URL_OF_INSTANCE, { headers: { Metadata: 'true' }, signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (!response.ok) throw new Error(`it answers ${response.status}`)
    const { compute, network } = (await response.json()) as Answer
    return {
      name: compute.name,
      resourceId: compute.resourceId,
      group: compute.resourceGroupName,
      subscription: compute.subscriptionId,
      interfaces: network.interface.map(({ macAddress, ipv4 }) => ({
        mac: macAddress.toLowerCase(),
        addresses: ipv4.ipAddress.map(({ privateIpAddress }) => privateIpAddress),
      })),
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BackendError(
      'UNREACHABLE',
      `the instance metadata does not answer: ${why}`,
      'let this machine reach 169.254.169.254 directly, past every proxy',
      { cause },
    )
  }
}
