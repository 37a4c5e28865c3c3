/** How a balancer asks its backends. Times as vendors state them. */
export interface ProbeConfig {
  readonly type: 'tcp' | 'http'
  readonly port: number
  /** Of http: what is asked for. Only 200 counts. */
  readonly path?: string
  readonly intervalMs: number
  readonly timeoutMs: number
  /** So many good answers in a row make a backend healthy, so many bad ones unhealthy. */
  readonly healthyAfter: number
  readonly unhealthyAfter: number
}

/** One backend: an address that is asked, and the port of the router behind which it is. */
export interface BackendConfig {
  readonly name: string
  readonly address: string
  /** What is at that address of the other family; it is not asked. */
  readonly routerPort: string
  /** Absent: it is one. If it is none, it is not asked and gets nothing. */
  readonly isMember?: boolean
}

/** One front end: what comes for the address is passed on to one backend. Backends are all that are plugged in, members or not. */
export interface BalancerConfig {
  readonly address: string
  /** Absent: what comes for any port is passed on. */
  readonly servicePorts?: readonly number[]
  /**
   * Absent: it is passed on as it is, and backends have the address themselves. Else it is rewritten to the backend's own address and port, and
   * what the backend answers is rewritten back.
   */
  readonly translated?: readonly PortPair[]
  /** From where backends are asked. */
  readonly probeSource: string
  readonly backends: readonly BackendConfig[]
  readonly probe: ProbeConfig
  /** Flows that a backend had before it became unhealthy: they stay with it, or go to a healthy one, which resets them. */
  readonly oldFlows: 'keep' | 'move'
  /** Where nobody is healthy, new flows go nowhere, or to everybody. */
  readonly allDown: 'drop' | 'all'
}

/** A port in front, and the one behind it. 0 in front stands for every port, each of which stays what it is. */
export interface PortPair {
  readonly front: number
  readonly back: number
}

/** What a balancer thinks of a backend. */
export interface Health {
  readonly name: string
  readonly healthy: boolean
  /** Of the last answer: `200`, `503`, `timeout`, `refused`. */
  readonly reason: string
}
