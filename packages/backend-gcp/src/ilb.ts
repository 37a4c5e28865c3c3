import type { BackendContext, Epoch, Finding, HealthDoor } from '@movip/core/backend'
import type { Probe } from '@movip/backend-lb/asking'
import { confirming } from '@movip/backend-lb/confirming'
import type { Verdict } from '@movip/backend-lb/confirming'
import type { ComputeCalls } from './access.ts'
import { backendError, kindOf } from './faults.ts'
import type { Asked } from './faults.ts'
import type { Firewalls } from './firewall.ts'
import { verdictOf } from './flip.ts'
import type { Told } from './flip.ts'
import type { Identity } from './identity.ts'
import { askingOf, firewallFindings, settingFindings } from './ilb-settings.ts'
import type { BackendService, ForwardingRule, GroupHealth, HealthCheck, Settings, Wanted } from './ilb-settings.ts'
import { nameOf } from './links.ts'
import { memberFindings } from './members.ts'

export interface IlbOptions {
  readonly context: BackendContext
  /** Found out when it matters first: moves do not need it. */
  readonly cloud: () => Promise<{ readonly calls: ComputeCalls; readonly identity: Identity; readonly region: string }>
  readonly rule: string
  readonly door: HealthDoor
  readonly wanted: Wanted
}

/** When Google is asked after a claim, until it agrees. Its answer is cheap, and shows what its probes have seen. */
const CONFIRM_AFTER_MS = [500, 2000, 5000, 15_000, 30_000, 60_000]

/** What Google knows of an internal load balancer. Nothing of it is needed to move: the nodes' answers decide, and this tells whether they can. */
export class Ilb {
  private readonly options: IlbOptions
  private known: Settings | null = null

  constructor(options: IlbOptions) {
    this.options = options
  }

  /** How the balancer asks, as it was when it was looked at last. */
  get probe(): Probe | null {
    return this.known === null ? null : askingOf(this.known.check)
  }

  /** What cannot be looked at may be well: the balancer works without its control plane. */
  async preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    return orFinding({ permission: 'compute.forwardingRules.get', resource: `forwarding rule ${this.options.rule}` }, async (asking) => {
      const settings = await this.read(asking, signal)
      this.known = settings
      const service = { permission: 'compute.regionBackendServices.get', resource: `backend service ${settings.service.name ?? ''}` }
      const instance = { permission: 'compute.instances.getEffectiveFirewalls', resource: 'the firewall of this instance' }
      const further = await Promise.all([
        orFinding(service, () => this.members(settings.service, signal)),
        orFinding(instance, () => this.firewall(settings.check, signal)),
      ])
      return [...settingFindings(settings, this.options.wanted), ...further.flat()]
    })
  }

  private async firewall(check: HealthCheck, signal: AbortSignal): Promise<readonly Finding[]> {
    const { calls, identity } = await this.options.cloud()
    // A balancer leads to the first interface.
    const request = { project: identity.project, zone: identity.zone, instance: identity.name, networkInterface: 'nic0' }
    const firewalls = await calls.once<Firewalls>({ client: 'instances', method: 'getEffectiveFirewalls', request }, signal)
    return firewallFindings(firewalls, check, this.options.wanted)
  }

  private async read(asking: Asking, signal: AbortSignal): Promise<Settings> {
    const { calls, region } = await this.options.cloud()
    const { project } = calls
    const rule = await calls.once<ForwardingRule>(
      { client: 'forwardingRules', method: 'get', request: { project, region, forwardingRule: this.options.rule } },
      signal,
    )
    const backendService = nameOf(rule.backendService)
    asking('compute.regionBackendServices.get', `backend service ${backendService}`)
    const service = await calls.once<BackendService>(
      { client: 'backendServices', method: 'get', request: { project, region, backendService } },
      signal,
    )
    const [link = ''] = service.healthChecks ?? []
    const healthCheck = nameOf(link)
    asking('compute.regionHealthChecks.get', `health check ${healthCheck}`)
    const isRegional = link.includes('/regions/')
    const check = await calls.once<HealthCheck>(
      isRegional
        ? { client: 'regionHealthChecks', method: 'get', request: { project, region, healthCheck } }
        : { client: 'healthChecks', method: 'get', request: { project, healthCheck } },
      signal,
    )
    return { rule, service, check }
  }

  private async members(service: BackendService, signal: AbortSignal): Promise<readonly Finding[]> {
    const { identity } = await this.options.cloud()
    const { context } = this.options
    const told = await this.health(service, signal)
    return memberFindings({ told, identity, candidates: context.candidates(), node: context.node, service: service.name ?? '' })
  }

  /** What its probes have seen, of every group of the service. */
  private async health(service: BackendService, signal: AbortSignal): Promise<readonly Told[]> {
    const { calls, region } = await this.options.cloud()
    const { project } = calls
    const backendService = service.name ?? ''
    const groups = (service.backends ?? []).flatMap(({ group }) => group ?? [])
    const answers = await Promise.all(
      groups.map((group) => {
        const request = { project, region, backendService, resourceGroupReferenceResource: { group } }
        return calls.once<GroupHealth>({ client: 'backendServices', method: 'getHealth', request }, signal)
      }),
    )
    return answers.flatMap(({ healthStatus }) =>
      (healthStatus ?? []).map(({ ipAddress, instance, healthState }) => ({
        address: ipAddress ?? '',
        instance: nameOf(instance),
        isHealthy: healthState === 'HEALTHY',
      })),
    )
  }

  /** Asks Google whether its balancer agrees, a few times. It is only told: the probes have decided. */
  async confirm(epoch: Epoch, signal: AbortSignal): Promise<void> {
    const { context, rule, cloud } = this.options
    const asked = { permission: 'compute.regionBackendServices.get', resource: `forwarding rule ${rule}` }
    const ask = async (): Promise<Verdict> => {
      const { identity } = await cloud()
      const service = this.known?.service ?? (await this.read(() => undefined, signal)).service
      return verdictOf(await this.health(service, signal), identity.name)
    }
    const whyFailed = (error: unknown): string => backendError(error, asked).message
    const told = await confirming({ clock: context.clock, afterMs: CONFIRM_AFTER_MS, ask, whyFailed }, signal)
    if (told === null) return
    const about = { group: context.group, epoch, rule, tookMs: told.tookMs }
    if (told.verdict === 'confirmed') context.logger.info('gcp-flip-confirmed', about)
    else context.logger.warn('gcp-flip-unconfirmed', { ...about, ...told.verdict, fix: 'gcloud compute backend-services get-health' })
  }
}

type Asking = (permission: string, resource: string) => void

/** What a look finds, or that it found nothing out: which right is missing, or what does not answer. */
async function orFinding(first: Asked, look: (asking: Asking) => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  let at = first
  try {
    return await look((permission, resource) => void (at = { permission, resource }))
  } catch (error) {
    const { message, fix } = backendError(error, at)
    const kind = kindOf(error)
    const code = kind === 'denied' ? 'GCP_DENIED' : kind === 'missing' ? 'GCP_NOT_FOUND' : 'GCP_NOT_SEEN'
    return [{ severity: kind === 'missing' ? 'error' : 'warning', code, message, fix }]
  }
}
