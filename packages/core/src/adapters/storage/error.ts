export type StorageErrorCode =
  | 'STORAGE_LOCKED'
  | 'STORAGE_REFUSED'
  | 'STORAGE_CORRUPT'
  | 'STORAGE_FORMAT'
  | 'STORAGE_FOREIGN'
  | 'STORAGE_FULL'
  | 'STORAGE_UNREADABLE'

/** A data folder that is not opened: what was found, and the next step. Nothing in the folder was changed. */
export class StorageError extends Error {
  readonly code: StorageErrorCode
  readonly fix: string

  constructor(code: StorageErrorCode, message: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'StorageError'
    this.code = code
    this.fix = fix
  }
}

/** The refusal of a folder whose content cannot be what this program wrote. */
export function corrupt(folder: string, found: string): StorageError {
  return new StorageError(
    'STORAGE_CORRUPT',
    `the data folder ${folder} is damaged: ${found}`,
    `keep a copy of ${folder}, and do not put back an older one; see "A lost data folder" in docs/operations.md`,
  )
}

/** The refusal of a folder that is well, and that another version has to read. */
export function ofOtherVersion(folder: string, format: { readonly found: number; readonly expected: number }): StorageError {
  return new StorageError(
    'STORAGE_FORMAT',
    `the data folder ${folder} was written by another version of movip: its format is ${format.found}, this version writes format ${format.expected}`,
    `start the version of movip that wrote it, and keep the folder: it bears the vote of this node; without that version it counts as lost, see "A lost data folder" in docs/operations.md`,
  )
}

/** Turns what the system said about a file into a refusal that names the next step. */
export function fromSystem(folder: string, doing: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/ENOSPC|EDQUOT|No space left|quota exceeded/i.test(text)) {
    return new StorageError(
      'STORAGE_FULL',
      `${doing} ${folder} failed: no space left (${text})`,
      `free some space on the file system of ${folder}`,
      cause,
    )
  }
  return new StorageError(
    'STORAGE_UNREADABLE',
    `${doing} ${folder} failed: ${text}`,
    `make ${folder} readable and writable for the user that runs movip, and check its disk`,
    cause,
  )
}

/** Makes a refusal of whatever reading a folder's records threw. */
export function refusalOf(folder: string, error: unknown): StorageError {
  const text = error instanceof Error ? error.message : String(error)
  const isOfDatabase = /MDB_|corrupt|invalid/i.test(text) && !(error instanceof StorageError) && !text.includes('MDB_MAP_FULL')
  // The system's refusals are plain errors; what the database stumbled over in its own pages may be any of these.
  const isOfReader = error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError
  return isOfDatabase || isOfReader ? corrupt(folder, text) : fromSystem(folder, 'opening', error)
}
