import { ControlPlane } from '../control-plane.ts'
import type { ControlPlaneOptions, Received, Vendor } from '../control-plane.ts'
import { writeAnswer, writeFault } from './answer.ts'
import { ec2 } from './contract.ts'
import { Ec2Fault } from './fault.ts'
import { readCall } from './query.ts'
import type { Call } from './query.ts'
import { isWrite, perform } from './service.ts'
import { signerOf } from './signature.ts'
import type { Keys } from './signature.ts'
import type { World } from './world.ts'

export interface Ec2Options extends Pick<ControlPlaneOptions<World, Call>, 'world' | 'onChange' | 'onBegun' | 'onCarried'> {
  readonly keys: readonly Keys[]
  /** What a principal must not do: names of operations. */
  readonly denied?: Readonly<Record<string, readonly string[]>>
}

/** The control plane of EC2. */
export function createEc2({ keys, denied = {}, ...options }: Ec2Options): ControlPlane<World, Call> {
  const vendor: Vendor<World, Call> = {
    async receive({ method, path, headers, body }, { region }) {
      const service = ec2.metadata.endpointPrefix
      const { principal } = await signerOf({ method, path, headers, body }, { region, service }, keys, Date.now())
      return { call: readCall(body, ec2), principal }
    },
    isWrite: ({ action, dryRun }) => isWrite(action) && !dryRun,
    perform(world, received, requestId) {
      refuseDenied(world, received, denied)
      const answer = writeAnswer(ec2, received.call.action, perform(world, received.call), requestId)
      return { ...answer, headers: XML }
    },
    refusalOf: (error, requestId) =>
      error instanceof Ec2Fault ? { code: error.code, answer: { ...writeFault(error, requestId), headers: XML } } : null,
    faultOf: (code, status) => new Ec2Fault(code, `${code} by a switch of the lab`, status),
  }
  return new ControlPlane({ vendor, ...options })
}

const XML = { 'content-type': 'text/xml;charset=UTF-8' }

function refuseDenied(
  { account }: World,
  { call: { action }, principal }: Received<Call>,
  denied: NonNullable<Ec2Options['denied']>,
): void {
  if (denied[principal]?.includes(action) !== true) return
  throw new Ec2Fault(
    'UnauthorizedOperation',
    `You are not authorized to perform this operation. User: arn:aws:iam::${account}:${principal} is not authorized to perform: ec2:${action}`,
  )
}
