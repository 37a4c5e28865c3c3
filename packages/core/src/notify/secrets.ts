import { readFile } from 'node:fs/promises'
import { assertPrivate, SecretError } from '../config/private.ts'

/** What a secret file says. Throws `SecretError` where others may read it, or it says nothing. Read anew each time: it may be replaced. */
export async function readSecret(path: string): Promise<string> {
  await assertPrivate(path)
  const text = (await readFile(path, 'utf8')).trim()
  if (text === '') throw new SecretError('SECRET_MISSING', path, `the secret file ${path} is empty`, 'put the secret into it')
  return text
}
