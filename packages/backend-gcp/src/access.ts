import {
  ForwardingRulesClient,
  GlobalOperationsClient,
  HealthChecksClient,
  InstancesClient,
  RegionBackendServicesClient,
  RegionHealthChecksClient,
  RoutesClient,
  ZoneOperationsClient,
} from '@google-cloud/compute'
import { GoogleAuth } from 'google-auth-library'
import { NoAnswer } from './faults.ts'

/** Where to ask. */
export interface Access {
  readonly project: string
  /** Of Compute Engine; absent: the public one. */
  readonly endpoint?: string | undefined
}

/** One attempt may take so long. */
const ATTEMPT_MS = 2000
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'

/** The clients of Compute Engine that are needed here. */
export interface Clients {
  readonly forwardingRules: ForwardingRulesClient
  readonly backendServices: RegionBackendServicesClient
  readonly regionHealthChecks: RegionHealthChecksClient
  readonly healthChecks: HealthChecksClient
  readonly routes: RoutesClient
  readonly instances: InstancesClient
  readonly globalOperations: GlobalOperationsClient
  readonly zoneOperations: ZoneOperationsClient
}

/** The control plane of one project. The clients have no limit of time and cannot be called off: attempts are bounded here, and late answers are dropped. */
export class ComputeCalls {
  readonly project: string
  private readonly clients: Clients

  constructor({ project, endpoint }: Access) {
    this.project = project
    const auth = new GoogleAuth({ scopes: [SCOPE], projectId: project })
    const url = endpoint === undefined ? null : new URL(endpoint)
    const where = url === null ? {} : { apiEndpoint: url.hostname, port: Number(url.port === '' ? 443 : url.port) }
    const options = { ...where, auth, fallback: true, projectId: project }
    this.clients = {
      forwardingRules: new ForwardingRulesClient(options),
      backendServices: new RegionBackendServicesClient(options),
      regionHealthChecks: new RegionHealthChecksClient(options),
      healthChecks: new HealthChecksClient(options),
      routes: new RoutesClient(options),
      instances: new InstancesClient(options),
      globalOperations: new GlobalOperationsClient(options),
      zoneOperations: new ZoneOperationsClient(options),
    }
  }

  /** Asks once, for so long at most. */
  async once<Output>(send: (clients: Clients) => Promise<Output>, signal: AbortSignal, withinMs = ATTEMPT_MS): Promise<Output> {
    signal.throwIfAborted()
    const over = Promise.withResolvers<never>()
    const timer = setTimeout(() => over.reject(new NoAnswer(withinMs)), withinMs)
    const stop = (): void => over.reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await Promise.race([send(this.clients), over.promise])
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }
}
