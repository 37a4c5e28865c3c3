import { NetworkManagementClient } from '@azure/arm-network'
import { EnvironmentCredential, ManagedIdentityCredential } from '@azure/identity'
import { NoAnswer } from './faults.ts'

/** Who asks, and where. */
export interface Access {
  readonly subscription: string
  /** Client id of a managed identity that was assigned by somebody; absent: the machine's own. */
  readonly identity?: string | undefined
  /** Of Resource Manager; absent: that of the public cloud. */
  readonly endpoint?: string | undefined
}

/** One attempt may take so long: what has not been answered by then may still be done. */
const ATTEMPT_MS = 2000
/** How often an operation that takes long is asked about. */
export const POLL_MS = 500

/** What every call is given: it ends with the signal. */
export interface CallOptions {
  readonly abortSignal: AbortSignal
}

/** The control plane of one subscription, as one principal. Attempts are bounded here: the SDK has no limit, and obeys any `Retry-After`. */
export class ArmCalls {
  private readonly client: NetworkManagementClient

  constructor({ subscription, identity, endpoint }: Access) {
    const scope = `${endpoint ?? 'https://management.azure.com'}/.default`
    const found = process.env['AZURE_TENANT_ID'] !== undefined && process.env['AZURE_CLIENT_ID'] !== undefined
    const credential = found
      ? new EnvironmentCredential()
      : new ManagedIdentityCredential(identity === undefined ? {} : { clientId: identity })
    this.client = new NetworkManagementClient(credential, subscription, {
      ...(endpoint === undefined ? {} : { endpoint, credentials: { scopes: [scope] } }),
      retryOptions: { maxRetries: 0 },
    })
  }

  /** Asks once, for so long at most. */
  async once<Output>(
    send: (client: NetworkManagementClient, options: CallOptions) => PromiseLike<Output>,
    signal: AbortSignal,
    withinMs = ATTEMPT_MS,
  ): Promise<Output> {
    const attempt = AbortSignal.timeout(withinMs)
    try {
      return await send(this.client, { abortSignal: AbortSignal.any([signal, attempt]) })
    } catch (cause) {
      if (attempt.aborted && !signal.aborted) throw new NoAnswer(withinMs, cause)
      throw cause
    }
  }
}
