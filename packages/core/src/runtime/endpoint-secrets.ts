import { BackendError } from '../backend.ts'
import { readSecret } from '../notify/secrets.ts'

/** How a backend gets at a secret: by a name of `secrets` in `node.yaml`. What it gets was closed to others. Throws `BackendError`. */
export function secretsOf(files: Readonly<Record<string, string>>): (name: string) => Promise<string> {
  return async (name) => {
    const file = Object.hasOwn(files, name) ? files[name] : undefined
    if (file === undefined) {
      const fix = `add it there: secrets: { ${name}: /etc/movip/${name} }`
      throw new BackendError('NOT_FOUND', `node.yaml names no file for the secret ${name}`, fix)
    }
    try {
      return await readSecret(file)
    } catch (error) {
      const fix = error instanceof Error && 'fix' in error ? String(error.fix) : `make ${file} readable for the user that runs movip`
      throw new BackendError('DENIED', error instanceof Error ? error.message : String(error), fix, { cause: error })
    }
  }
}
