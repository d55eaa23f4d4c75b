import { base62id, type KeyRecord, KeyState, OwnerType, type Scope, type SecretVersion } from '../keys/schema.ts'

/**
 * Reads a key of a frame as `KeyInFrame` (schema.ts) does: for 100,000 keys at the start of a gateway the schema itself
 * took 300 ms of CPU, a fourth of the whole. Null: ask the schema, which has the last word. A test compares the two.
 */
export function quickKey(raw: Readonly<Record<string, unknown>>, scopes: readonly Scope[]): KeyRecord | null {
  const { kind, organization, id, revision, tokenKind, name, state, expiresAt, maxStalenessSeconds } = raw
  // Few have any; the schema reads those.
  if (raw['grants'] !== undefined) return null
  if (kind !== 'key' || typeof organization !== 'string' || typeof name !== 'string') return null
  if (typeof id !== 'string' || !id.startsWith('key_') || !base62id.test(id.slice('key_'.length))) return null
  if (!isInt(revision) || !isIntOrNull(expiresAt) || !isIntOrNull(maxStalenessSeconds)) return null
  if ((tokenKind !== 'k' && tokenKind !== 'u') || !isState(state)) return null
  const owner = ownerOf(raw['owner'])
  const scope = typeof raw['scope'] === 'number' ? scopes[raw['scope']] : undefined
  const versions = versionsOf(raw['versions'])
  if (owner === null || scope === undefined || versions === null) return null
  // Absent in what an older control sends: the schema knows their defaults.
  const { epoch, metadata, honey } = raw
  const pin = pinOf(raw['pin'])
  if (!isInt(epoch) || typeof metadata !== 'string' || typeof honey !== 'boolean' || pin === undefined) return null
  return {
    kind,
    organization,
    id,
    revision,
    tokenKind,
    name,
    owner,
    state,
    expiresAt,
    scope,
    maxStalenessSeconds,
    versions,
    epoch,
    metadata,
    honey,
    pin,
  }
}

const isInt = (value: unknown): value is number => Number.isSafeInteger(value)
const isIntOrNull = (value: unknown): value is number | null => value === null || isInt(value)
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const states: ReadonlySet<unknown> = new Set(KeyState.options)
const isState = (value: unknown): value is KeyState => states.has(value)
const ownerTypes: ReadonlySet<unknown> = new Set(OwnerType.options)
const isOwnerType = (value: unknown): value is OwnerType => ownerTypes.has(value)

function ownerOf(raw: unknown): KeyRecord['owner'] | null {
  if (!isObject(raw)) return null
  const { type, id, name } = raw
  return isOwnerType(type) && typeof id === 'string' && typeof name === 'string' ? { type, id, name } : null
}

function versionsOf(raw: unknown): SecretVersion[] | null {
  if (!Array.isArray(raw)) return null
  const versions: SecretVersion[] = []
  for (const each of raw) {
    const version = versionOf(each)
    if (version === null) return null
    versions.push(version)
  }
  return versions
}

/** Undefined: it is not as it must be. */
function pinOf(raw: unknown): KeyRecord['pin'] | undefined {
  if (raw === null) return null
  if (!isObject(raw)) return undefined
  const { network } = raw
  return network === null || typeof network === 'string' ? { network } : undefined
}

const versionFields = 5
const maxGate = 0xffffffff

/** Strict, as its schema is: no field beyond these five. */
function versionOf(raw: unknown): SecretVersion | null {
  if (!isObject(raw)) return null
  const { version, phc, gate, pepperId, validUntil } = raw
  if (typeof phc !== 'string' || typeof pepperId !== 'string') return null
  if (!isInt(version) || version < 1 || !isInt(gate) || gate < 0 || gate > maxGate || !isIntOrNull(validUntil))
    return null
  return Object.keys(raw).length === versionFields ? { phc, gate, pepperId, version, validUntil } : null
}
