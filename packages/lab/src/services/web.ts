/** A web server on every node of the lab, for the checks of a group to ask. */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { Lab } from '../lab.ts'
import { inNamespace } from '../system/namespace.ts'

export const WEB_PORT = 8080

export interface Web {
  /** With which status the server of a node answers from now on. */
  answer(node: string, status: number): void
  close(): void
}

/** All servers answer 200 to begin with. They run in this process, each with its socket in its node's network. */
export function startWeb({ network }: Lab): Web {
  const statuses = new Map<string, number>()
  const servers = network.nodes.map(({ name, namespace }): Server => {
    const server = createServer((_, response) => response.writeHead(statuses.get(name) ?? 200).end())
    // Without a host name the socket is opened at once, while this thread is in the namespace.
    inNamespace(namespace, () => server.listen(WEB_PORT))
    return server
  })
  return {
    answer: (node, status) => void statuses.set(node, status),
    close() {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}
