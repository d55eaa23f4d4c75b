import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Db } from '../db/database.ts'
import { holdProject } from '../projects/hold/store.ts'
import { Secret } from '../secret.ts'
import {
  decryptValue,
  encryptValue,
  isVaultError,
  type KeyEncryptionKey,
  keyNameIn,
  type Place,
  unwrapKey,
  vaultError,
  wrapKey,
} from './cipher.ts'
import { derive, type Root } from './root.ts'
import {
  activeVersion,
  currentVaultKey,
  insertCredential,
  insertVaultKey,
  insertVersion,
  type VaultKeyRow,
  vaultKey,
} from './store.ts'

type Deps = {
  readonly root: Root
  readonly randomBytes: (size: number) => Uint8Array
  readonly now: () => number
}

export type StaticCredential = {
  readonly id: string
  readonly slug: string
  readonly projectId: string
  readonly value: Secret
  readonly now: number
}
export type TextPlace = Omit<Place, 'organization'>
/** A ciphertext on its way from one place to another. */
export type Move = { readonly blob: string; readonly from: TextPlace; readonly to: TextPlace }

/** Every function works inside the caller's unit of work and awaits nothing but its `db`. */
export type Vault = {
  readonly storeStatic: (db: Db, organizationId: string, credential: StaticCredential) => Promise<void>
  /** Throws when there is no such active version, or when what is there cannot be opened. */
  readonly openVersion: (db: Db, organizationId: string, credentialId: string, version: number) => Promise<Secret>
  readonly encryptText: (db: Db, organizationId: string, place: TextPlace, text: Secret) => Promise<string>
  readonly decryptText: (db: Db, organizationId: string, place: TextPlace, blob: string) => Promise<Secret>
  /** Each encrypted anew for where it goes; null for one that does not open where it stands. */
  readonly moveTexts: (db: Db, organizationId: string, moves: readonly Move[]) => Promise<(string | null)[]>
}

export function createVault(deps: Deps): Vault {
  const keys = createKeys(deps)

  const encryptText: Vault['encryptText'] = async (db, organizationId, place, text) =>
    encryptValue(
      await keys.current(db, organizationId),
      { ...place, organization: organizationId },
      text.reveal(),
      deps.randomBytes,
    )

  const decryptText: Vault['decryptText'] = async (db, organizationId, place, blob) => {
    const kek = await keys.named(db, organizationId, keyNameIn(blob))
    return new Secret(decryptValue(kek, { ...place, organization: organizationId }, blob), place.purpose)
  }

  return {
    encryptText,
    decryptText,
    moveTexts: async (db, organizationId, moves) => {
      if (moves.length === 0) return []
      const current = await keys.current(db, organizationId)
      const named = new Map<string, KeyEncryptionKey>()
      const reencrypted: (string | null)[] = []
      for (const { blob, from, to } of moves) {
        const opened = await orUnreadable(async () => {
          const name = keyNameIn(blob)
          const kek = named.get(name) ?? (await keys.named(db, organizationId, name))
          named.set(name, kek)
          return decryptValue(kek, { ...from, organization: organizationId }, blob)
        })
        const place = { ...to, organization: organizationId }
        reencrypted.push(opened === null ? null : encryptValue(current, place, opened, deps.randomBytes))
      }
      return reencrypted
    },
    storeStatic: async (db, organizationId, credential) => {
      const { id, value, now } = credential
      // Bound to the tier of its project, since environments never share a secret, and the tier stays as it is until
      // the secret is there.
      const project = await holdProject(db, organizationId, credential.projectId)
      if (!project) throw new Error(`Credential ${id} is for a project that is not there`)
      const blob = await encryptText(db, organizationId, placeOf(id, 1, project.tier), value)
      await insertCredential(db, organizationId, credential)
      await insertVersion(db, organizationId, { credentialId: id, version: 1, blob, now })
    },
    openVersion: async (db, organizationId, credentialId, version) => {
      const row = await activeVersion(db, organizationId, credentialId, version)
      if (!row) throw vaultError(`credential ${credentialId} version ${version}`)
      return decryptText(db, organizationId, placeOf(credentialId, version, row.tier), row.blob)
    },
  }
}

const orUnreadable = async <T>(open: () => Promise<T>): Promise<T | null> => {
  try {
    return await open()
  } catch (error) {
    if (isVaultError(error)) return null
    throw error
  }
}

/** Where a version of a credential is encrypted to. */
export const placeOf = (subject: string, version: number, environment: string): TextPlace => ({
  purpose: 'credential',
  subject,
  version,
  environment,
})

/** Key-encryption keys: one row per organization, made on first use inside the transaction that needs it. */
function createKeys(deps: Deps) {
  // Remembered by the wrapped text, never by organization alone: a key whose row was rolled back must not be used again.
  const unwrapped = new Map<string, KeyObject>()

  const open = (organizationId: string, row: VaultKeyRow): KeyEncryptionKey => {
    const slot = `${organizationId} ${row.id} ${row.wrapped}`
    const known = unwrapped.get(slot)
    if (known) return { id: row.id, key: known }
    if (row.root_id !== deps.root.id) throw vaultError(`key ${row.id}, which another master key wrapped`)
    const key = unwrapKey(wrapping(deps.root, organizationId), [organizationId, row.root_id, row.id], row.wrapped)
    unwrapped.set(slot, key)
    return { id: row.id, key }
  }

  return {
    current: async (db: Db, organizationId: string): Promise<KeyEncryptionKey> => {
      const row = await currentVaultKey(db, organizationId)
      if (row) return open(organizationId, row)
      const id = `kek_${Buffer.from(deps.randomBytes(12)).toString('hex')}`
      const bytes = Buffer.from(deps.randomBytes(32))
      const name = [organizationId, deps.root.id, id]
      const fresh = {
        id,
        wrapped: wrapKey(wrapping(deps.root, organizationId), name, bytes, deps.randomBytes),
        root_id: deps.root.id,
      }
      bytes.fill(0)
      await insertVaultKey(db, organizationId, fresh, deps.now())
      return open(organizationId, fresh)
    },
    named: async (db: Db, organizationId: string, id: string): Promise<KeyEncryptionKey> => {
      const row = await vaultKey(db, organizationId, id)
      if (!row) throw vaultError(`what the key ${id} wrapped`)
      return open(organizationId, row)
    },
  }
}

const wrapping = (root: Root, organizationId: string): KeyObject =>
  createSecretKey(derive(root, 'vault-wrap', organizationId))
