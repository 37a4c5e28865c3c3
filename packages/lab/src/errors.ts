export type LabErrorCode =
  | 'NAMESPACES_NOT_PERMITTED'
  | 'NOT_PERMITTED'
  | 'TOOL_MISSING'
  | 'COMMAND_FAILED'
  | 'CHILD_ENDED'
  | 'EVIDENCE_LOST'
  | 'TIMEOUT'
  | 'UNKNOWN_HOST'
  | 'UNKNOWN_SCENARIO'

/** An expected failure of the lab. `fix` names the next step. */
export class LabError extends Error {
  readonly code: LabErrorCode
  readonly fix: string
  constructor(code: LabErrorCode, message: string, fix: string, options?: ErrorOptions) {
    super(`${message}\n${fix}`, options)
    this.name = 'LabError'
    this.code = code
    this.fix = fix
  }
}

/** Why there is no lab without namespaces, and the two ways to get them. */
export function namespacesNotPermitted(detail: string): LabError {
  return new LabError(
    'NAMESPACES_NOT_PERMITTED',
    `The lab needs Linux network namespaces, and this process may not make them: ${detail}`,
    'Run it as root, or inside a user namespace: ' +
      "unshare --user --map-root-user --net --mount sh -c 'mount -t tmpfs tmpfs /run && exec <command>' " +
      '(there everything works but a disk that hangs; where user namespaces are switched off: sysctl kernel.unprivileged_userns_clone=1, ' +
      'and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0).',
  )
}
