import type { Epoch, GroupId, NodeId } from '../../../model/index.ts'
import { violate } from './violation.ts'

/** A node whose services can be looked at. */
export interface Running {
  readonly id: NodeId
  /** Does the group ask that nobody may still run it elsewhere before it is started? */
  isFenced(group: GroupId): boolean
  /** Does traffic of the group come there? */
  isUp(group: GroupId): boolean
  /** Does any part of the group's service run there? */
  runsService(group: GroupId): boolean
  /** Does all of it run there, or has only just died? */
  hasService(group: GroupId): boolean
}

/** A service runs before its traffic comes and until it has gone, and what is released does not run any more. */
export class ServicesCheck {
  readonly #nodes: readonly Running[]

  constructor(nodes: readonly Running[] = []) {
    this.#nodes = nodes
  }

  /** A part of the service begins to run. */
  starts(node: Running, group: GroupId): void {
    if (!node.isFenced(group)) return
    const other = this.#nodes.find((each) => each.id !== node.id && each.runsService(group))
    if (other !== undefined)
      violate('one service behind a fence', `the service of ${group} begins on ${node.id}, and ${other.id} runs it still`)
  }

  /** A claim has brought traffic. */
  came(node: Running, group: GroupId): void {
    if (!node.hasService(group))
      violate('service before traffic', `traffic of ${group} comes to ${node.id}, where its service does not run`)
  }

  /** The node begins to stop a part of the service. */
  stops(node: Running, group: GroupId): void {
    if (node.isUp(group)) violate('traffic stops first', `${node.id} stops the service of ${group} while its traffic comes there`)
  }

  /** The engine of the node was told that everything is down under this epoch. */
  released(node: Running, group: GroupId, epoch: Epoch): void {
    if (node.runsService(group)) violate('released means down', `${node.id} says it released ${group}@${epoch} while its service runs`)
  }
}
