import type { ReleaseResult } from '../release.ts'
import { paint } from './table.ts'

const daemonText: Readonly<Record<ReleaseResult['daemon'], string>> = {
  released: 'the daemon gave everything up and takes nothing until its next start',
  absent: 'no daemon runs on this node',
  silent:
    'the daemon does not answer; it has been asked, and gives everything up as soon as it goes on, its right to serve having lapsed. To be certain, end it with: systemctl kill -s SIGKILL movip',
  failed: 'the daemon could not do it',
}

/** What was taken down, as people read it. */
export function releaseView(result: ReleaseResult): string[] {
  const down = [...result.groups.map((group) => `group ${group}`), ...result.takenDown]
  return [
    result.daemon === 'silent' ? paint('yellow', daemonText.silent) : daemonText[result.daemon],
    ...(down.length === 0 ? ['nothing was left to take down'] : down.map((what) => `${paint('green', 'down')}  ${what}`)),
    ...result.problems.map(({ message, fix }) => `${paint('red', 'failed')}  ${message}\n  next: ${fix}`),
  ]
}
