import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { loadClusterSpec, loadNodeConfig } from '@movip/core/config'
import { describe, expect, it } from 'vitest'
import { clusterAnswer, movesAnswer, statusAnswer } from './testing/answers.ts'
import { bin, movip, run, scratch } from './testing/bin.ts'

const moves = [200, movesAnswer()] as const
const threeNodes = ['--node', 'a=127.0.0.1', '--node', 'b=127.0.0.2@lyon', '--node', 'w=127.0.0.3@office,witness']

function initArgs(dir: string, ...more: string[]): string[] {
  return [
    'init',
    '--cluster',
    'clitest',
    ...threeNodes,
    '--self',
    'a',
    '--interface',
    'lo',
    '--dir',
    dir,
    '--data',
    join(dir, 'data'),
    ...more,
  ]
}

describe('wrong input', () => {
  it.each([
    ['an unknown command', ['statu'], 'next: did you mean movip status? What there is: movip help'],
    ['an unknown command with arguments', ['swichover', 'web'], 'next: did you mean movip switchover?'],
    ['a command like no other', ['abracadabra'], 'next: see what there is with: movip help'],
    ['an unknown flag of status', ['status', '--foo'], 'Nonexistent flag: --foo'],
    ['an argument too many for status', ['status', 'x'], 'status x is not a movip command'],
    ['no group for switchover', ['switchover'], 'neither a group nor a site is named'],
    ['a group and a site for switchover', ['switchover', 'web', '--site', 'paris'], 'a group and a site are named'],
    ['a schema of no file', ['schema', 'nodes'], 'Expected nodes to be one of: node, cluster'],
    ['no fault for drill', ['drill', 'web'], 'movip: Missing required flag --fault'],
    ['a limit that is no number', ['events', '--limit', 'x'], 'Parsing --limit; Expected an integer but received: x'],
    ['help for an unknown command', ['help', 'statsu'], 'statsu is not a movip command'],
    ['no file for apply', ['apply'], 'Missing 1 required arg'],
    ['a version that is no number', ['rollback', 'twelve'], 'a version is a whole number, not twelve'],
    ['a flag without its value for switchover', ['switchover', 'web', '--to'], '--to expects a value'],
    ['an unknown flag of release', ['release', '--now'], 'Nonexistent flag: --now'],
    ['an unknown scenario for demo', ['demo', '--scenario', 'nope'], 'nope'],
    ['a flag without a command', ['--config'], 'there is no command beside --config'],
    ['an argument too many for check', ['check', 'x'], 'check x is not a movip command'],
    ['an unknown profile for init', ['init', '--timing', 'warp'], 'Expected --timing=warp to be one of: lan, wan, fast'],
    ['init without a terminal and without flags', ['init'], '--cluster, --node, --self, --interface are missing'],
    [
      'a malformed node for init',
      ['init', '--cluster', 'c', '--node', 'a', '--self', 'a', '--interface', 'lo'],
      '--node a is not of the form name=address, name=address@site or name=address@site,witness',
    ],
    [
      'a self that is no node',
      ['init', '--cluster', 'c', '--node', 'a=h', '--self', 'b', '--interface', 'lo'],
      '--self b is none of the nodes a',
    ],
    ['an invitation beside what it says', ['init', '--join', '-', '--cluster', 'c'], '--cluster=c cannot also be provided'],
    ['no invitation at all', ['init', '--witness'], 'the invitation is empty'],
    ['a file that is no invitation', ['init', '--join', '/etc/hostname'], 'this is no invitation of movip'],
    ['an invitation that is not there', ['init', '--join', '/nonexistent'], 'the invitation /nonexistent cannot be read'],
  ])('is refused with 2 and one message: %s', async (_title, args, text) => {
    const { code, out, err } = await movip(args)
    expect(err).toContain(text)
    expect(err).not.toContain('    at ')
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  it('is refused as JSON where JSON was asked for', async () => {
    for (const args of [['status', '--foo', '--json'], ['statu', '--json'], ['--json'], ['switchover', '--json']]) {
      const { code, out } = await movip(args)
      expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, error: { code: 'USAGE', exitCode: 2 } })
      expect(code).toBe(2)
    }
  })
})

it('whoever reads no further is no failure', async () => {
  const quoted = [process.execPath, bin].map((part) => `'${part}'`).join(' ')
  expect(await run('bash', ['-c', `set -o pipefail; ${quoted} help status | true`])).toEqual({ code: 0, out: '', err: '' })
})

it('movip support names the file that it could not find', async () => {
  await using place = await scratch()
  const output = join(place.folder, 'out.json')
  const { err } = await movip(['support', '--config', '/nonexistent/node.yaml', '--output', output])
  expect(err).toContain('node is missing in it: /nonexistent/node.yaml: there is no such file\n')
})

it('movip init tells the other nodes of a folder by its whole path', async () => {
  await using place = await scratch()
  const { out } = await movip(initArgs(place.folder, '--unit-dir', relative(process.cwd(), place.folder)))
  expect(out).toContain(`--unit-dir ${place.folder}\n`)
})

it('movip release without a cluster to name asks for its name', async () => {
  await using place = await scratch()
  const node = join(place.folder, 'node.yaml')
  await writeFile(node, 'node: a\n')
  const { code, err } = await movip(['release', '--config', node])
  expect(err).toContain('name it: movip release --cluster <name>')
  expect(code).toBe(2)
})

describe('movip status', () => {
  it('shows the answer of the daemon and ends with 0', async () => {
    await using place = await scratch()
    const socket = await place.daemon({ '/v1/status': [200, statusAnswer()], '/v1/cluster': [200, clusterAnswer()], '/v1/moves': moves })
    const human = await movip(['status', '--socket', socket])
    expect(human.out).toMatch(/cluster shop as b saw it \d+ ms ago/)
    expect(human.code).toBe(0)
    const json = await movip(['status', '--socket', socket, '--json'])
    expect(JSON.parse(json.out)).toMatchObject({ schemaVersion: 1, failuresTolerated: 1, engine: { cluster: 'shop' } })
  })

  it('finds the socket in node.yaml, also through MOVIP_CONFIG', async () => {
    await using place = await scratch()
    await place.daemon({ '/v1/status': [200, statusAnswer()], '/v1/cluster': [200, clusterAnswer()], '/v1/moves': moves })
    const config = join(place.folder, 'node.yaml')
    await writeFile(config, 'node: b\napi: { socket: movip.sock }\n')
    expect((await movip(['status'], { MOVIP_CONFIG: config })).code).toBe(0)
    expect((await movip(['status', '--config', config])).code).toBe(0)
  })

  it('refuses a --config that is not there, as check does', async () => {
    const { code, err } = await movip(['status', '--config', '/nonexistent/node.yaml'])
    expect(err).toContain('/nonexistent/node.yaml: there is no such file')
    expect(code).toBe(1)
  })

  it('ends with 4 when there is no quorum, showing all the same', async () => {
    await using place = await scratch()
    const socket = await place.daemon({
      '/v1/status': [200, statusAnswer({ quorum: false })],
      '/v1/cluster': [200, clusterAnswer()],
      '/v1/moves': moves,
    })
    const { code, out } = await movip(['status', '--socket', socket])
    expect(out).toContain('no quorum')
    expect(code).toBe(4)
  })

  it('ends with 3 where no daemon answers, and says how to start one', async () => {
    const { code, err } = await movip(['status', '--socket', '/nonexistent/s'])
    expect(err).toBe(
      'movip: no daemon on this node (nobody listens on /nonexistent/s)\n  next: start it with: systemctl start movip (or: movip run); is it another socket, name it with --socket\n',
    )
    expect(code).toBe(3)
  })

  it('is coloured only where that is wanted', async () => {
    await using place = await scratch()
    const socket = await place.daemon({ '/v1/status': [200, statusAnswer()], '/v1/cluster': [200, clusterAnswer()], '/v1/moves': moves })
    expect((await movip(['status', '--socket', socket])).out).not.toContain('\u001B[')
    expect((await movip(['status', '--socket', socket], { FORCE_COLOR: '1' })).out).toContain('\u001B[')
    expect((await movip(['status', '--socket', socket], { NO_COLOR: '1' })).out).not.toContain('\u001B[')
  })
})

describe('movip switchover', () => {
  it('to a node that the cluster does not have is wrong input', async () => {
    await using place = await scratch()
    const socket = await place.daemon({
      '/v1/switchover': [200, { schemaVersion: 1, tookMs: 1, reply: { ok: false, code: 'not-a-candidate', message: 'no' } }],
      '/v1/status': [200, statusAnswer()],
      '/v1/cluster': [200, clusterAnswer()],
    })
    const { code, err } = await movip(['switchover', 'web', '--to', 'c', '--yes', '--socket', socket])
    expect(err).toContain('the cluster has no node c\n  next: write one of a, b, w')
    expect(code).toBe(2)
    expect((await movip(['switchover', 'web', '--to', 'w', '--yes', '--socket', socket])).code).toBe(5)
  })

  it('says from where to where and how long it took', async () => {
    await using place = await scratch()
    const socket = await place.daemon({
      '/v1/switchover': [200, { schemaVersion: 1, tookMs: 12.4, reply: { ok: true, group: 'web', from: 'a', to: 'b', epoch: 9 } }],
      '/v1/cluster': [200, clusterAnswer()],
    })
    expect(await movip(['switchover', 'web', '--to', 'b', '--yes', '--socket', socket])).toEqual({
      code: 0,
      out: 'web: a → b in 12 ms (epoch 9)\n',
      err: '',
    })
  })

  it('tells the phases of the move, once the cluster knows how it ended', async () => {
    await using place = await scratch()
    const phases = { detectMs: 0, decideMs: 4, stopMs: 7, claimMs: 5, verifyMs: 1 }
    const socket = await place.daemon({
      '/v1/switchover': [200, { schemaVersion: 1, tookMs: 12.4, reply: { ok: true, group: 'web', from: 'a', to: 'b', epoch: 9 } }],
      '/v1/cluster': [200, clusterAnswer()],
      '/v1/moves': [200, { schemaVersion: 1, moves: [{ group: 'web', from: 'a', to: 'b', epoch: 9, cause: 'by request', at: 1, phases }] }],
    })
    const { out } = await movip(['switchover', 'web', '--to', 'b', '--yes', '--socket', socket])
    expect(out).toContain('\n  detect 0 ms, stop 7 ms, decide 4 ms, claim 5 ms, verify 1 ms\n')
    const json = await movip(['switchover', 'web', '--to', 'b', '--yes', '--json', '--socket', socket])
    expect(JSON.parse(json.out)).toMatchObject({ reply: { ok: true }, phases })
  })

  it.each([
    ['no-quorum', 4],
    ['unknown-group', 2],
    ['not-a-candidate', 5],
    ['unfit', 5],
    ['busy', 5],
    ['timeout', 1],
  ])('ends a refusal %s with %i', async (refusal, expected) => {
    await using place = await scratch()
    const socket = await place.daemon({
      '/v1/switchover': [200, { schemaVersion: 1, tookMs: 1, reply: { ok: false, code: refusal, message: 'no' } }],
      '/v1/cluster': [200, clusterAnswer()],
    })
    const { code, out } = await movip(['switchover', 'web', '--yes', '--json', '--socket', socket])
    expect(JSON.parse(out)).toMatchObject({ error: { code: refusal, message: 'no', exitCode: expected } })
    expect(code).toBe(expected)
  })
})

describe('movip release', () => {
  it('works without a daemon', async () => {
    await using place = await scratch()
    const { code, out, err } = await movip([
      'release',
      '--cluster',
      'clitest',
      '--yes',
      '--config',
      join(place.folder, 'node.yaml'),
      '--socket',
      join(place.folder, 's'),
    ])
    expect({ code, out, err }).toEqual({ code: 0, out: 'no daemon runs on this node\nnothing was left to take down\n', err: '' })
  })

  it('waits no longer than a second for a daemon that does not answer, and sweeps all the same', async () => {
    await using place = await scratch()
    const socket = await place.daemon({ '/v1/release': null })
    const begin = performance.now()
    const { code, out } = await movip([
      'release',
      '--cluster',
      'clitest',
      '--yes',
      '--json',
      '--socket',
      socket,
      '--config',
      join(place.folder, 'node.yaml'),
    ])
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, daemon: 'silent', takenDown: [], problems: [] })
    expect(code).toBe(0)
    expect(performance.now() - begin).toBeLessThan(5000)
  })

  it('names what the daemon gave up', async () => {
    await using place = await scratch()
    await movip(initArgs(place.folder))
    const socket = await place.daemon({ '/v1/release': [200, { schemaVersion: 1, released: ['web'] }] })
    const { out } = await movip(['release', '--yes', '--socket', socket, '--config', join(place.folder, 'node.yaml')])
    expect(out).toContain('down  group web')
  })
})

describe('movip init', () => {
  it('writes files that the daemon can read, the secret for its owner only', async () => {
    await using place = await scratch()
    const { code, out } = await movip(initArgs(place.folder, '--vip', '10.77.0.50/24', '--vip', 'fd77::50/64'))
    const invite = (node: string): string => `ssh root@127.0.0.1 movip invite ${node} --config ${place.folder}/node.yaml | movip init`
    expect(out).toContain(`  ${invite('b')} --join - --interface lo --dir ${place.folder} --data ${place.folder}/data\n`)
    expect(out).toContain(`  ${invite('w')} --witness\n`)
    expect(code).toBe(0)
    expect(await loadNodeConfig(join(place.folder, 'node.yaml'))).toMatchObject({
      node: 'a',
      interfaces: { lan: 'lo' },
      nats: [{ name: 'main', host: '127.0.0.1', port: 6222 }],
    })
    const spec = await loadClusterSpec(join(place.folder, 'cluster.yaml'))
    expect(spec.groups).toMatchObject([{ id: 'service', nodes: ['a', 'b'], endpoints: [{ backend: 'arp' }, { backend: 'arp' }] }])
    expect(spec.nodes.map((node) => [node.site, node.witness])).toEqual([
      ['main', false],
      ['lyon', false],
      ['office', true],
    ])
    expect((await stat(join(place.folder, 'cluster.secret'))).mode & 0o777).toBe(0o600)
    expect((await readFile(join(place.folder, 'cluster.secret'), 'utf8')).trim()).toMatch(/^[\w-]{43}$/)
  })

  it('puts the schemas beside the files, whose first lines name them', async () => {
    await using place = await scratch()
    await movip(initArgs(place.folder))
    for (const name of ['node', 'cluster']) {
      const [first] = (await readFile(join(place.folder, `${name}.yaml`), 'utf8')).split('\n')
      expect(first).toBe(`# yaml-language-server: $schema=${name}.schema.json`)
      const beside = await readFile(join(place.folder, `${name}.schema.json`), 'utf8')
      expect((await movip(['schema', name])).out).toBe(beside)
      expect(await readFile(new URL(`../schemas/${name}.schema.json`, import.meta.url), 'utf8')).toBe(beside)
    }
  })

  it('writes a unit with the rights that the daemon needs and no others', async () => {
    await using place = await scratch()
    await movip(initArgs(join(place.folder, 'with space')))
    const unit = await readFile(join(place.folder, 'with space', 'movip.service'), 'utf8')
    expect(unit).toContain(`run --config "${place.folder}/with space/node.yaml"`)
    for (const line of [
      'Restart=always',
      'KillMode=mixed',
      'CPUSchedulingPolicy=rr',
      'CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_NICE',
      'NoNewPrivileges=yes',
    ])
      expect(unit.split('\n')).toContain(line)
  })

  it('writes over nothing without --force, and never over the secret', async () => {
    await using place = await scratch()
    await movip(initArgs(place.folder))
    const secret = await readFile(join(place.folder, 'cluster.secret'), 'utf8')
    await writeFile(join(place.folder, 'node.yaml'), 'mine')
    const refused = await movip(initArgs(place.folder))
    expect(refused.err).toContain('exist already; nothing was written')
    expect(refused.code).toBe(1)
    expect(await readFile(join(place.folder, 'node.yaml'), 'utf8')).toBe('mine')
    const forced = await movip(initArgs(place.folder, '--force'))
    expect(forced.out).toContain('kept')
    expect(await readFile(join(place.folder, 'node.yaml'), 'utf8')).toContain('node: a')
    expect(await readFile(join(place.folder, 'cluster.secret'), 'utf8')).toBe(secret)
  })

  it('takes over the secret of the first node', async () => {
    await using place = await scratch()
    const first = join(place.folder, 'first')
    const second = join(place.folder, 'second')
    await movip(initArgs(first))
    const { out } = await movip([...initArgs(second, '--secret-file', join(first, 'cluster.secret')), '--json'])
    expect(JSON.parse(out)).toMatchObject({ secret: { origin: 'copied' } })
    expect(await readFile(join(second, 'cluster.secret'), 'utf8')).toBe(await readFile(join(first, 'cluster.secret'), 'utf8'))
    await chmod(join(first, 'cluster.secret'), 0o644)
    expect((await movip(initArgs(join(place.folder, 'third'), '--secret-file', join(first, 'cluster.secret')))).err).toContain(
      `chmod 600 ${join(first, 'cluster.secret')}`,
    )
  })

  it('sets an invited node up with the same cluster.yaml and the same secret', async () => {
    await using place = await scratch()
    await movip(initArgs(place.folder, '--vip', '10.77.0.50/24'))
    const second = join(place.folder, 'second')
    const invitation = join(place.folder, 'invitation')
    const config = ['--config', join(place.folder, 'node.yaml')]
    await writeFile(invitation, (await movip(['invite', 'b', ...config])).out)
    const joining = ['init', '--join', invitation, '--dir', second, '--data', join(second, 'data')]
    expect((await movip(joining)).err).toContain('b may hold groups, and --interface is missing')
    expect((await movip([...joining, '--witness'])).err).toContain('b is no witness in the cluster clitest')
    const { code, out } = await movip([...joining, '--interface', 'lo', '--json'])
    expect(JSON.parse(out)).toMatchObject({ self: 'b', secret: { origin: 'copied' }, elsewhere: [] })
    expect(code).toBe(0)
    expect(await loadNodeConfig(join(second, 'node.yaml'))).toMatchObject({
      node: 'b',
      interfaces: { lan: 'lo' },
      nats: [{ name: 'main', host: '127.0.0.2' }],
    })
    for (const name of ['cluster.yaml', 'cluster.secret'])
      expect(await readFile(join(second, name), 'utf8')).toBe(await readFile(join(place.folder, name), 'utf8'))
    expect((await stat(join(second, 'cluster.secret'))).mode & 0o777).toBe(0o600)
  })

  it('invites only nodes that the cluster has, and not the one that invites', async () => {
    await using place = await scratch()
    await movip(initArgs(place.folder))
    const config = ['--config', join(place.folder, 'node.yaml')]
    const unknown = await movip(['invite', 'zed', ...config])
    expect(unknown.err).toContain(`there is no node zed in ${place.folder}/cluster.yaml\n  next: write one of b, w`)
    expect(unknown.code).toBe(2)
    expect((await movip(['invite', 'a', ...config])).err).toContain('a is this node')
  })

  it('refuses two voters before it writes anything', async () => {
    await using place = await scratch()
    const { code, err } = await movip([
      'init',
      '--cluster',
      'c',
      '--node',
      'a=h1',
      '--node',
      'b=h2',
      '--self',
      'a',
      '--interface',
      'lo',
      '--dir',
      place.folder,
      '--data',
      join(place.folder, 'd'),
    ])
    expect(err).toContain('add a third voice')
    expect(code).toBe(2)
    await expect(stat(join(place.folder, 'node.yaml'))).rejects.toThrow('ENOENT')
  })
})

describe('movip check', () => {
  it('finds nothing wrong with what init wrote, but that the others do not run yet', async () => {
    await using place = await scratch()
    await movip(initArgs(place.folder))
    const { code, out } = await movip(['check', '--config', join(place.folder, 'node.yaml'), '--json'])
    const result = JSON.parse(out) as { ok: boolean; findings: { code: string; severity: string }[] }
    expect(result.findings.filter((finding) => finding.severity === 'error')).toEqual([])
    expect(result.findings.map((finding) => finding.code)).toEqual(['PEER_UNREACHABLE', 'PEER_UNREACHABLE'])
    expect({ code, ok: result.ok }).toEqual({ code: 0, ok: true })
  })

  it('reports everything that is wrong at once, each with its fix', async () => {
    await using place = await scratch()
    await movip(initArgs(place.folder))
    await chmod(join(place.folder, 'cluster.secret'), 0o644)
    await mkdir(join(place.folder, 'empty'))
    const node = join(place.folder, 'node.yaml')
    await writeFile(
      node,
      `${(await readFile(node, 'utf8')).replace('node: a', 'node: zed').replace(/^data: .*$/m, 'data: /proc/self/status')}`,
    )
    const { code, out } = await movip(['check', '--config', node, '--json'], { PATH: join(place.folder, 'empty') })
    const { findings } = JSON.parse(out) as { findings: { code: string; fix: string }[] }
    expect(findings.map((finding) => finding.code)).toEqual([
      'SECRET_EXPOSED',
      'DATA_NOT_A_FOLDER',
      'NATS_SERVER_MISSING',
      'NODE_UNKNOWN',
      'PEER_UNREACHABLE',
      'PEER_UNREACHABLE',
      'PEER_UNREACHABLE',
    ])
    expect(findings.every((finding) => finding.fix !== '')).toBe(true)
    expect(code).toBe(1)
  })

  it('names file, line and path of a broken configuration', async () => {
    await using place = await scratch()
    const node = join(place.folder, 'node.yaml')
    await writeFile(node, 'nod: a\n')
    const { code, out } = await movip(['check', '--config', node])
    expect(out).toContain(`error  ${node}:1:1: nod: unknown key "nod", did you mean "node"? CONFIG_INVALID\n  next: write node`)
    expect(code).toBe(1)
  })

  it('sees that the address of this node is not on this machine', async () => {
    await using place = await scratch()
    const args = initArgs(place.folder).map((arg) => (arg === 'a=127.0.0.1' ? 'a=192.0.2.7' : arg))
    await movip(args)
    const { code, out } = await movip(['check', '--config', join(place.folder, 'node.yaml')])
    expect(out).toContain('ADDRESS_NOT_HERE')
    expect(code).toBe(1)
  })
})

describe('help', () => {
  it.each([
    'init',
    'invite',
    'status',
    'switchover',
    'release',
    'check',
    'plan',
    'apply',
    'history',
    'rollback',
    'drain',
    'resume',
    'pause',
    'unpause',
    'notify',
    'fence',
    'drill',
  ])('of %s shows how it is used', async (command) => {
    const { code, out } = await movip([command, '--help'])
    expect(out).toContain(`$ movip ${command}`)
    expect(out).toContain('EXAMPLES')
    expect(out).toContain('--json')
    expect(code).toBe(0)
  })

  it('and completion exist', async () => {
    await using place = await scratch()
    expect((await movip([])).out).toContain('COMMANDS')
    const { code, out } = await movip(['autocomplete', 'bash'], {
      HOME: place.folder,
      XDG_CACHE_HOME: place.folder,
      XDG_CONFIG_HOME: place.folder,
      XDG_DATA_HOME: place.folder,
    })
    expect(out.toLowerCase()).toContain('autocomplete')
    expect(code).toBe(0)
  })
})
