import { readFileSync } from 'node:fs'
import { BackendError } from '@movip/core/backend'
import type { Identity } from './identity.ts'

/** The network interface of this machine that traffic comes by. */
export interface OwnInterface {
  /** What the kernel calls it. */
  readonly device: string
  readonly mac: string
  /** The first address that Azure has given it. */
  readonly address: string
}

/** The interface of that name, which must be one that Azure knows. Throws `BackendError`. */
export function chooseInterface(
  { interfaces, name }: Identity,
  label: string,
  labels: Readonly<Record<string, string>>,
  macOf = (device: string): string => readFileSync(`/sys/class/net/${device}/address`, 'utf8').trim(),
): OwnInterface {
  const device = Object.hasOwn(labels, label) ? (labels[label] ?? label) : label
  const mac = plain(read(() => macOf(device)))
  const found = interfaces.find((one) => plain(one.mac) === mac)
  const [address] = found?.addresses ?? []
  if (found !== undefined && address !== undefined) return { device, mac: found.mac, address }
  const known = interfaces.map((one) => one.mac).join(', ')
  throw new BackendError(
    'NOT_FOUND',
    `${device} is no network interface that Azure has given to ${name} (it has: ${known})`,
    'correct interface of the endpoint',
  )
}

const plain = (mac: string): string => mac.toLowerCase().replaceAll(/[:-]/g, '')

function read(file: () => string): string {
  try {
    return file()
  } catch {
    return ''
  }
}
