import type { LoadBalancerHealthPerRule, NetworkInterface, NetworkSecurityGroup } from '@azure/arm-network'
import type { BackendContext, Epoch, Finding, HealthDoor } from '@movip/core/backend'
import type { Probe } from '@movip/backend-lb/asking'
import { confirming } from '@movip/backend-lb/confirming'
import type { Verdict } from '@movip/backend-lb/confirming'
import { POLL_MS } from './access.ts'
import type { ArmCalls } from './access.ts'
import { backendError, kindOf } from './faults.ts'
import type { Asked } from './faults.ts'
import { verdictOf } from './flip.ts'
import type { Identity } from './identity.ts'
import { askingOf, poolsOf, settingFindings, settingsOf } from './ilb-settings.ts'
import type { Settings, Wanted } from './ilb-settings.ts'
import { addressesOf, interfacesIn, membersOf, plainMembersOf, poolFindings } from './pool.ts'
import type { ResourceId } from './resource-id.ts'
import { isSameId } from './resource-id.ts'
import { blockingRule } from './security.ts'
import { tcpTimestamps } from './timestamps.ts'

export interface IlbOptions {
  readonly context: BackendContext
  readonly calls: ArmCalls
  /** What this machine is; it is asked when that matters first. */
  readonly identity: () => Promise<Identity>
  readonly balancer: ResourceId
  readonly rule: string
  readonly door: HealthDoor
  readonly wanted: Wanted
}

/** Asking for the health of a rule takes Azure some seconds, and what it tells may be minutes old. */
const HEALTH_MS = 15_000
/** When it is asked after a claim, until it agrees. */
const CONFIRM_AFTER_MS = [1000, 5000, 15_000, 30_000, 60_000]
const READ = 'Microsoft.Network/loadBalancers/read'
const HEALTH = 'Microsoft.Network/loadBalancers/loadBalancingRules/health/action'
const READ_NIC = 'Microsoft.Network/networkInterfaces/read'

/** What Azure knows of one rule of a load balancer. Nothing of it is needed to move: the nodes' answers decide, and this tells whether they can. */
export class Ilb {
  private readonly options: IlbOptions
  private known: Settings | null = null

  constructor(options: IlbOptions) {
    this.options = options
  }

  /** How the balancer asks, as it was when it was looked at last. */
  get probe(): Probe | null {
    const probe = this.known?.probe ?? null
    return probe === null ? null : askingOf(probe)
  }

  /** What cannot be looked at may be well: the balancer works without Resource Manager. */
  async preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    try {
      const settings = await this.read(signal)
      if (settings === null) return [this.noRule()]
      this.known = settings
      return [...settingFindings(settings, this.options.wanted), ...(await this.members(settings, signal)), ...tcpTimestamps()]
    } catch (error) {
      return [this.notSeen(error, { permission: READ, resource: this.name })]
    }
  }

  private noRule(): Finding {
    const { rule } = this.options
    return { severity: 'error', code: 'AZURE_NO_RULE', message: `${this.name} has no rule ${rule}`, fix: 'correct rule of the endpoint' }
  }

  private get name(): string {
    return `load balancer ${this.options.balancer.name}`
  }

  private async read(signal: AbortSignal): Promise<Settings | null> {
    const { calls, balancer, rule } = this.options
    const found = await calls.once((client, options) => client.loadBalancers.get(balancer.group, balancer.name, options), signal)
    return settingsOf(found, rule)
  }

  private async members(settings: Settings, signal: AbortSignal): Promise<readonly Finding[]> {
    const { context, balancer } = this.options
    const pools = poolsOf(settings)
    const configurations = membersOf(settings.balancer, pools)
    try {
      const identity = await this.options.identity()
      const interfaces = await Promise.all(interfacesIn(configurations).map((one) => this.interface(one, signal)))
      const own = interfaces.filter(({ virtualMachine }) => isSameId(virtualMachine?.id, identity.resourceId))
      const members = [...addressesOf(interfaces, configurations), ...plainMembersOf(settings.balancer, pools)]
      const addresses = identity.interfaces.flatMap((each) => each.addresses)
      const seen = { members, own: addresses, candidates: context.candidates(), node: context.node, balancer: balancer.name }
      return [...poolFindings(seen), ...(await this.blocked(own, settings, signal))]
    } catch (error) {
      return [this.notSeen(error, { permission: READ_NIC, resource: `the network interfaces behind ${balancer.name}` })]
    }
  }

  private interface({ group, name }: { readonly group: string; readonly name: string }, signal: AbortSignal): Promise<NetworkInterface> {
    const { calls } = this.options
    const expand = 'networkSecurityGroup'
    return calls.once((client, options) => client.networkInterfaces.get(group, name, { ...options, expand }), signal)
  }

  /** Whether a security group of this node, or of its subnet, keeps the probes out. */
  private async blocked(own: readonly NetworkInterface[], { probe }: Settings, signal: AbortSignal): Promise<readonly Finding[]> {
    if (probe?.port === undefined) return []
    const subnets = own.flatMap(({ ipConfigurations = [] }) => ipConfigurations.flatMap(({ subnet }) => subnet?.id ?? []))
    const groups = await Promise.all([...new Set(subnets)].map((id) => this.groupOfSubnet(id, signal)))
    const all = [...own.flatMap(({ networkSecurityGroup }) => networkSecurityGroup ?? []), ...groups.flatMap((group) => group ?? [])]
    return all.flatMap((group) => {
      const rule = blockingRule(group, probe.port ?? 0)
      if (rule === null) return []
      const message = `security group ${group.name ?? ''}: rule ${rule.name ?? ''} keeps the load balancer from asking at port ${probe.port}`
      const fix =
        'allow AzureLoadBalancer before it: az network nsg rule create --source-address-prefixes AzureLoadBalancer --access Allow …'
      return [{ severity: 'error', code: 'AZURE_PROBES_BLOCKED', message, fix } as const]
    })
  }

  private async groupOfSubnet(id: string, signal: AbortSignal): Promise<NetworkSecurityGroup | undefined> {
    const [, group, network, subnet] =
      /resourceGroups\/([^/]+)\/providers\/Microsoft\.Network\/virtualNetworks\/([^/]+)\/subnets\/([^/]+)/i.exec(id) ?? []
    if (group === undefined || network === undefined || subnet === undefined) return undefined
    const expand = 'networkSecurityGroup'
    const found = await this.options.calls.once(
      (client, options) => client.subnets.get(group, network, subnet, { ...options, expand }),
      signal,
    )
    return found.networkSecurityGroup
  }

  /** The next time a failover comes, Resource Manager may not be needed: it is only told. */
  private notSeen(error: unknown, asked: Asked): Finding {
    const { message, fix } = backendError(error, asked)
    const kind = kindOf(error)
    const code = kind === 'denied' ? 'AZURE_DENIED' : kind === 'missing' ? 'AZURE_NOT_FOUND' : 'AZURE_NOT_SEEN'
    return { severity: kind === 'missing' ? 'error' : 'warning', code, message, fix }
  }

  /** Asks Azure whether its balancer agrees, a few times. It is only told: the probes have decided. */
  async confirm(epoch: Epoch, signal: AbortSignal): Promise<void> {
    const { context, balancer, rule, identity } = this.options
    const ask = async (): Promise<Verdict> => {
      const [health, { interfaces }] = await Promise.all([this.health(signal), identity()])
      return verdictOf(
        health,
        interfaces.flatMap(({ addresses }) => addresses),
      )
    }
    const whyFailed = (error: unknown): string => backendError(error, { permission: HEALTH, resource: `rule ${rule}` }).message
    const told = await confirming({ clock: context.clock, afterMs: CONFIRM_AFTER_MS, ask, whyFailed }, signal)
    if (told === null) return
    const about = { group: context.group, epoch, balancer: balancer.name, rule, tookMs: told.tookMs }
    if (told.verdict === 'confirmed') context.logger.info('azure-flip-confirmed', about)
    else context.logger.warn('azure-flip-unconfirmed', { ...about, ...told.verdict, fix: 'see the health of the rule in the portal' })
  }

  private health(signal: AbortSignal): Promise<LoadBalancerHealthPerRule> {
    const { calls, balancer, rule } = this.options
    const { group, name } = balancer
    return calls.once(
      (client, options) => client.loadBalancerLoadBalancingRules.health(group, name, rule, { ...options, updateIntervalInMs: POLL_MS }),
      signal,
      HEALTH_MS,
    )
  }
}
