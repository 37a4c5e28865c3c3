import { ControlPlane } from '../control-plane.ts'
import type { Vendor } from '../control-plane.ts'
import { escape } from './answer.ts'
import { Ec2Fault } from './fault.ts'
import { signerOf } from './signature.ts'
import type { Keys } from './signature.ts'

/** A role that others may take on. */
export interface Role {
  /** `arn:aws:iam::123456789012:role/network` */
  readonly arn: string
  /** Principals that it trusts. */
  readonly trusts: readonly string[]
}

export interface StsWorld {
  readonly region: string
  readonly roles: readonly Role[]
  /** Everybody's keys: those that are given out here are added. */
  readonly keys: Keys[]
}

interface AssumeCall {
  readonly action: 'AssumeRole'
  readonly input: { readonly arn: string; readonly session: string; readonly seconds: number }
}

const VERSION = '2011-06-15'
const XML = { 'content-type': 'text/xml' }
const known = new Set(['Action', 'Version', 'RoleArn', 'RoleSessionName', 'DurationSeconds'])

/** The one operation of the security token service that a shared VPC needs. Its contract is not among the published ones of the lab. */
export function createSts(world: StsWorld): ControlPlane<StsWorld, AssumeCall> {
  return new ControlPlane({ vendor: sts, world, onChange: () => undefined })
}

const sts: Vendor<StsWorld, AssumeCall> = {
  async receive(request, { region, keys }) {
    const { principal } = await signerOf(request, { region, service: 'sts' }, keys, Date.now())
    return { call: readCall(request.body), principal }
  },
  isWrite: () => true,
  perform(world, { call: { input }, principal }, requestId) {
    const role = world.roles.find(({ arn }) => arn === input.arn)
    if (role?.trusts.includes(principal) !== true)
      throw new Ec2Fault('AccessDenied', `User: ${principal} is not authorized to perform: sts:AssumeRole on resource: ${input.arn}`, 403)
    const given = temporaryKeys(world, input)
    world.keys.push(given)
    return { status: 200, body: answerXml(given, input, requestId), headers: XML }
  },
  refusalOf: (error, requestId) =>
    error instanceof Ec2Fault
      ? { code: error.code, answer: { status: error.status, body: faultXml(error, requestId), headers: XML } }
      : null,
  faultOf: (code, status) => new Ec2Fault(code, `${code} by a switch of the lab`, status),
}

function readCall(body: string): AssumeCall {
  const form = new URLSearchParams(body)
  const stranger = [...form.keys()].find((name) => !known.has(name))
  const [arn, session] = [form.get('RoleArn'), form.get('RoleSessionName')]
  if (form.get('Action') !== 'AssumeRole' || form.get('Version') !== VERSION)
    throw new Ec2Fault('InvalidAction', `Could not find operation ${form.get('Action') ?? ''} for version ${form.get('Version') ?? ''}`)
  if (stranger !== undefined || arn === null || session === null || !/^[\w+=,.@-]{2,64}$/.test(session))
    throw new Ec2Fault('ValidationError', `1 validation error detected: ${stranger ?? 'RoleArn and RoleSessionName'}`)
  return { action: 'AssumeRole', input: { arn, session, seconds: Number(form.get('DurationSeconds') ?? 3600) } }
}

function temporaryKeys({ keys }: StsWorld, { arn, seconds }: AssumeCall['input']): Keys {
  const number = keys.length
  return {
    accessKeyId: `ASIALABROLE${number}`,
    secretAccessKey: `a secret of a role ${number}`,
    sessionToken: `a token of a role ${number}`,
    expiresAt: Date.now() + seconds * 1000,
    principal: arn.replace(/^.*:/, ''),
  }
}

function answerXml(given: Keys, { arn, session }: AssumeCall['input'], requestId: string): string {
  const { accessKeyId, secretAccessKey, sessionToken = '', expiresAt = 0 } = given
  const field = (name: string, value: string): string => `<${name}>${escape(value)}</${name}>`
  const credentials = [
    field('AccessKeyId', accessKeyId),
    field('SecretAccessKey', secretAccessKey),
    field('SessionToken', sessionToken),
    field('Expiration', new Date(expiresAt).toISOString()),
  ].join('')
  const user = `${field('AssumedRoleId', `AROALAB:${session}`)}${field('Arn', `${arn}/${session}`)}`
  const result = `<AssumeRoleResult><Credentials>${credentials}</Credentials><AssumedRoleUser>${user}</AssumedRoleUser></AssumeRoleResult>`
  const about = `<ResponseMetadata>${field('RequestId', requestId)}</ResponseMetadata>`
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/${VERSION}/">${result}${about}</AssumeRoleResponse>`
}

function faultXml({ code, message }: Ec2Fault, requestId: string): string {
  const error = `<Error><Type>Sender</Type><Code>${escape(code)}</Code><Message>${escape(message)}</Message></Error>`
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/${VERSION}/">${error}<RequestId>${requestId}</RequestId></ErrorResponse>`
}
