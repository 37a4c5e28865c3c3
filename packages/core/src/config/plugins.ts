import type { BackendKind, BackendPlugin } from '../backend.ts'

/** One kind of endpoint with the package that brings it. */
export interface LoadedKind {
  readonly package: string
  readonly plugin: BackendPlugin
  readonly kind: BackendKind
}

/** By the name that stands behind `backend:`. */
export type PluginMap = ReadonlyMap<string, LoadedKind>

export type PluginErrorCode = 'PLUGIN_MISSING' | 'PLUGIN_BROKEN' | 'BACKEND_UNKNOWN'

/** A backend that cannot be used. `fix` names the next step. */
export class PluginError extends Error {
  readonly code: PluginErrorCode
  readonly kind: string
  readonly fix: string
  constructor(code: PluginErrorCode, kind: string, message: string, fix: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PluginError'
    this.code = code
    this.kind = kind
    this.fix = fix
  }
}

/** The kinds that movip's own packages bring. Third parties are named in full: `@scope/package#kind`. */
const ownKinds: Readonly<Record<string, string>> = {
  arp: '@movip/backend-arp',
  'lb-health': '@movip/backend-lb',
  'aws-route': '@movip/backend-aws',
  'aws-eip': '@movip/backend-aws',
  'aws-ip': '@movip/backend-aws',
  'azure-ilb': '@movip/backend-azure',
  'azure-route': '@movip/backend-azure',
  'azure-ip': '@movip/backend-azure',
  'gcp-ilb': '@movip/backend-gcp',
  'gcp-route': '@movip/backend-gcp',
  'gcp-alias': '@movip/backend-gcp',
  'dns-rfc2136': '@movip/backend-dns',
  'dns-route53': '@movip/backend-dns',
  'dns-azure': '@movip/backend-dns',
  'dns-gcp': '@movip/backend-dns',
}

/** Names that may stand behind `backend:` without a package name. */
export const ownKindNames: readonly string[] = Object.keys(ownKinds)

/** What could be loaded, and for the rest the reason. Imports only the packages that the names ask for. */
export async function resolvePlugins(kinds: Iterable<string>): Promise<{
  readonly plugins: PluginMap
  readonly failures: ReadonlyMap<string, PluginError>
}> {
  const plugins = new Map<string, LoadedKind>()
  const failures = new Map<string, PluginError>()
  for (const name of new Set(kinds)) {
    try {
      plugins.set(name, await loadKind(name))
    } catch (error) {
      if (!(error instanceof PluginError)) throw error
      failures.set(name, error)
    }
  }
  return { plugins, failures }
}

/** Loads the named kinds; throws `PluginError` for the first that cannot be used. */
export async function loadPlugins(kinds: Iterable<string>): Promise<PluginMap> {
  const { plugins, failures } = await resolvePlugins(kinds)
  for (const failure of failures.values()) throw failure
  return plugins
}

async function loadKind(name: string): Promise<LoadedKind> {
  const [packageName, kindName] = packageOf(name)
  const plugin = await importPlugin(packageName, name)
  const kind = Object.hasOwn(plugin.kinds, kindName) ? plugin.kinds[kindName] : undefined
  if (kind === undefined) {
    const known = Object.keys(plugin.kinds).join(', ')
    throw new PluginError(
      'BACKEND_UNKNOWN',
      name,
      `the package ${packageName} has no backend "${kindName}" (it has: ${known})`,
      `use one of ${known}, or another version: npm install ${packageName}@latest`,
    )
  }
  return { package: packageName, plugin, kind }
}

function packageOf(name: string): readonly [string, string] {
  const own = Object.hasOwn(ownKinds, name) ? ownKinds[name] : undefined
  if (own !== undefined) return [own, name]
  // Only a bare package name: a path here would let a configuration run any file.
  const [, packageName, kindName] = /^((?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*)#([a-z][a-z0-9-]*)$/.exec(name) ?? []
  if (packageName !== undefined && kindName !== undefined) return [packageName, kindName]
  throw new PluginError(
    'BACKEND_UNKNOWN',
    name,
    `there is no backend "${name}"`,
    `use one of ${ownKindNames.join(', ')}, or @scope/package#kind`,
  )
}

async function importPlugin(packageName: string, kind: string): Promise<BackendPlugin> {
  let module: { readonly default?: unknown }
  try {
    module = (await import(packageName)) as { readonly default?: unknown }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    const missing = (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && String(error).includes(`'${packageName}'`)
    throw missing
      ? new PluginError(
          'PLUGIN_MISSING',
          kind,
          `backend "${kind}" needs the package ${packageName}, which is not installed`,
          `npm install ${packageName}`,
          { cause: error },
        )
      : new PluginError(
          'PLUGIN_BROKEN',
          kind,
          `the package ${packageName} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
          `npm install ${packageName}@latest`,
          { cause: error },
        )
  }
  if (!isPlugin(module.default)) {
    throw new PluginError(
      'PLUGIN_BROKEN',
      kind,
      `the package ${packageName} is not a backend of movip`,
      'name a package whose default export is a BackendPlugin',
    )
  }
  return module.default
}

function isPlugin(value: unknown): value is BackendPlugin {
  return typeof value === 'object' && value !== null && 'kinds' in value && typeof value.kinds === 'object' && value.kinds !== null
}
