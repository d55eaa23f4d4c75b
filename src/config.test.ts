import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Environment, loadClient, loadConfig, readSettings } from './config.ts'
import { settingNames, settings } from './config-settings.ts'
import { isLoopback } from './config-values.ts'

const load = (env: Environment, flags: Record<string, unknown> = {}, files: Record<string, string> = {}) =>
  loadConfig({ env, flags, readFile: readFrom(files) })

const readFrom = (files: Record<string, string>) => (path: string) => {
  const content = files[path]
  if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
  return content
}

const value = (env: Environment, flags: Record<string, unknown> = {}, files: Record<string, string> = {}) => {
  const loaded = load(env, flags, files)
  if (!loaded.ok) throw new Error(loaded.message)
  return loaded.value
}
const message = (env: Environment, flags: Record<string, unknown> = {}, files: Record<string, string> = {}) => {
  const loaded = load(env, flags, files)
  return loaded.ok ? 'accepted' : loaded.message
}

const key = Buffer.alloc(32, 7).toString('base64')
const bootstrap = 'b'.repeat(32)

test('without any setting both listeners are on loopback and the data is in ./data', () => {
  const config = value({})
  expect(config.gateway).toEqual({ host: '127.0.0.1', port: 8420, publicUrl: null, tls: null })
  expect(config.control).toEqual({ host: '127.0.0.1', port: 8421, publicUrl: null, tls: null })
  expect(config.dataDir).toMatch(/\/data$/)
  expect(config).toMatchObject({ logLevel: 'info', drainSeconds: 30, fleet: null, trustedProxies: [], masterKey: null })
})

test('a flag beats the environment, the environment beats the file, the file beats the default', () => {
  const files = { 'c.json': '{"gatewayPort": 1, "controlPort": 1, "drainSeconds": 1}' }
  const config = value(
    { OSTIARY_GATEWAY_PORT: '2', OSTIARY_CONTROL_PORT: '2' },
    { gatewayPort: '3', config: 'c.json' },
    files,
  )
  expect([config.gateway.port, config.control.port, config.drainSeconds]).toEqual([3, 2, 1])
  const { gatewayPort, controlPort, drainSeconds, logLevel } = config.origins
  expect([gatewayPort, controlPort, drainSeconds, logLevel]).toEqual(['flag', 'environment', 'file', 'default'])
})

test('every setting can be read from a file named by …_FILE, and not from both', () => {
  const files = { '/run/token': `${bootstrap}\n`, '/run/port': '9000\n' }
  const env = { OSTIARY_BOOTSTRAP_TOKEN_FILE: '/run/token', OSTIARY_GATEWAY_PORT_FILE: '/run/port' }
  const config = value(env, {}, files)
  expect(config.bootstrapToken?.reveal()).toBe(bootstrap)
  expect(config.gateway.port).toBe(9000)
  expect(message({ ...env, OSTIARY_BOOTSTRAP_TOKEN: bootstrap }, {}, files)).toBe(
    'OSTIARY_BOOTSTRAP_TOKEN and OSTIARY_BOOTSTRAP_TOKEN_FILE are both set; keep one.',
  )
  expect(message({ OSTIARY_MASTER_KEY_FILE: '/none' })).toBe(
    'OSTIARY_MASTER_KEY_FILE names /none, which cannot be read (ENOENT).',
  )
})

test('a certificate given by …_FILE is the certificate, not a file that holds its path', () => {
  const files = { '/tls/cert.pem': '-----BEGIN CERTIFICATE-----', '/tls/key.pem': '-----BEGIN PRIVATE KEY-----' }
  const env = { OSTIARY_GATEWAY_TLS_CERT_FILE: '/tls/cert.pem', OSTIARY_GATEWAY_TLS_KEY: '/tls/key.pem' }
  expect(value(env, {}, files).gateway.tls).toEqual({ cert: '/tls/cert.pem', key: '/tls/key.pem' })
})

test('an empty variable counts as not set', () => {
  expect(value({ OSTIARY_DATABASE_URL: '', OSTIARY_GATEWAY_PORT: '' })).toMatchObject({ databaseUrl: null })
})

describe('a name that no role knows is refused', () => {
  test('with the name that was probably meant', () => {
    expect(message({ OSTIARY_DATADIR: '/x' })).toBe(
      'OSTIARY_DATADIR is no setting of this version; did you mean OSTIARY_DATA_DIR?',
    )
    expect(message({ OSTIARY_GATWAY_PORT: '1' })).toContain('did you mean OSTIARY_GATEWAY_PORT?')
    expect(message({ OSTIARY_COMPLETELY_ELSEWHERE: '1' })).toBe(
      'OSTIARY_COMPLETELY_ELSEWHERE is no setting of this version.',
    )
  })
  test('unless it is to be ignored for a downgrade', () => {
    expect(message({ OSTIARY_FROM_THE_FUTURE: '1', OSTIARY_IGNORE_UNKNOWN: '1' })).toBe('accepted')
    expect(
      loadClient({ env: { OSTIARY_FROM_THE_FUTURE: '1', OSTIARY_IGNORE_UNKNOWN: '1' }, flags: {}, readFile: String })
        .ok,
    ).toBe(true)
  })
  test('in the configuration file too', () => {
    expect(message({}, { config: 'c' }, { c: '{"gatewayprt": 1}' })).toBe(
      'gatewayprt in c is no setting of this version; did you mean gatewayPort?',
    )
  })
  test('but the names of the command line and of other programs are none of these', () => {
    expect(message({ OSTIARY_URL: 'http://127.0.0.1:1', OSTIARY_TOKEN: 'x', OSTIARY_TOKEN_FILE: 'y', PATH: '/' })).toBe(
      'accepted',
    )
  })
})

describe('several gateways', () => {
  test('are as many as one says, from one to sixteen', () => {
    expect([value({}).gateways, value({ OSTIARY_GATEWAYS: '16' }).gateways]).toEqual([1, 16])
    expect(value({ OSTIARY_GATEWAYS: '16' }, { gateways: '2' }).gateways).toBe(2)
    for (const count of ['0', '17', '-1', '1.5', 'two'])
      expect(message({ OSTIARY_GATEWAYS: count })).toBe(
        `OSTIARY_GATEWAYS must be a whole number from 1 to 16, not "${count}".`,
      )
  })
  test('reach each other over TLS, unless they are on this machine or somebody says that they need not', () => {
    const plain = { OSTIARY_GATEWAY_PEER_URL: 'http://gateway-1.example.com:8420' }
    expect(message(plain)).toMatch(/^OSTIARY_GATEWAY_PEER_URL is http:.* give an https address/)
    expect(message({ ...plain, OSTIARY_INSECURE_HTTP: '1' })).toBe('accepted')
    for (const url of ['https://gateway-1.example.com', 'http://127.0.0.1:8420'])
      expect(message({ OSTIARY_GATEWAY_PEER_URL: url })).toBe('accepted')
  })
})

describe('a listener beyond loopback', () => {
  const everywhere = { OSTIARY_GATEWAY_HOST: '0.0.0.0' }
  test('without TLS is refused, and the sentence says the ways out', () => {
    const refusal = message(everywhere)
    expect(refusal).toMatch(/^OSTIARY_GATEWAY_HOST is 0\.0\.0\.0, so other machines could reach it without TLS: /)
    for (const way of ['OSTIARY_GATEWAY_TLS_CERT', 'OSTIARY_TRUSTED_PROXIES', 'OSTIARY_INSECURE_HTTP=1'])
      expect(refusal).toContain(way)
    for (const host of ['::', '192.168.1.4', 'gateway.example.com', '::ffff:10.0.0.1'])
      expect(message({ OSTIARY_CONTROL_HOST: host })).toContain(`OSTIARY_CONTROL_HOST is ${host}`)
  })
  test.each([
    { OSTIARY_TRUSTED_PROXIES: '10.0.0.0/8' },
    { OSTIARY_INSECURE_HTTP: '1' },
    { OSTIARY_GATEWAY_TLS_CERT: 'cert', OSTIARY_GATEWAY_TLS_KEY: 'key' },
  ])('starts with %o', (more) => {
    expect(message({ ...everywhere, ...more }, {}, { cert: 'c', key: 'k' })).toBe('accepted')
  })
  test('of the other role is none of our business', () => {
    const config = loadConfig({ env: everywhere, flags: {}, readFile: String, opens: ['control'] })
    expect(config.ok).toBe(true)
  })
  test.each(['127.0.0.1', '127.8.9.1', '::1', 'localhost'])('%s is not one', (host) => {
    expect(isLoopback(host)).toBe(true)
  })
})

test.each([
  [{ OSTIARY_GATEWAY_TLS_CERT: 'cert' }, /belong together, and OSTIARY_GATEWAY_TLS_KEY is not set/],
  [{ OSTIARY_CONTROL_TLS_KEY: 'key' }, /belong together, and OSTIARY_CONTROL_TLS_CERT is not set/],
  [{ OSTIARY_GATEWAY_TLS_CERT: 'cert', OSTIARY_GATEWAY_TLS_KEY: 'none' }, /KEY names none, which cannot be read/],
  [{ OSTIARY_BOOTSTRAP_TOKEN: 'b'.repeat(31) }, /^OSTIARY_BOOTSTRAP_TOKEN must be at least 32 characters long\.$/],
  [{ OSTIARY_MASTER_KEY: 'c2hvcnQ=' }, /^OSTIARY_MASTER_KEY must be base64 of exactly 32 bytes/],
  [{ OSTIARY_DATABASE_URL: 'mysql://u:hunter2@h/d' }, /^OSTIARY_DATABASE_URL must be a postgres:\/\/ URL\.$/],
  [{ OSTIARY_GATEWAY_PORT: '65536' }, /must be a whole number from 0 to 65535, not "65536"/],
  [{ OSTIARY_GATEWAY_PORT: '80a' }, /not "80a"/],
  [{ OSTIARY_DRAIN_SECONDS: '-1' }, /OSTIARY_DRAIN_SECONDS must be/],
  [{ OSTIARY_LOG_LEVEL: 'loud' }, /one of debug, info, warn, error, silent, not "loud"/],
  [{ OSTIARY_TRUSTED_PROXIES: '10.0.0.0/33' }, /OSTIARY_TRUSTED_PROXIES must be a list of IP addresses or CIDRs/],
  [{ OSTIARY_TRUSTED_PROXIES: 'all' }, /OSTIARY_TRUSTED_PROXIES must be/],
  [{ OSTIARY_GATEWAY_ORIGINS: '*' }, /OSTIARY_GATEWAY_ORIGINS must be a list of origins/],
  [{ OSTIARY_GATEWAY_ORIGINS: 'https://a.example/path' }, /OSTIARY_GATEWAY_ORIGINS must be/],
  [{ OSTIARY_CONTROL_PUBLIC_URL: 'ftp://a.example' }, /OSTIARY_CONTROL_PUBLIC_URL must be an http\(s\) address/],
  [{ OSTIARY_CONTROL_URL: 'https://user:hunter2@a.example' }, /^OSTIARY_CONTROL_URL must be [^@]*$/],
  [{ OSTIARY_FLEET_PORT: '8422' }, /OSTIARY_FLEET_PORT opens a listener that needs TLS/],
  [{ OSTIARY_SMTP_URL: 'smtp://mail' }, /OSTIARY_MAIL_FROM must be set too/],
  [{ OSTIARY_INSECURE_HTTP: 'yes' }, /OSTIARY_INSECURE_HTTP must be 1 or 0/],
])('%o is refused in one sentence', (env, sentence) => {
  const refusal = message(env, {}, { cert: 'c', key: 'k' })
  expect(refusal).toMatch(sentence)
  expect(refusal).not.toContain('\n')
  expect(refusal).not.toContain('hunter2')
})

test('a secret is neither a flag nor a line of the configuration file, only the path to it is', () => {
  expect(message({}, { bootstrapToken: bootstrap })).toMatch(/^--bootstrap-token is a secret: give it as OSTIARY_BOOT/)
  expect(message({}, { config: 'c' }, { c: JSON.stringify({ masterKey: key }) })).toMatch(/^masterKey is a secret/)
  const files = { c: '{"masterKeyFile": "k"}', k: key, t: bootstrap }
  const config = value({}, { config: 'c', bootstrapTokenFile: 't' }, files)
  expect([config.masterKey?.reveal(), config.bootstrapToken?.reveal()]).toEqual([key, bootstrap])
})

test('the feed listener takes its certificate from control', () => {
  const env = { OSTIARY_FLEET_PORT: '8422', OSTIARY_CONTROL_TLS_CERT: 'cert', OSTIARY_CONTROL_TLS_KEY: 'key' }
  expect(value(env, {}, { cert: 'c', key: 'k' }).fleet).toMatchObject({ port: 8422, tls: { cert: 'cert', key: 'key' } })
})

test('no text at all makes the reader throw, and no refusal repeats a secret', () => {
  const secrets = settingNames.filter((name) => 'secret' in settings[name])
  fc.assert(
    fc.property(fc.constantFrom(...settingNames), fc.string({ minLength: 8 }), (name, text) => {
      const read = readSettings({ env: { [settings[name].env]: text }, flags: {}, readFile: String })
      if (!read.ok && secrets.includes(name)) expect(read.message).not.toContain(text)
      if (read.ok)
        expect(JSON.stringify(read.value)).not.toContain(secrets.includes(name) ? JSON.stringify(text) : '\u0000none')
    }),
  )
})
