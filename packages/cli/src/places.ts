import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the files of a node are by default. */
export interface Places {
  /** Of a whole machine, or of a user without rights, as a witness may be. */
  readonly of: 'machine' | 'user'
  readonly dir: string
  readonly data: string
  readonly socket: string
  readonly unitDir: string
}

/** Where node.yaml is by default, and may be absent. */
export const defaultConfig = '/etc/movip/node.yaml'

export const machinePlaces: Places = {
  of: 'machine',
  dir: '/etc/movip',
  data: '/var/lib/movip',
  socket: '/run/movip/movip.sock',
  unitDir: '/etc/movip',
}

/** The socket is beside the data and not in the folder of a session, which ends when the user logs out. */
export function userPlaces(): Places {
  const config = folder('XDG_CONFIG_HOME', '.config')
  const state = join(folder('XDG_STATE_HOME', '.local/state'), 'movip')
  return {
    of: 'user',
    dir: join(config, 'movip'),
    data: join(state, 'data'),
    socket: join(state, 'movip.sock'),
    unitDir: join(config, 'systemd/user'),
  }
}

/** Whether this process may do whatever it wants on this machine. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The node.yaml that counts where none is named: that of a user who has one, else that of the machine. */
export function usualConfig(): string {
  const own = join(userPlaces().dir, 'node.yaml')
  return !isRoot() && existsSync(own) ? own : defaultConfig
}

function folder(variable: string, usual: string): string {
  const named = process.env[variable]
  // What is not absolute is to be ignored, says the standard.
  return named?.startsWith('/') === true ? named : join(homedir(), usual)
}
