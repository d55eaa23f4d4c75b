import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { OrganizationSecrets } from '../fleet/schema.ts'
import { Secret } from '../secret.ts'

/** The one secret of an installation from which everything else is derived or by which it is wrapped. */
export type Root = {
  /** Public name: says which root a pepper or a wrapped key came from, and nothing about the root. */
  readonly id: string
  /** A KeyObject prints as nothing, wherever it ends up. */
  readonly key: KeyObject
}

export type RootDisk = {
  /** The file's text, or null when there is no such file. */
  readonly read: (file: string) => Promise<string | null>
  /** Creates the file for its owner alone and makes it durable; 'exists' when somebody was faster. */
  readonly createPrivate: (file: string, text: string) => Promise<'created' | 'exists'>
}

type Source = {
  readonly masterKey: Secret | null
  /** Where `serve` keeps a key of its own; null for a control that runs apart. */
  readonly file: string | null
  readonly disk: RootDisk
  readonly randomBytes: (size: number) => Uint8Array
  /** False when the database was written with a root already: a new one would only hide that the old one is lost. */
  readonly mayCreate?: boolean
}

/** A start that cannot go on says why in one sentence; it is no Problem, because no caller meets it. */
export type Loaded = { readonly ok: true; readonly root: Root } | { readonly ok: false; readonly message: string }

const cannot = (message: string): Loaded => ({ ok: false, message })

export async function loadRoot(source: Source): Promise<Loaded> {
  if (source.masterKey) {
    const root = parseRoot(source.masterKey.reveal())
    return root ? { ok: true, root } : cannot('OSTIARY_MASTER_KEY must be the base64 of exactly 32 bytes.')
  }
  if (!source.file) {
    return cannot('OSTIARY_MASTER_KEY is not set: give every control of this database the same base64 of 32 bytes.')
  }
  const kept = await source.disk.read(source.file)
  if (kept !== null) return fromFile(kept, source.file)
  if (source.mayCreate === false) {
    return cannot(`The master key file ${source.file} is missing: put back the copy that you kept apart from backups.`)
  }
  const text = Buffer.from(source.randomBytes(32)).toString('base64')
  const outcome = await source.disk.createPrivate(source.file, `${text}\n`)
  // Another process made one in the meantime: its root counts, ours was never used.
  return fromFile(outcome === 'created' ? text : ((await source.disk.read(source.file)) ?? ''), source.file)
}

function fromFile(text: string, file: string): Loaded {
  const root = parseRoot(text)
  return root ? { ok: true, root } : cannot(`The master key file ${file} does not hold the base64 of exactly 32 bytes.`)
}

/** Strict: `Buffer.from` skips what is not base64, so a damaged key would silently become another one. */
function parseRoot(text: string): Root | null {
  const trimmed = text.trim()
  if (!/^[A-Za-z0-9+/]{43}=?$/.test(trimmed)) return null
  const bytes = Buffer.from(trimmed, 'base64')
  if (bytes.length !== 32 || bytes.toString('base64').replace('=', '') !== trimmed.replace('=', '')) return null
  const key = createSecretKey(bytes)
  bytes.fill(0)
  return { id: rootId(key), key }
}

export type DerivedLabel =
  | 'pepper'
  | 'proof-key'
  | 'session-key'
  | 'vault-wrap'
  | 'idempotency'
  | 'token-signing'
  | 'audit-signing'

/** HKDF-SHA-256 over label, organization and epoch, each with its length before it, so that no two inputs read alike. */
export function derive(root: Root, label: DerivedLabel, organization: string, epoch = 0): Buffer {
  return expand(root.key, [label, organization, String(epoch)])
}

function expand(key: KeyObject, parts: readonly string[]): Buffer {
  const info = ['ostiary/1', ...parts].flatMap((part) => {
    const bytes = Buffer.from(part, 'utf8')
    return [Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]
  })
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), Buffer.concat(info), 32))
}

const rootId = (key: KeyObject): string => `root_${expand(key, ['root-id']).subarray(0, 8).toString('hex')}`

/** Key check value: stored in the database, it tells a wrong root at start and gives nothing of the right one away. */
export const rootCheck = (root: Root): string => expand(root.key, ['root-check']).toString('base64')

const epochMs = 30 * 24 * 3600 * 1000
export const sessionEpoch = (now: number): number => Math.floor(now / epochMs)

/** What gateways of an organization need, newest session key first; two epochs, so that a session outlives the turn. */
export function organizationSecrets(root: Root, organization: string, now: number): Secret {
  const newest = sessionEpoch(now)
  const secrets: OrganizationSecrets = {
    peppers: { [root.id]: derive(root, 'pepper', organization).toString('base64') },
    proofKey: derive(root, 'proof-key', organization).toString('base64'),
    sessionKeys: [newest, newest - 1].map((epoch) => ({
      epoch,
      key: derive(root, 'session-key', organization, epoch).toString('base64'),
    })),
  }
  return new Secret(JSON.stringify(secrets), 'organization secrets')
}
