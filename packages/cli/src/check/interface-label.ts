import { access, readFile } from 'node:fs/promises'
import type { Finding } from '@movip/core/backend'
import type { NodeConfig } from '@movip/core/config'

/** What to say of an endpoint whose `interface` is neither a label of node.yaml nor an interface of this machine; null if it is one. */
export async function missingLabel(node: NodeConfig, label: unknown): Promise<Finding | null> {
  if (typeof label !== 'string' || Object.hasOwn(node.interfaces, label)) return null
  const exists = await access(`/sys/class/net/${label}`).then(
    () => true,
    () => false,
  )
  if (exists) return null
  const lines = (await readFile(node.file, 'utf8')).split('\n')
  const at = lines.findIndex((line) => /^interfaces\s*:/.test(line))
  const labels = Object.keys(node.interfaces)
  return {
    severity: 'error',
    code: 'INTERFACE_LABEL_MISSING',
    message: `${node.file}${at === -1 ? '' : `:${at + 1}`}: interfaces has no label "${label}", and no interface of this machine is called so`,
    fix: `add ${label} to interfaces in ${node.file}, such as interfaces: { ${label}: eth0 }; labels there: ${labels.join(', ') || 'none'}`,
  }
}
