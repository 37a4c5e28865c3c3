import { stat } from 'node:fs/promises'

export type SecretErrorCode = 'SECRET_EXPOSED' | 'SECRET_MISSING'

/** A secret file that must not be used as it is. `fix` names the next step. */
export class SecretError extends Error {
  readonly code: SecretErrorCode
  readonly file: string
  readonly fix: string
  constructor(code: SecretErrorCode, file: string, message: string, fix: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SecretError'
    this.code = code
    this.file = file
    this.fix = fix
  }
}

/** Throws `SecretError` unless the file exists and only its owner may read it. */
export async function assertPrivate(path: string): Promise<void> {
  let mode: number
  try {
    mode = (await stat(path)).mode
  } catch (error) {
    throw new SecretError(
      'SECRET_MISSING',
      path,
      `the secret file ${path} cannot be read`,
      `put it there, or name the right file in node.yaml`,
      { cause: error },
    )
  }
  if ((mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0')
    throw new SecretError('SECRET_EXPOSED', path, `the secret file ${path} is open to others (mode ${octal})`, `chmod 600 ${path}`)
  }
}
