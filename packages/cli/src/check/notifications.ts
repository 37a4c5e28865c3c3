import { lookup } from 'node:dns/promises'
import { access, constants } from 'node:fs/promises'
import type { Finding } from '@movip/core/backend'
import { assertPrivate, SecretError } from '@movip/core/config'
import type { NodeConfig, NotifySecrets } from '@movip/core/config'
import type { ClusterSpec } from './run-checks.ts'

type Target = NonNullable<ClusterSpec['notify']>[number]

/** Whether this node has what it needs to tell people what happens. Nothing is sent. */
export async function checkNotifications({ file, notify = {} }: NodeConfig, spec: ClusterSpec): Promise<Finding[]> {
  const targets = spec.notify ?? []
  const strangers = Object.keys(notify).filter((name) => !targets.some(({ id }) => id === name))
  const found = targets.map(async (target): Promise<Finding[]> => {
    const secrets = notify[target.id] ?? {}
    return [...misfits(target, secrets, file), ...(await closedSecrets(secrets)), ...(await readable(target)), ...(await resolved(target))]
  })
  return [
    ...strangers.map((name) =>
      finding(
        'warning',
        'NOTIFY_UNKNOWN',
        `${file} has secrets for ${name}, and nothing under notify: in cluster.yaml is called so`,
        'correct the name',
      ),
    ),
    ...(await Promise.all(found)).flat(),
  ]
}

/** Whether secrets and target go together. */
function misfits({ id, via }: Target, secrets: NotifySecrets, file: string): Finding[] {
  if (via.type === 'mail') {
    if (via.tls !== 'none' || secrets.user === undefined) return []
    const message = `notify ${id}: a password is not sent over a way without TLS`
    return [finding('error', 'NOTIFY_UNPROTECTED', message, `write tls: starttls in cluster.yaml, or remove the user from ${file}`)]
  }
  const noUrl = via.url === undefined && secrets.urlFile === undefined
  const noSecret = secrets.secretFile === undefined && secrets.urlFile === undefined
  return [
    ...(noUrl
      ? [finding('error', 'NOTIFY_NO_URL', `notify ${id}: there is no URL`, `write one in cluster.yaml, or name a urlFile in ${file}`)]
      : []),
    ...(noSecret
      ? [
          finding(
            'warning',
            'NOTIFY_UNSIGNED',
            `notify ${id}: messages are not signed, so that anybody can make them up`,
            `name a secretFile under notify.${id} in ${file}`,
          ),
        ]
      : []),
  ]
}

async function closedSecrets({ secretFile, urlFile, passwordFile }: NotifySecrets): Promise<Finding[]> {
  const found = [secretFile, urlFile, passwordFile].map(async (file): Promise<Finding[]> => {
    if (file === undefined) return []
    try {
      await assertPrivate(file)
      return []
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      return [finding('error', error.code, error.message, error.fix)]
    }
  })
  return (await Promise.all(found)).flat()
}

async function readable({ id, via: { ca } }: Target): Promise<Finding[]> {
  if (ca === undefined) return []
  try {
    await access(ca, constants.R_OK)
    return []
  } catch {
    return [
      finding('error', 'NOTIFY_CA_MISSING', `notify ${id}: the file ${ca} cannot be read`, 'put it there, or correct ca: in cluster.yaml'),
    ]
  }
}

async function resolved({ id, via }: Target): Promise<Finding[]> {
  const host = via.type === 'mail' ? via.host : via.url === undefined ? null : new URL(via.url).hostname.replace(/^\[|\]$/g, '')
  if (host === null) return []
  try {
    await lookup(host)
    return []
  } catch {
    return [
      finding(
        'warning',
        'NOTIFY_UNRESOLVED',
        `notify ${id}: the name ${host} cannot be resolved`,
        'correct it in cluster.yaml, or the name service',
      ),
    ]
  }
}

function finding(severity: Finding['severity'], code: string, message: string, fix: string): Finding {
  return { severity, code, message, fix }
}
