import type { Budget, Claiming } from './budget.ts'

/** How one thing of the cloud leads to the address: a route table, an Elastic IP, an interface with secondary addresses. */
export interface Lead {
  readonly name: string
  /** The interface; null: to none. */
  readonly to: string | null
}

/** Everything that must lead to the holder of one endpoint. */
export interface Leads {
  /** As they were when they were looked up last. */
  readonly names: readonly string[]
  /** Where they lead at present. Throws `BackendError`. */
  read(budget: Budget): Promise<readonly Lead[]>
  /** Leads one of them to this node, and resolves when reads say so. Throws `BackendError`. */
  lead(name: string, budget: Claiming): Promise<void>
}
