import { BackendError } from '@movip/core/backend'
import type { Finding } from '@movip/core/backend'
import type { Document, Documents } from './documents.ts'
import { backendError } from './faults.ts'
import type { Identity } from './identity.ts'
import type { OwnInterface } from './own-interface.ts'
import { isSameId } from './resource-id.ts'

/** Where the interfaces of the nodes are: the resource group of their machines. */
export function scopeOf({ subscription, group }: Identity): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}`
}

/** This machine's interface as Azure has it. Throws `BackendError`. */
export async function readOwnNic(documents: Documents, identity: Identity, own: OwnInterface, signal: AbortSignal): Promise<Document> {
  const scope = scopeOf(identity)
  const asked = { permission: 'Microsoft.Network/networkInterfaces/read', resource: `the network interfaces of ${identity.group}` }
  const all = await documents
    .list(`${scope}/providers/Microsoft.Network/networkInterfaces`, { until: -Infinity, signal })
    .catch((error: unknown) => Promise.reject(backendError(error, asked)))
  const plain = (mac: unknown): string => String(mac).toLowerCase().replaceAll(/[:-]/g, '')
  const machineOf = ({ properties }: Document): string | undefined =>
    (properties['virtualMachine'] as { readonly id?: string } | undefined)?.id
  const found = all.find((one) => isSameId(machineOf(one), identity.resourceId) && plain(one.properties['macAddress']) === plain(own.mac))
  if (found !== undefined) return found
  throw new BackendError(
    'NOT_FOUND',
    `the network interface of ${own.device} is not in the resource group ${identity.group}`,
    'have the network interfaces of the nodes in the resource group of their machines',
  )
}

/** Azure drops what is not meant for an address that it has given itself, unless the interface forwards. */
export function forwardingFindings({ name, properties }: Document): readonly Finding[] {
  if (properties['enableIPForwarding'] === true) return []
  const message = `${name ?? 'the network interface'} does not forward IP: Azure drops what is sent to the overlay address`
  return [
    { severity: 'error', code: 'AZURE_NO_FORWARDING', message, fix: `az network nic update --name ${name ?? '…'} --ip-forwarding true` },
  ]
}
