import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** A key and a certificate for an address, which whoever trusts the certificate believes. */
export function certificateFor(address: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'movip-lab-tls-'))
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem']
    const certificate = ['-out', 'cert.pem', '-days', '2', '-subj', `/CN=${address}`, '-addext', `subjectAltName=IP:${address}`]
    execFileSync('openssl', ['req', '-x509', ...key, ...certificate], { cwd: folder, stdio: 'pipe' })
    return { key: readFileSync(join(folder, 'key.pem'), 'utf8'), cert: readFileSync(join(folder, 'cert.pem'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
