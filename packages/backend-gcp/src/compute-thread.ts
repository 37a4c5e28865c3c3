/**
 * Google's SDK, in a thread of its own: loading it takes longer than a short lease, and its calls have neither a limit of time nor an end. Started
 * by `ComputeCalls`, which forgets what comes late.
 */
import { parentPort, workerData } from 'node:worker_threads'
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
import type { Access, Asked, ClientName, Told } from './access.ts'

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'

const { project, endpoint } = workerData as Access
const auth = new GoogleAuth({ scopes: [SCOPE], projectId: project })
const url = endpoint === undefined ? null : new URL(endpoint)
const where = url === null ? {} : { apiEndpoint: url.hostname, port: Number(url.port === '' ? 443 : url.port) }
const options = { ...where, auth, fallback: true, projectId: project }

type Method = (request: object) => Promise<readonly [unknown, ...unknown[]]>

const clients: Readonly<Record<ClientName, object>> = {
  forwardingRules: new ForwardingRulesClient(options),
  backendServices: new RegionBackendServicesClient(options),
  regionHealthChecks: new RegionHealthChecksClient(options),
  healthChecks: new HealthChecksClient(options),
  routes: new RoutesClient(options),
  instances: new InstancesClient(options),
  globalOperations: new GlobalOperationsClient(options),
  zoneOperations: new ZoneOperationsClient(options),
}

async function answerTo({ client, method, request }: Asked): Promise<unknown> {
  const target = clients[client] as Readonly<Record<string, Method>>
  const [answer] = (await target[method]?.(request)) ?? [null]
  // Of a change the SDK makes something of its own; what Google has answered is inside.
  return typeof answer === 'object' && answer !== null && 'latestResponse' in answer ? answer.latestResponse : answer
}

async function tell(asked: Asked): Promise<void> {
  const told = await answerTo(asked).then(
    (answer): Told => ({ id: asked.id, answer: JSON.stringify(answer ?? null) }),
    (error: unknown): Told => {
      const message = error instanceof Error ? error.message : String(error)
      const status = typeof error === 'object' && error !== null && 'httpStatusCode' in error ? Number(error.httpStatusCode) : null
      return { id: asked.id, refusal: { message, status } }
    },
  )
  parentPort?.postMessage(told)
}

parentPort?.on('message', (asked: Asked) => void tell(asked))
parentPort?.postMessage('ready')
