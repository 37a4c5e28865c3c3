import type { Server } from 'node:http'
import { BackendError } from '../backend.ts'
import type { HealthAnswers, HealthDoor, HealthListener, OpenDoor } from '../backend.ts'
import { httpServer } from './http-door.ts'
import { closed, listening } from './listening.ts'
import type { Listen } from './listening.ts'
import { tcpDoor } from './tcp-door.ts'

const noListen = 'this node answers nobody who asks for its health'
const listenFix = 'name where in node.yaml, such as health: { listen: 0.0.0.0:9650 }, and restart movip'

/** The daemon's health answers: those with a path share `health.listen`, those with a port have that, on the same addresses. */
export function createHealthListener(listen: readonly Listen[]): HealthListener {
  return new Listener(listen)
}

/** For a look beforehand: the same refusals of what `node.yaml` lacks, and nobody is answered. */
export function silentHealthListener(listen: readonly Listen[]): HealthListener {
  const nowhere = createHealthListener([])
  const silent: OpenDoor = { hangUp: () => undefined, close: () => Promise.resolve() }
  return { listen, open: (door, answers) => (listen.length === 0 ? nowhere.open(door, answers) : Promise.resolve(silent)) }
}

class Listener implements HealthListener {
  readonly listen: readonly Listen[]
  private readonly paths = new Map<string, HealthAnswers>()
  /** While there are paths. */
  private shared: Promise<readonly Server[]> | null = null

  constructor(listen: readonly Listen[]) {
    this.listen = listen
  }

  async open(door: HealthDoor, answers: HealthAnswers): Promise<OpenDoor> {
    if (this.listen.length === 0) throw new BackendError('INVALID', noListen, listenFix)
    if ('path' in door) return this.openPath(door.path, answers)
    return door.form === 'http' ? this.openHttp(door.port, answers) : this.openTcp(door.port, answers)
  }

  private async openPath(path: string, answers: HealthAnswers): Promise<OpenDoor> {
    if (this.paths.has(path))
      throw new BackendError('CONFLICT', `another endpoint of this node answers at ${path} already`, 'give one of the two another path')
    this.paths.set(path, answers)
    this.shared ??= Promise.all(this.listen.map((at) => listening(() => httpServer((asked) => this.paths.get(asked) ?? null), at)))
    const close = async (): Promise<void> => {
      if (this.paths.get(path) !== answers) return
      this.paths.delete(path)
      if (this.paths.size > 0) return
      const ending = this.shared
      this.shared = null
      await Promise.all(((await ending?.catch(() => null)) ?? []).map(closed))
    }
    await this.shared.catch(async (error: unknown) => {
      await close()
      throw error
    })
    return { hangUp: () => undefined, close }
  }

  private async openHttp(port: number, answers: HealthAnswers): Promise<OpenDoor> {
    const servers = await this.onAll(port, () => httpServer(() => answers))
    return { hangUp: () => undefined, close: () => closeAll(servers) }
  }

  private async openTcp(port: number, answers: HealthAnswers): Promise<OpenDoor> {
    const doors: ReturnType<typeof tcpDoor>[] = []
    const hangUp = (): void => {
      for (const door of doors) door.hangUp()
    }
    const servers = await this.onAll(port, () => {
      const door = tcpDoor(answers)
      doors.push(door)
      return door.server
    })
    const close = async (): Promise<void> => {
      const closing = closeAll(servers)
      hangUp()
      await closing
    }
    return { hangUp, close }
  }

  private async onAll<S extends Parameters<typeof closed>[0]>(port: number, make: () => S): Promise<readonly S[]> {
    const hosts = [...new Set(this.listen.map(({ host }) => host))]
    const opened = await Promise.allSettled(hosts.map((host) => listening(make, { host, port })))
    const servers = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const failed = opened.find((each) => each.status === 'rejected')
    if (failed === undefined) return servers
    await closeAll(servers)
    throw failed.reason
  }
}

async function closeAll(servers: readonly Parameters<typeof closed>[0][]): Promise<void> {
  await Promise.all(servers.map(closed))
}
