/** Stands where a secret would. */
const withheld = '(withheld)'

const secretKeys = /secret|passw|passphrase|token|credential|nkey|seed|private|tsig|community|^kg$|^urlFile$|(^|[a-z_])(key|pass|pwd)$/i
const userInfo = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi
/** What comes behind the question mark of an address may let in whoever has it. */
const query = /([a-z][a-z0-9+.-]*:\/\/[^\s?"]+\?)[^\s"]+/gi
/** Lists of a program with its arguments: the program alone is told. */
const argvKeys = /^(run|start|stop|check|standby|args|argv)$/
/** Maps of which nobody here knows what stands in them. */
const foreignKeys = /^parameters$/
/** Maps of secrets by names that anybody chose. */
const secretMaps = /^secrets$/
/** Behind the host of a webhook, the path is often what lets somebody in. */
const behindHost = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*).+$/i

/**
 * A configuration without what could be a secret: values under the names that secrets bear, and users with passwords in addresses. The path of
 * a file that there is, is no secret; `isFile` tells.
 */
export function withoutSecrets(value: unknown, isFile: (path: string) => boolean, key = ''): unknown {
  if (typeof value === 'string') {
    if (secretKeys.test(key) && !isFile(value)) return withheld
    return plain(value)
  }
  if (Array.isArray(value)) return value.map((item, index) => (isArgument(key, index) ? withheld : withoutSecrets(item, isFile, key)))
  if (typeof value !== 'object' || value === null) return secretKeys.test(key) && value !== null ? withheld : value
  const isWebhook = key === 'webhook' || ('type' in value && value.type === 'webhook')
  const shown = (name: string, item: unknown): unknown => {
    if (foreignKeys.test(key)) return withheld
    if (isWebhook && name === 'url') return String(item).replace(behindHost, `$1/${withheld}`)
    if (secretMaps.test(key)) return withoutSecrets(item, isFile, 'secret')
    // Secrets are referred to as { file: ... } or { env: ... }: neither is one itself.
    return withoutSecrets(item, isFile, name === 'env' || name === 'file' ? '' : name)
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shown(name, item)]))
}

/** For who may see the whole anyway, but shows it on: without the values under the names that secrets bear. */
export function withoutNamedSecrets(value: unknown, key: string): unknown {
  if (typeof value === 'string') return secretKeys.test(key) ? withheld : plain(value)
  if (Array.isArray(value)) return value.map((item) => withoutNamedSecrets(item, key))
  if (typeof value !== 'object' || value === null) return secretKeys.test(key) && value !== null ? withheld : value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutNamedSecrets(item, name)]))
}

function plain(text: string): string {
  return text.replace(userInfo, `$1${withheld}@`).replace(query, `$1${withheld}`)
}

/** `args` has no program before its arguments. */
function isArgument(key: string, index: number): boolean {
  return argvKeys.test(key) && (index > 0 || key === 'args')
}

/** Paths under the names that secrets bear. */
export function secretPaths(value: unknown, key = ''): readonly string[] {
  if (typeof value === 'string') return secretKeys.test(key) ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  const keyOf = (name: string): string => (name === 'file' || Array.isArray(value) ? key : secretMaps.test(key) ? 'secret' : name)
  return Object.entries(value).flatMap(([name, item]) => secretPaths(item, keyOf(name)))
}

/** Shorter words could be anything, and stand anywhere. */
const shortest = 8

/** A text in which no line of any of those secrets is left, should one have come in by another way. */
export function scrubbed(text: string, secrets: readonly string[]): string {
  const lines = secrets.flatMap((secret) => secret.split('\n').map((line) => line.trim())).filter((line) => line.length >= shortest)
  // In JSON a line may stand with its quotes and backslashes escaped.
  return lines.flatMap((line) => [line, JSON.stringify(line).slice(1, -1)]).reduce((rest, line) => rest.replaceAll(line, withheld), text)
}
