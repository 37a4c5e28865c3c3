import { networkInterfaces } from 'node:os'
import { BackendError } from '@movip/core/backend'
import type { Identity, OwnInterface } from './identity.ts'

/** One network interface as both know it: the cloud by its id, the kernel by its name. */
export interface Chosen {
  readonly own: OwnInterface
  readonly device: string
}

/** The interface that the configuration means: by a name of `node.yaml` or of the machine, or the first of the instance. Throws `BackendError`. */
export function chooseInterface({ interfaces }: Identity, wanted: string | undefined, labels: Readonly<Record<string, string>>): Chosen {
  const macs = Object.entries(networkInterfaces()).flatMap(([device, addresses = []]) => addresses.map(({ mac }) => ({ device, mac })))
  const [first] = interfaces.toSorted((one, other) => one.deviceNumber - other.deviceNumber)
  const name = wanted === undefined ? undefined : Object.hasOwn(labels, wanted) ? labels[wanted] : wanted
  const own = name === undefined ? first : interfaces.find(({ mac }) => macs.some((known) => known.device === name && known.mac === mac))
  const device = macs.find(({ mac }) => mac === own?.mac)?.device
  if (own !== undefined && device !== undefined) return { own, device }
  const there = interfaces.map(({ id, mac }) => `${id} (${macs.find((known) => known.mac === mac)?.device ?? 'no device'})`).join(', ')
  throw new BackendError(
    'NOT_FOUND',
    `${name ?? 'the first interface'} of this machine is no network interface of this instance`,
    `correct "interface", or "interfaces" in node.yaml; this instance has ${there}`,
  )
}
