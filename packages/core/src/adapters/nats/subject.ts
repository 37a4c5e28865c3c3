/** A name as one token of a NATS subject: what NATS could misread is written as `=` and its hex code, so no two names meet. */
function subjectToken(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/gu, (character) => `=${character.codePointAt(0)?.toString(16)}=`)
}

export function subjectOfAll(cluster: string): string {
  return `movip.${subjectToken(cluster)}.all`
}

export function subjectOf(cluster: string, node: string): string {
  return `movip.${subjectToken(cluster)}.to.${subjectToken(node)}`
}
