import type { Endpoint } from './endpoint.ts'

/** It points at where the traffic of this group is, and there is such traffic here: the group does not depend on it. */
export function isFollower({ capabilities }: Endpoint, all: Iterable<Endpoint>): boolean {
  if (capabilities.follows === undefined) return false
  for (const other of all) if (other.wanted && carriesTraffic(other)) return true
  return false
}

function carriesTraffic({ capabilities }: Endpoint): boolean {
  return capabilities.follows === undefined && capabilities.service === undefined
}

/** All that the group depends on. */
export function leading(all: Iterable<Endpoint>): readonly Endpoint[] {
  const list = [...all]
  return list.some(({ capabilities }) => capabilities.follows !== undefined) ? list.filter((each) => !isFollower(each, list)) : list
}

/** All that follows, and on which nothing depends. */
export function followers(all: Iterable<Endpoint>): readonly Endpoint[] {
  const list = [...all]
  return list.filter((each) => each.wanted && isFollower(each, list))
}
