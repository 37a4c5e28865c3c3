import { NetworkManagementClient } from '@azure/arm-network'
import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { EnvironmentCredential, ManagedIdentityCredential } from '@azure/identity'
import { armErrorOf } from './arm-error.ts'
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

/** A request for a whole document, past the SDK's models. */
export interface RawRequest {
  readonly method: 'GET' | 'PUT'
  /** From `/subscriptions` on, or a whole URL that the service has told. */
  readonly path: string
  readonly body?: unknown
  readonly ifMatch?: string
  readonly ifNoneMatch?: '*'
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

const API_VERSION = '2026-01-01'
const PUBLIC = 'https://management.azure.com'
const httpClient = createDefaultHttpClient()

/** The control plane of one subscription, as one principal. Attempts are bounded here: the SDK has no limit, and obeys any `Retry-After`. */
export class ArmCalls {
  private readonly client: NetworkManagementClient
  private readonly endpoint: string

  constructor({ subscription, identity, endpoint }: Access) {
    this.endpoint = endpoint ?? PUBLIC
    const scope = `${this.endpoint}/.default`
    const found = process.env['AZURE_TENANT_ID'] !== undefined && process.env['AZURE_CLIENT_ID'] !== undefined
    const credential = found
      ? new EnvironmentCredential()
      : new ManagedIdentityCredential(identity === undefined ? {} : { clientId: identity })
    this.client = new NetworkManagementClient(credential, subscription, {
      ...(endpoint === undefined ? {} : { endpoint, credentials: { scopes: [scope] } }),
      retryOptions: { maxRetries: 0 },
    })
  }

  /** Sends one request as it is. Throws `ArmError` for what is refused. */
  send({ method, path, body, ifMatch, ifNoneMatch }: RawRequest, signal: AbortSignal): Promise<RawAnswer> {
    const url = path.startsWith('/') ? `${this.endpoint}${path}?api-version=${API_VERSION}` : path
    const headers = createHttpHeaders({
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
    })
    return this.once(async ({ pipeline }, { abortSignal }) => {
      const request = createPipelineRequest({
        url,
        method,
        headers,
        abortSignal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const { status, headers: told, bodyAsText } = await pipeline.sendRequest(httpClient, request)
      if (status >= 400) throw armErrorOf(status, bodyAsText ?? '', told.get('retry-after'))
      return { status, headers: told.toJSON(), body: bodyAsText ? (JSON.parse(bodyAsText) as unknown) : null }
    }, signal)
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
