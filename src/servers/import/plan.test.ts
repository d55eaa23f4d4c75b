import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slug as Slug } from '../schema.ts'
import type { Entry } from './entry.ts'
import { numbered, slugFrom } from './names.ts'
import { planImport } from './plan.ts'

const entriesOf = (document: unknown, given: Record<string, string> = {}): readonly Entry[] => {
  const planned = planImport(document, given)
  if (!planned.ok) throw new Error(planned.problem.detail)
  return planned.value
}
const one = (document: unknown, given: Record<string, string> = {}): Entry => {
  const [entry, ...more] = entriesOf(document, given)
  if (!entry || more.length > 0) throw new Error('not one')
  return entry
}
const definitionOf = (document: unknown, given: Record<string, string> = {}) => {
  const { definition, problem, missing } = one(document, given)
  expect([problem, missing]).toEqual([null, []])
  return definition
}
const missingOf = (document: unknown, given: Record<string, string> = {}) =>
  one(document, given).missing.map(({ name, secret }) => [name, secret])
const client = (server: object) => ({ mcpServers: { it: server } })
const canary = 'canary-51b0c7de'

describe('a server.json of the registry', () => {
  const remote = {
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: 'io.github.acme/weather',
    description: 'Weather',
    version: '1.0.2',
    remotes: [
      { type: 'sse', url: 'https://mcp.acme.test/sse' },
      {
        type: 'streamable-http',
        url: 'https://{tenant}.acme.test/mcp',
        variables: { tenant: { description: 'Your tenant', isRequired: true, choices: ['eu', 'us'] } },
        headers: [
          {
            name: 'Authorization',
            value: 'Bearer {api_key}',
            isSecret: true,
            variables: { api_key: { isRequired: true, isSecret: true, description: 'Key' } },
          },
          { name: 'X-Region', isRequired: false },
        ],
      },
    ],
  }

  test('its remote is filled in with what is given, and the secret goes into the credential', () => {
    expect(definitionOf(remote, { tenant: 'eu', api_key: canary })).toEqual({
      transport: { type: 'http', url: 'https://eu.acme.test/mcp' },
      credential: { slot: 'header', name: 'Authorization', template: 'Bearer {value}', value: canary },
    })
    expect(definitionOf({ server: remote, _meta: {} }, { tenant: 'eu', api_key: 'k' })).not.toBeNull()
    expect(entriesOf({ servers: [{ server: remote }, remote] }, { tenant: 'eu', api_key: 'k' })).toHaveLength(2)
  })

  test('what is missing is named, and whether it is a secret', () => {
    expect(missingOf(remote)).toEqual([
      ['tenant', false],
      ['api_key', true],
    ])
    expect(missingOf(remote, { tenant: 'elsewhere', api_key: canary })).toEqual([['tenant', false]])
    expect(JSON.stringify(one(remote, { tenant: canary }))).not.toContain(canary)
  })

  test('the old transport is taken where there is no other', () => {
    const old = { ...remote, remotes: remote.remotes.slice(0, 1) }
    expect(definitionOf(old)).toEqual({ transport: { type: 'sse', url: 'https://mcp.acme.test/sse' } })
  })

  const packaged = (more: object) => ({ name: 'acme/files', packages: [{ transport: { type: 'stdio' }, ...more }] })

  test.each([
    [{ registryType: 'npm', identifier: '@acme/files', version: '1.2.3' }, ['npx', '-y', '@acme/files@1.2.3']],
    [{ registryType: 'pypi', identifier: 'acme-files', version: '1.2.3' }, ['uvx', 'acme-files@1.2.3']],
    [
      { registryType: 'oci', identifier: 'docker.io/acme/files:1.2.3' },
      ['docker', 'run', '-i', '--rm', 'docker.io/acme/files:1.2.3'],
    ],
    [
      { registryType: 'oci', identifier: 'localhost:5000/acme/files', version: '1' },
      ['docker', 'run', '-i', '--rm', 'localhost:5000/acme/files:1'],
    ],
  ])('a package becomes a command: %j', (more, [command, ...args]) => {
    expect(definitionOf(packaged(more))).toEqual({ transport: { type: 'stdio', command, args } })
  })

  test('arguments and variables of a package; a container is handed the names', () => {
    const npm = {
      registryType: 'npm',
      identifier: 'files',
      runtimeArguments: [{ type: 'named', name: '--registry', value: 'https://npm.acme.test' }],
      packageArguments: [
        { type: 'named', name: '--verbose', isRequired: true },
        { type: 'named', name: '--quiet' },
        { type: 'positional', valueHint: 'folder', isRequired: true },
      ],
      environmentVariables: [
        { name: 'TOKEN', isRequired: true, isSecret: true },
        { name: 'LEVEL', default: 'info' },
        { name: 'OTHER' },
      ],
    }
    expect(missingOf(packaged(npm))).toEqual([
      ['folder', false],
      ['TOKEN', true],
    ])
    const { transport } = definitionOf(packaged(npm), { folder: '/data', TOKEN: canary }) ?? {}
    expect(transport).toEqual({
      type: 'stdio',
      command: 'npx',
      args: ['-y', '--registry', 'https://npm.acme.test', 'files', '--verbose', '/data'],
      env: { TOKEN: canary, LEVEL: 'info' },
    })
    const container = definitionOf(packaged({ ...npm, registryType: 'oci', runtimeArguments: [] }), {
      folder: '/data',
      TOKEN: canary,
    })
    expect(container?.transport).toMatchObject({
      args: ['run', '-i', '--rm', '-e', 'TOKEN', '-e', 'LEVEL', 'files', '--verbose', '/data'],
    })
  })

  test.each(['--privileged', 'files; rm -rf /', '$(id)', '-e', 'a b', ''])(
    'a package whose name is %j is refused: it would be an option or another word',
    (identifier) => {
      expect(one(packaged({ registryType: 'npm', identifier })).problem).toContain('cannot be one')
      expect(one(packaged({ registryType: 'npm', identifier: 'a', version: identifier })).problem).toContain('cannot')
    },
  )

  test('what no gateway can use is said, and so is a shape that is none', () => {
    expect(one(packaged({ registryType: 'mcpb', identifier: 'x' })).problem).toContain('no remote and no package')
    expect(one({ name: 'x', remotes: [{ type: 'streamable-http', url: 7, secret: canary }] }).problem).toBe(
      'it is not what server.json looks like, at /remotes/0/url',
    )
  })

  test('a secret in an address or an argument is refused, since both are shown', () => {
    const secret = { isSecret: true, isRequired: true }
    const remotes = [{ type: 'streamable-http', url: 'https://x.test/{k}', variables: { k: secret } }]
    expect(one({ name: 'x', remotes }, { k: canary }).problem).toContain('address would hold a secret')
    const packageArguments = [{ type: 'named', name: '--key', ...secret }]
    const entry = one(packaged({ registryType: 'npm', identifier: 'x', packageArguments }), { '--key': canary })
    expect(entry.problem).toContain('argument would hold a secret')
    expect(JSON.stringify(entry)).not.toContain(canary)
  })
})

describe('a configuration of a client', () => {
  test.each([
    ['Claude', { type: 'http', url: 'https://a.test/mcp' }, 'http'],
    ['Claude, old', { type: 'sse', url: 'https://a.test/mcp' }, 'sse'],
    ['Cursor', { url: 'https://a.test/mcp' }, 'http'],
    ['Cursor, old', { url: 'https://a.test/sse' }, 'sse'],
    ['Gemini', { httpUrl: 'https://a.test/sse' }, 'http'],
    ['Windsurf', { serverUrl: 'https://a.test/mcp' }, 'http'],
    ['streamableHttp', { type: 'streamableHttp', url: 'https://a.test/sse' }, 'http'],
  ])('%s names an address', (_client, server, type) => {
    const url = Object.values(server).at(-1)
    expect(definitionOf(client(server))).toEqual({ transport: { type, url } })
  })

  test('a command with its arguments and variables', () => {
    const server = { command: 'npx', args: ['-y', 'files', '/data'], env: { TOKEN: canary, HOME_OF: `\${env:WHERE}` } }
    expect(missingOf(client(server))).toEqual([['WHERE', true]])
    expect(definitionOf(client(server), { WHERE: '/x' })).toEqual({
      transport: {
        type: 'stdio',
        command: 'npx',
        args: ['-y', 'files', '/data'],
        env: { TOKEN: canary, HOME_OF: '/x' },
      },
    })
  })

  test('a header becomes the credential, as it stands or filled in', () => {
    const of = (value: string) => client({ url: 'https://a.test/mcp', headers: { Authorization: value } })
    const bearer = { slot: 'header', name: 'Authorization', template: 'Bearer {value}', value: canary }
    expect(definitionOf(of(`Bearer ${canary}`))?.credential).toEqual(bearer)
    for (const reference of [`\${TOKEN}`, `\${env:TOKEN}`, `\${TOKEN:-}`])
      expect(definitionOf(of(`Bearer ${reference}`), { TOKEN: canary })?.credential).toEqual(bearer)
    expect(definitionOf(of('$TOKEN'), { TOKEN: canary })?.credential).toEqual({ ...bearer, template: '{value}' })
    expect(definitionOf(of(`left-${canary}:\${TOKEN}`), { TOKEN: 'x' })?.credential).toEqual({
      ...bearer,
      template: '{value}',
      value: `left-${canary}:x`,
    })
    const two = client({ url: 'https://a.test/mcp', headers: { 'X-A': canary, 'X-B': canary } })
    expect(one(two).problem).toBe('it wants 2 headers (X-A, X-B), and a server here has one credential')
  })

  test('VS Code asks for its inputs, and a password is a secret', () => {
    const document = {
      inputs: [
        { type: 'promptString', id: 'key', description: 'API key', password: true },
        { type: 'promptString', id: 'region', description: 'Region', default: 'eu' },
      ],
      servers: {
        it: { type: 'http', url: `https://\${input:region}.a.test/mcp`, headers: { 'X-Key': `\${input:key}` } },
      },
    }
    expect(missingOf(document)).toEqual([['key', true]])
    expect(one(document).missing[0]?.description).toBe('API key')
    expect(definitionOf(document, { key: canary, region: 'us' })).toEqual({
      transport: { type: 'http', url: 'https://us.a.test/mcp' },
      credential: { slot: 'header', name: 'X-Key', template: '{value}', value: canary },
    })
    const inArgument = { ...document, servers: { it: { command: 'x', args: [`--key=\${input:key}`] } } }
    expect(one(inArgument, { key: canary }).problem).toContain('argument would hold a secret')
    expect(entriesOf({ mcp: { servers: { a: { command: 'x' }, b: { command: 'y' } } } })).toHaveLength(2)
  })

  test('G6 a variable whose name says that it is a secret is put into no argument and no address, which are shown', () => {
    const given = { API_KEY: canary, acmeApiKey: canary, HOME: '/home/ada' }
    const shown = [
      { command: 'x', args: ['--api-key', `\${API_KEY}`] },
      { command: 'x', args: [`--header=Authorization: Bearer \${env:API_KEY}`] },
      { url: `https://mcp.acme.test/mcp?acmeApiKey=\${acmeApiKey}` },
      { url: `https://mcp.acme.test/\${API_KEY}/mcp` },
    ]
    for (const server of shown) {
      const entry = one(client(server), given)
      expect(entry.problem).toContain('would hold a secret')
      expect(JSON.stringify(entry)).not.toContain(canary)
    }
    const plain = definitionOf(client({ command: 'x', args: [`\${HOME}/data`] }), given)
    expect(plain?.transport).toMatchObject({ args: ['/home/ada/data'] })
  })

  test('Codex names a variable for its token', () => {
    const document = { mcp_servers: { it: { url: 'https://a.test/mcp', bearer_token_env_var: 'ACME_TOKEN' } } }
    expect(missingOf(document)).toEqual([['ACME_TOKEN', true]])
    expect(definitionOf(document, { ACME_TOKEN: canary })?.credential).toMatchObject({ value: canary })
  })

  test('one that is switched off, or that is nothing, stays out and keeps no other out', () => {
    const document = {
      mcpServers: {
        off: { command: 'x', disabled: true },
        none: {},
        odd: { command: 7 },
        text: 'x',
        good: { command: 'x' },
      },
    }
    expect(entriesOf(document).map(({ name, problem }) => [name, problem === null])).toEqual([
      ['off', false],
      ['none', false],
      ['odd', false],
      ['text', false],
      ['good', true],
    ])
  })
})

describe('any document', () => {
  test.each([[null], [[]], [{}], ['x'], [{ mcpServers: {} }], [{ servers: 7 }]])('%j names no server', (document) => {
    expect(planImport(document, {}).ok).toBe(false)
  })

  test('more than a hundred servers are refused', () => {
    const mcpServers = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`s${n}`, { command: 'x' }]))
    expect(planImport({ mcpServers }, {}).ok).toBe(false)
  })

  test('nothing makes the plan fail, and what cannot be made has no value of it in its reasons', () => {
    const text = fc.constantFrom(canary, `\${${canary}}`, 'https://a.test/', `https://${canary}.test/`, '{x}', '$X', '')
    const anything = fc.jsonValue({ stringUnit: 'binary' })
    const server = fc.record(
      {
        url: fc.oneof(text, anything),
        command: fc.oneof(text, anything),
        args: fc.oneof(fc.array(text), anything),
        env: fc.oneof(fc.dictionary(fc.constantFrom('A', 'B'), text), anything),
        headers: fc.oneof(fc.dictionary(fc.constantFrom('X-A', 'X-B'), text), anything),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.dictionary(fc.string(), server), fc.constantFrom('mcpServers', 'servers'), (servers, field) => {
        const planned = planImport({ [field]: servers }, {})
        if (!planned.ok) return
        for (const { problem, definition, missing } of planned.value) {
          if (definition === null) expect(problem !== null || missing.length > 0).toBe(true)
          if (problem !== null) expect(problem).not.toContain(canary)
        }
      }),
      { numRuns: 200 },
    )
  })
})

test('every name makes a slug, and so does every number of it', () => {
  expect(slugFrom('io.github.acme/Weather API')).toBe('weather-api')
  expect(slugFrom('___')).toBe('server')
  expect(slugFrom('数据')).toBe('server')
  expect(numbered('weather', 2)).toBe('weather-2')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 100 }), (name, n) => {
      expect(Slug.safeParse(numbered(slugFrom(name), n)).success).toBe(true)
    }),
  )
})
