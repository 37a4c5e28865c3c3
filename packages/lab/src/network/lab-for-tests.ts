/** A process that makes a network, says its prefix and waits to be ended: the tests of cleaning up end it in several ways. */
import { createNetwork } from './network.ts'

const network = await createNetwork({ nodes: ['n1', 'n2'] })
console.log(network.folder.prefix)
setInterval(() => {}, 1000)
