/** A program that makes a whole lab, moves the bare address once, and says what of the lab works where it runs. */
import { bestDiskKind } from './faults/disk.ts'
import { measureFloor } from './floor.ts'
import { startLab } from './lab.ts'

const lab = await startLab({ nodes: ['n1', 'n2'] })
try {
  const disk = await bestDiskKind(lab.network.folder.path)
  await measureFloor(lab, 2)
  const answered = lab.client.since(0).answers.length > 0
  const sighted = [...new Set(lab.observer.sightings(0).map(({ host }) => host))].toSorted()
  console.log(JSON.stringify({ disk, answered, sighted, lost: lab.observer.lost() }))
} finally {
  lab.close()
}
