import { readFileSync } from 'node:fs'

/** What the kernel says of a process: /proc/<pid>/status. */
type Status = string

/**
 * What whoever started this process has forbidden it, and with it all that it starts, by the names that a unit of systemd has for it. What the
 * first process is forbidden as well, nobody on this machine (or in this container) has been given.
 */
export function findBounds(): readonly string[] {
  try {
    return boundsOf(
      readFileSync('/proc/self/status', 'utf8'),
      readFileSync('/proc/1/status', 'utf8'),
      readFileSync('/proc/self/mountinfo', 'utf8'),
    )
  } catch {
    // Where /proc is closed nobody can tell, and nothing depends on it.
    return []
  }
}

/** The same from what the kernel says: of this process, of the first one, and of the mounts that this one sees. Pure. */
export function boundsOf(own: Status, first: Status, mounts: string): readonly string[] {
  const lacks = capabilitiesOf(first) & ~capabilitiesOf(own)
  const isForbidden = (field: string): boolean => numberOf(own, field) > 0 && numberOf(first, field) === 0
  return [
    ...(lacks === 0n ? [] : ['CapabilityBoundingSet']),
    ...(isForbidden('NoNewPrivs') ? ['NoNewPrivileges'] : []),
    ...(isForbidden('Seccomp') ? ['RestrictAddressFamilies or another filter of system calls'] : []),
    ...(seesCopies(mounts) ? ['ProtectSystem, PrivateTmp or another option that gives it mounts of its own'] : []),
  ]
}

function capabilitiesOf(status: Status): bigint {
  return BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
}

function numberOf(status: Status, field: string): number {
  return Number(new RegExp(`^${field}:\\s*(\\d+)$`, 'm').exec(status)?.[1] ?? 0)
}

/** The tree of its mounts follows that of others, who see nothing of what is mounted here. */
function seesCopies(mounts: string): boolean {
  return mounts.split('\n').some((line) => / master:\d+ /.test(line) && ['/', '/proc'].includes(line.split(' ')[4] ?? ''))
}
