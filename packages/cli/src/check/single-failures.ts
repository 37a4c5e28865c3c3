import type { Finding } from '@movip/core/backend'
import type { SingleFailure } from '../forecast/single-failures.ts'

const kinds: Readonly<Record<SingleFailure['kind'], string>> = {
  node: 'the loss of node',
  site: 'the loss of site',
  link: 'the loss of the link',
  nats: 'the loss of',
  api: 'the loss of',
}

const fixes: Readonly<Record<SingleFailure['kind'], string>> = {
  node: 'let a second node hold these groups, and have an odd number of voters at different places',
  site: 'let nodes of two sites hold these groups, and put a voter, such as a witness, at a third place',
  link: 'put a voter at a place that both ends reach, or a second link between them',
  nats: 'name several servers of one NATS cluster, or give each node a nats-server of its own or a second plane',
  api: 'none: nothing stops',
}

/** Failures that would stop service, each of them with what would be lost. That a lone node is one needs no telling. */
export function failureFindings(failures: readonly SingleFailure[]): readonly Finding[] {
  const nodes = failures.filter(({ kind }) => kind === 'node')
  if (nodes.length < 2) return []
  const isToldAlready = ({ kind, stops }: SingleFailure): boolean =>
    kind === 'nats' && nodes.some((node) => node.stops.join() === stops.join())
  return failures
    .filter((failure) => failure.stops.length > 0 && !isToldAlready(failure))
    .map(({ kind, name, quorum, stops }) => ({
      severity: 'warning',
      code: 'SINGLE_FAILURE',
      message: `${kinds[kind]} ${name} would stop ${stops.join(', ')}${quorum ? '' : ': no quorum would be left'}`,
      fix: fixes[kind],
    }))
}
