import { DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2'
import type { Finding } from '@movip/core/backend'
import { BackendError } from '@movip/core/backend'
import type { Calls } from './calls.ts'
import { backendError, codeOf, kindOf } from './faults.ts'
import type { Asked } from './faults.ts'

// What preflights look at. Nothing of it changes anything.

/** Findings in place of a failure: what cannot be looked at cannot be relied on. */
export async function orFinding(look: () => Promise<readonly Finding[]>, asked: Asked): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    return [findingOf(error, asked)]
  }
}

/** One failure as a finding. What may be well in a moment is a warning. */
function findingOf(error: unknown, asked: Asked): Finding {
  const { code, message, fix } = error instanceof BackendError ? error : backendError(error, asked)
  const seen = error instanceof BackendError ? error.cause : error
  return { severity: kindOf(seen) === 'throttled' ? 'warning' : 'error', code: `AWS_${code}`, message, fix }
}

/**
 * Whether this node may do something, by a call that changes nothing: a dry run, or one that names what cannot be. `harmless` are the codes
 * in which it ends where it is allowed.
 */
export async function mayDo(attempt: () => Promise<unknown>, harmless: readonly string[], asked: Asked): Promise<readonly Finding[]> {
  try {
    await attempt()
  } catch (error) {
    return harmless.includes(codeOf(error)) ? [] : [findingOf(error, asked)]
  }
  return []
}

/** What is not meant for an address that AWS has given to the interface is dropped while its check is on. */
export async function sourceDestCheck(calls: Calls, id: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const input = { NetworkInterfaceIds: [id] }
  const { NetworkInterfaces = [] } = await calls.once(
    (client, options) => client.send(new DescribeNetworkInterfacesCommand(input), options),
    signal,
  )
  if (NetworkInterfaces[0]?.SourceDestCheck !== true) return []
  return [
    {
      severity: 'error',
      code: 'AWS_SOURCE_DEST_CHECK',
      message: `${id} has its source/destination check on: AWS drops what is sent to the overlay address`,
      fix: `aws ec2 modify-network-interface-attribute --network-interface-id ${id} --no-source-dest-check`,
    },
  ]
}
