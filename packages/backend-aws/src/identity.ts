import { MetadataService } from '@aws-sdk/ec2-metadata-service'
import { BackendError } from '@movip/core/backend'

/** One network interface of this instance, as the cloud knows it. */
export interface OwnInterface {
  readonly id: string
  readonly mac: string
  readonly subnet: string
  readonly vpc: string
  readonly deviceNumber: number
  /** The first is the primary one. */
  readonly ipv4: readonly string[]
}

/** What this machine is in the cloud. */
export interface Identity {
  readonly instance: string
  readonly region: string
  readonly zone: string
  readonly account: string
  readonly interfaces: readonly OwnInterface[]
}

/** Asks for one path below `latest/meta-data`. */
type Read = (path: string) => Promise<string>

const timeoutMs = 1000

/** Asks the instance's metadata (version 2: with a token). Throws `BackendError` where it does not answer. Never called while a group moves. */
export async function readIdentity(): Promise<Identity> {
  try {
    const service = new MetadataService({ httpOptions: { timeout: timeoutMs }, ec2MetadataV1Disabled: true })
    // The service puts its own slash before the path, and a token of its own beside it.
    return await identityFrom((path) => service.request(`latest/meta-data/${path}`, {}))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BackendError(
      'UNREACHABLE',
      `the instance metadata does not answer: ${why}`,
      'switch it on with a token: aws ec2 modify-instance-metadata-options --http-endpoint enabled --http-tokens required (and a hop limit of 2 in a container)',
      { cause },
    )
  }
}

async function identityFrom(read: Read): Promise<Identity> {
  const [instance, region, zone, macs] = await Promise.all(
    ['instance-id', 'placement/region', 'placement/availability-zone', 'network/interfaces/macs/'].map(read),
  )
  const names = (macs ?? '').split('\n').map((line) => line.trim().replace(/\/$/, ''))
  const interfaces = await Promise.all(names.filter((mac) => mac !== '').map((mac) => interfaceFrom(mac, read)))
  const [first] = interfaces.toSorted((one, other) => one.deviceNumber - other.deviceNumber)
  const account = first === undefined ? '' : await read(`network/interfaces/macs/${first.mac}/owner-id`)
  return { instance: instance ?? '', region: region ?? '', zone: zone ?? '', account, interfaces }
}

async function interfaceFrom(mac: string, read: Read): Promise<OwnInterface> {
  const at = (name: string): Promise<string> => read(`network/interfaces/macs/${mac}/${name}`)
  const [id = '', subnet = '', vpc = '', number = '', ipv4 = ''] = await Promise.all(
    ['interface-id', 'subnet-id', 'vpc-id', 'device-number', 'local-ipv4s'].map(at),
  )
  return { id, mac, subnet, vpc, deviceNumber: Number(number), ipv4: ipv4.split('\n').filter((ip) => ip !== '') }
}
