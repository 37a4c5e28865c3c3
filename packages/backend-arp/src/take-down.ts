import type { Clock, Instant } from '@movip/core/backend'
import type { Host } from './host.ts'
import type { Vip } from './ip.ts'
import type { LeaseGate } from './lease-gate.ts'
import type { OldFlows } from './old-flows.ts'

/** An address, and the gate in front of it. */
interface Gated {
  readonly vip: Vip
  readonly gate: LeaseGate
  /** Connections to it; null: they are nobody's matter here. */
  readonly flows: OldFlows | null
}

/**
 * Takes a VIP off this host: silence first, then the addresses. Before that, while clients still hear it, they are told that their connections
 * end. A gate that the kernel has closed by itself comes last: if somebody has removed it, only the addresses keep this host from speaking,
 * and a change of the ruleset waits for tens of ms while another program changes it. Neither step is left out because the other fails; afterwards the first failure is told, so that nothing counts as released
 * which is not.
 */
export async function takeDown(host: Host, { vip, gate, flows }: Gated, clock: Clock): Promise<void> {
  if (gate.open) {
    await flows?.tell()
    const { openUntil } = gate
    const shutting = gate.shut()
    await settled(shutting, openUntil, clock)
    await allOf([shutting, removeAddresses(host, vip)])
    await flows?.end()
  } else {
    // What was noted while the gate was open must not be pushed meanwhile.
    gate.forget()
    const removing = removeAddresses(host, vip)
    await Promise.allSettled([removing])
    await allOf([removing, gate.shut()])
    await flows?.end()
  }
}

async function removeAddresses(host: Host, vip: Vip): Promise<void> {
  const links = await host.driver.links()
  for (const address of await host.driver.addresses()) {
    const link = links.find((candidate) => candidate.index === address.index)
    if (address.ip !== vip.text || address.permanent || link === undefined) continue
    await host.driver.remove(link, { vip, prefix: address.prefix, subnetRoute: false })
  }
}

/** Waits until the work has ended in any way, and not beyond this time. */
function settled(work: Promise<void>, until: Instant, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.at(until, resolve)
    const end = (): void => {
      cancel()
      resolve()
    }
    work.then(end, end)
  })
}

/** Waits for all, whatever fails, and then fails as the first in this order. */
async function allOf(steps: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(steps)
  for (const step of steps) await step
}
