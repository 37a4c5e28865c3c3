import type { NodeId } from '../../model/index.ts'

export interface Link {
  readonly from: NodeId
  readonly to: NodeId
}

/** `a->b`. */
export function linkOf(text: string): Link {
  const [from, to] = text.split('->')
  if (from === undefined || to === undefined) throw new Error(`a link is written a->b, not ${text}`)
  return { from, to }
}

/** `a->b` one way, `a-b` both ways, `a` both ways with everybody, `a->` what it sends, `->a` what it hears. */
export function linksOf(text: string, nodes: readonly NodeId[]): readonly Link[] {
  const [left = '', right = ''] = text.split(/->|-/)
  const senders = left === '' ? nodes.filter((node) => node !== right) : [left]
  const receivers = right === '' ? nodes.filter((node) => node !== left) : [right]
  const oneWay = senders.flatMap((from) => receivers.map((to) => ({ from, to })))
  return text.includes('->')
    ? oneWay
    : oneWay.flatMap(({ from, to }) => [
        { from, to },
        { from: to, to: from },
      ])
}
