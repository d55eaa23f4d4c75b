import { resolve } from 'node:path'
import { z } from 'zod'
import { isClientSetting, type SettingName, settingNames, settings, type Values } from './config-settings.ts'
import { isLoopback, kebab } from './config-values.ts'
import type { Secret } from './secret.ts'

/** The only reader of the environment. Refuses to start when something is unknown, broken or unsafe. */
export const environment = (): Environment => ({ ...process.env })

export type Environment = Readonly<Record<string, string | undefined>>
export type Origin = 'flag' | 'environment' | 'file' | 'default'
export type Origins = Readonly<Record<SettingName, Origin>>

export type Listener = {
  readonly host: string
  readonly port: number
  readonly publicUrl: string | null
  /** Paths of PEM files. */
  readonly tls: { readonly cert: string; readonly key: string } | null
}

export type Config = Pick<
  Values,
  | 'dataDir'
  | 'logLevel'
  | 'databaseUrl'
  | 'masterKey'
  | 'bootstrapToken'
  | 'githubWebhookSecret'
  | 'githubToken'
  | 'githubApiUrl'
  | 'trustedProxies'
  | 'gatewayOrigins'
  | 'gateways'
  | 'gatewayPeerUrl'
  | 'controlUrl'
  | 'enrolmentToken'
  | 'smtpUrl'
  | 'mailFrom'
  | 'drainSeconds'
  | 'insecureHttp'
  | 'ignoreUnknown'
> & {
  readonly gateway: Listener
  readonly control: Listener
  /** The feed's own listener; its certificate is control's. */
  readonly fleet: Listener | null
  readonly origins: Origins
}

export type Sources = {
  /** By the setting's name; a secret has only `<name>File`, because arguments are visible to everyone on the machine. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Environment
  /** Throws when the file cannot be read. */
  readonly readFile: (path: string) => string
  /** The listeners that this role opens: the others need not be safe. */
  readonly opens?: readonly ('gateway' | 'control')[]
}

export type Loaded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }
type Refused = { readonly ok: false; readonly message: string }
const fail = (message: string): Refused => ({ ok: false, message })

export function loadConfig(sources: Sources): Loaded<Config> {
  const read = readSettings(sources, (name) => !isClientSetting(name))
  if (!read.ok) return read
  const { values, origins } = read.value
  const unsafe = danger(values, sources)
  if (unsafe !== null) return fail(unsafe)
  const control = listener(values, 'control')
  return {
    ok: true,
    value: {
      ...values,
      dataDir: resolve(values.dataDir),
      gateway: listener(values, 'gateway'),
      control,
      fleet:
        values.fleetPort === null
          ? null
          : { host: values.fleetHost, port: values.fleetPort, publicUrl: null, tls: control.tls },
      origins,
    },
  }
}

/** What the command line needs to speak to control. */
export function loadClient(sources: Sources): Loaded<{ url: string; token: Secret | null }> {
  const read = readSettings(sources, isClientSetting)
  return read.ok ? { ok: true, value: { url: read.value.values.url, token: read.value.values.token } } : read
}

/** Every value with its origin, from flag > environment > file > default. Those not `wanted` keep their defaults. */
export function readSettings(
  sources: Sources,
  wanted: (name: SettingName) => boolean = () => true,
): Loaded<{ values: Values; origins: Origins }> {
  const file = readConfigFile(sources)
  if (!file.ok) return file
  const texts: Record<string, { text: string | null; from: string; origin: Origin }> = {}
  for (const name of settingNames) {
    const found = wanted(name) || name === 'ignoreUnknown' ? pick(name, sources, file.value) : absent
    if (found !== null && 'message' in found) return found
    texts[name] = found ?? { text: settings[name].fallback, from: settings[name].env, origin: 'default' }
  }
  const parsed: Record<string, unknown> = {}
  for (const name of settingNames) {
    const { text, from } = texts[name] ?? { text: null, from: name }
    const { must, ...setting } = settings[name]
    const result = text === null ? { success: true as const, data: null } : setting.from.safeParse(text)
    if (!result.success)
      return fail(`${from} must be ${must}${'secret' in setting || text?.includes('@') ? '' : `, not "${text}"`}.`)
    parsed[name] = result.data
  }
  const unknown = unknownNames(sources.env)[0]
  if (unknown !== undefined && parsed['ignoreUnknown'] !== true)
    return fail(unknownSentence(unknown, environmentNames()))
  const origins = Object.fromEntries(Object.entries(texts).map(([name, { origin }]) => [name, origin]))
  // The table is complete: both objects were filled for every name in it.
  return { ok: true, value: { values: parsed as Values, origins: origins as Origins } }
}

type Found = { readonly text: string; readonly from: string; readonly origin: Origin }
const absent = null

/** A setting's text and where it came from. Empty means "not set", as compose files write it. */
function pick(
  name: SettingName,
  { flags, env, readFile }: Sources,
  file: Readonly<Record<string, string>>,
): Found | Refused | null {
  const { env: variable } = settings[name]
  const flag = `--${kebab(name)}`
  const sources: { origin: Origin; direct: string | undefined; path: string | undefined; called: [string, string] }[] =
    [
      {
        origin: 'flag',
        direct: textOf(flags[name]),
        path: textOf(flags[`${name}File`]),
        called: [flag, `${flag}-file`],
      },
      {
        origin: 'environment',
        direct: env[variable],
        path: env[`${variable}_FILE`],
        called: [variable, `${variable}_FILE`],
      },
      { origin: 'file', direct: file[name], path: file[`${name}File`], called: [name, `${name}File`] },
    ]
  for (const { origin, direct, path, called } of sources) {
    if (direct && path) return fail(`${called[0]} and ${called[1]} are both set; keep one.`)
    if (direct && origin !== 'environment' && 'secret' in settings[name])
      return fail(
        `${called[0]} is a secret: give it as ${variable}, or the path of a file that holds it as ${called[1]}.`,
      )
    if (direct) return { text: direct, from: called[0], origin }
    if (!path) continue
    try {
      const text = readFile(path).trim()
      // Somebody who writes …_TLS_CERT_FILE=/cert.pem means the certificate, not a file that holds its path.
      return { text: text.startsWith('-----BEGIN') ? path : text, from: called[1], origin }
    } catch (error) {
      return fail(`${called[1]} names ${path}, which cannot be read (${codeOf(error)}).`)
    }
  }
  return absent
}

const textOf = (flag: unknown): string | undefined =>
  typeof flag === 'string' ? flag : typeof flag === 'boolean' || typeof flag === 'number' ? String(flag) : undefined

const codeOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error && typeof error.code === 'string' ? error.code : error.message) : 'unknown'

const ConfigFile = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))

function readConfigFile({ flags, readFile }: Sources): Loaded<Readonly<Record<string, string>>> {
  const path = textOf(flags['config'])
  if (!path) return { ok: true, value: {} }
  let content: unknown
  try {
    content = JSON.parse(readFile(path))
  } catch (error) {
    return fail(`--config names ${path}, which cannot be read as JSON (${codeOf(error)}).`)
  }
  const parsed = ConfigFile.safeParse(content)
  if (!parsed.success) return fail(`${path} must hold one JSON object of settings, such as {"gatewayPort": 8420}.`)
  const known = settingNames.flatMap((name) => [name, `${name}File`])
  const unknown = Object.keys(parsed.data).find((name) => !known.includes(name))
  if (unknown !== undefined) return fail(unknownSentence(unknown, known, ` in ${path}`))
  return { ok: true, value: Object.fromEntries(Object.entries(parsed.data).map(([name, value]) => [name, `${value}`])) }
}

function listener(values: Values, side: 'gateway' | 'control'): Listener {
  const cert = values[`${side}TlsCert`]
  const key = values[`${side}TlsKey`]
  return {
    host: values[`${side}Host`],
    port: values[`${side}Port`],
    publicUrl: values[`${side}PublicUrl`],
    tls: cert !== null && key !== null ? { cert, key } : null,
  }
}

/** Why this configuration must not run, or null. */
function danger(values: Values, { opens = ['gateway', 'control'], readFile }: Sources): string | null {
  for (const side of opens) {
    const { env } = settings[`${side}Host`]
    const [cert, key] = [settings[`${side}TlsCert`].env, settings[`${side}TlsKey`].env]
    const { tls, host } = listener(values, side)
    if (tls === null && (values[`${side}TlsCert`] ?? values[`${side}TlsKey`]) !== null)
      return `${cert} and ${key} belong together, and ${values[`${side}TlsCert`] === null ? cert : key} is not set.`
    for (const path of [tls?.cert, tls?.key]) {
      const reason = path === undefined ? null : unreadable(path, readFile)
      if (reason !== null) return `${path === tls?.cert ? cert : key} names ${path}, which cannot be read (${reason}).`
    }
    if (tls === null && !isLoopback(host) && values.trustedProxies.length === 0 && !values.insecureHttp)
      return `${env} is ${host}, so other machines could reach it without TLS: set ${cert} and ${key}, or OSTIARY_TRUSTED_PROXIES when a proxy in front ends TLS, or OSTIARY_INSECURE_HTTP=1.`
  }
  const { gatewayPeerUrl: peer } = values
  if (
    opens.includes('gateway') &&
    peer?.startsWith('http:') &&
    !isLoopback(new URL(peer).hostname) &&
    !values.insecureHttp
  )
    return `OSTIARY_GATEWAY_PEER_URL is ${peer}, and other gateways use no connection without TLS: give an https address, or set OSTIARY_INSECURE_HTTP=1.`
  if (!opens.includes('control')) return null
  if (values.fleetPort !== null && listener(values, 'control').tls === null)
    return 'OSTIARY_FLEET_PORT opens a listener that needs TLS: set OSTIARY_CONTROL_TLS_CERT and OSTIARY_CONTROL_TLS_KEY.'
  return values.smtpUrl !== null && values.mailFrom === null
    ? 'OSTIARY_SMTP_URL is set, so OSTIARY_MAIL_FROM must be set too.'
    : null
}

function unreadable(path: string, readFile: Sources['readFile']): string | null {
  try {
    readFile(path)
    return null
  } catch (error) {
    return codeOf(error)
  }
}

const environmentNames = (): string[] =>
  settingNames.flatMap((name) => [settings[name].env, `${settings[name].env}_FILE`])

/** Not ours to read: AI clients take their keys from them (docs/clients.md), and their shell may start us as well. */
const ofClients = ['OSTIARY_KEY', 'OSTIARY_URL_KEY']

const unknownNames = (env: Environment): string[] => {
  const known = new Set([...environmentNames(), ...ofClients])
  return Object.keys(env).filter((name) => name.startsWith('OSTIARY_') && !known.has(name))
}

function unknownSentence(name: string, known: readonly string[], where = ''): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toUpperCase(), candidate.toUpperCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const hint =
    nearest !== undefined && nearest.distance <= Math.max(2, name.length / 5)
      ? `; did you mean ${nearest.candidate}?`
      : '.'
  return `${name}${where} is no setting of this version${hint}`
}

/** Levenshtein, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced))
    }
    row = next
  }
  return row[b.length] ?? 0
}
