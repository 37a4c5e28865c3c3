import { command } from '../../command.ts'
import { AS_ROUTER, portLines, wayThrough } from '../../network/router.ts'
import { lines } from '../../network/switch.ts'
import type { BalancerConfig } from './config.ts'
import { tableOf } from './rules.ts'

/** Rules before that of the router's own addresses, which is 10: packets of balancers come first. */
const [FROM_BALANCER, TO_BALANCER, NEXT] = [5, 8, 10]
/** In the router: where packets go that a balancer is to see. */
const TABLE_OF_BALANCER = 98
const BACKEND_TABLES = 300

/** The router's mark of flows that a balancer has brought to a backend, also where it has rewritten them: their answers go back through it. */
const OF_BALANCER = 0x4c42
const BACK_TO_BALANCER = `
table inet balanced {
  chain prerouting {
    type filter hook prerouting priority mangle; policy accept;
    iifname "lb-*" ct mark set ${OF_BALANCER}
    iifname != "lb*" ct mark ${OF_BALANCER} meta mark set ${OF_BALANCER}
  }
}
`

const [ROUTER_MAC, BALANCER_MAC] = ['02:00:00:0d:00:01', '02:00:00:0d:00:02']

/**
 * Joins a balancer's namespace to a router by one cable for what it is to see, and by one for each backend. What comes over the latter is for
 * that backend, whatever address it bears; so the packet is passed on as it came.
 */
export async function plugBalancer(router: string, namespace: string, config: BalancerConfig): Promise<void> {
  const { address, probeSource, backends } = config
  const [family, all] = address.includes(':') ? ['-6', '::/0'] : ['-4', '0.0.0.0/0']
  const bits = family === '-6' ? 128 : 32
  const cable = (there: string, here: string): string =>
    `link add name ${there} netns ${router} address ${ROUTER_MAC} type veth peer name ${here} address ${BALANCER_MAC} netns ${namespace}`
  const cables = backends.map((_, index) => cable(`lb-${index + 1}`, `b${index + 1}`))
  await command('ip', ['-batch', '-'], lines([`netns add ${namespace}`, cable('lb', 'rt'), ...cables]))
  await Promise.all([router, namespace].map((name) => command('ip', ['netns', 'exec', name, 'sh', '-c', AS_ROUTER])))
  await inNamespace(router, [
    ...portLines('lb', BALANCER_MAC, '169.254.6.1'),
    ...backends.flatMap((_, index) => portLines(`lb-${index + 1}`, BALANCER_MAC, '169.254.6.1')),
  ])
  await command(
    'ip',
    [family, '-n', router, '-batch', '-'],
    lines([
      `route add ${all} ${wayThrough('lb', all)} table ${TABLE_OF_BALANCER}`,
      ...backends.flatMap(({ routerPort }, index) => [
        `route add ${all} ${wayThrough(routerPort, all)} table ${BACKEND_TABLES + index}`,
        `rule add pref ${FROM_BALANCER} iif lb-${index + 1} lookup ${BACKEND_TABLES + index}`,
      ]),
      `rule add pref ${FROM_BALANCER} iif lb goto ${NEXT}`,
      `rule add pref ${TO_BALANCER} fwmark ${OF_BALANCER} lookup ${TABLE_OF_BALANCER}`,
      ...[`to ${address}/${bits}`, `from ${address}/${bits}`, `to ${probeSource}/${bits}`].map(
        (what) => `rule add pref ${TO_BALANCER} ${what} lookup ${TABLE_OF_BALANCER}`,
      ),
    ]),
  )
  await command('ip', ['netns', 'exec', router, 'nft', '-f', '-'], BACK_TO_BALANCER)
  await inNamespace(namespace, [
    'link set lo up',
    `addr add ${probeSource}/${bits} dev lo`,
    ...portLines('rt', ROUTER_MAC, '169.254.6.2'),
    ...backends.flatMap((_, index) => portLines(`b${index + 1}`, ROUTER_MAC, '169.254.6.2')),
  ])
  await command(
    'ip',
    [family, '-n', namespace, '-batch', '-'],
    lines([
      `route add ${all} ${wayThrough('rt', all)}`,
      ...backends.flatMap((_, index) => [
        `route add ${all} ${wayThrough(`b${index + 1}`, all)} table ${tableOf(index)}`,
        `rule add fwmark ${index + 1} lookup ${tableOf(index)}`,
      ]),
    ]),
  )
}

function inNamespace(namespace: string, commands: readonly string[]): Promise<string> {
  return command('ip', ['-n', namespace, '-batch', '-'], lines(commands))
}
