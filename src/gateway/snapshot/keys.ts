import type { KeyRecord, SecretVersion } from '../../keys/schema.ts'
import type { Frame, Sharing } from './sharing.ts'

/** All keys of this gateway, by the public id in their token. Of each the newest record that was put. */
export type Keys = {
  readonly get: (id16: string) => KeyRecord | null
  readonly has: (id16: string) => boolean
  readonly revision: (id16: string) => number | null
  readonly put: (record: KeyRecord) => void
  readonly remove: (id16: string) => void
}

/** `key_` */
const prefixLength = 4
export const id16Of = (id: string): string => id.slice(prefixLength)

/**
 * A key that nobody uses just now: what it has in common with others is held once, the rest is one text. As plain
 * records 100,000 keys take 55 MB of heap, like this 28.
 */
type Folded = {
  readonly frame: Frame
  readonly owner: KeyRecord['owner']
  readonly scope: KeyRecord['scope']
  /** JSON of `Own`. */
  readonly own: string
}
type Own = [revision: number, name: string, expiresAt: number | null, rest: Rest, ...secrets: OwnSecret[]]
/** What few keys say; 0 for those that say nothing of it. */
type Rest = 0 | Pick<KeyRecord, 'epoch' | 'metadata' | 'honey' | 'pin' | 'grants'>
type OwnSecret = [version: number, gate: number, validUntil: number | null, salted: string]

/** So many are kept unfolded; each costs half a kilobyte, unfolding it again a microsecond. */
const inUse = 16_384

export function createKeys(sharing: Sharing): Keys {
  const keys = new Map<string, Folded>()
  const ready = new Map<string, KeyRecord>()
  return {
    get: (id16) => {
      const known = ready.get(id16)
      if (known !== undefined) return known
      const folded = keys.get(id16)
      if (folded === undefined) return null
      // All at once: to know which one rests longest would cost every call more than this costs one in thousands.
      if (ready.size >= inUse) ready.clear()
      const record = unfold(id16, folded)
      ready.set(id16, record)
      return record
    },
    has: (id16) => keys.has(id16),
    revision: (id16) => {
      const folded = keys.get(id16)
      return folded === undefined ? null : ownOf(folded)[0]
    },
    put: (record) => {
      const id16 = copyOf(id16Of(record.id))
      ready.delete(id16)
      keys.set(id16, fold(sharing, record))
    },
    remove: (id16) => {
      ready.delete(id16)
      keys.delete(id16)
    },
  }
}

/** A slice would keep the whole id beside it. */
function copyOf(id16: string): string {
  scratch.write(id16, 'latin1')
  return scratch.toString('latin1')
}
/** Ids are 16 ASCII characters by their schema. */
const scratch = Buffer.alloc(16)

function fold(sharing: Sharing, record: KeyRecord): Folded {
  const { organization, tokenKind, state, maxStalenessSeconds } = record
  const secrets: Frame['secrets'][number][] = []
  const own: Own = [record.revision, record.name, record.expiresAt, restOf(record)]
  for (const { version, phc, gate, pepperId, validUntil } of record.versions) {
    // `$argon2id$v=…$m=…$salt$hash`: salt and hash are its own, the rest is what thousands say.
    const at = phc.lastIndexOf('$', phc.lastIndexOf('$') - 1) + 1
    secrets.push({ pepperId, parameters: phc.slice(0, at) })
    own.push([version, gate, validUntil, phc.slice(at)])
  }
  return {
    frame: sharing.frame({ organization, tokenKind, state, maxStalenessSeconds, secrets }),
    owner: sharing.owner(record.owner),
    scope: sharing.scope(record.scope),
    own: narrow(JSON.stringify(own)),
  }
}

const nothing = { epoch: 1, metadata: '{}', honey: false, pin: null } as const

function restOf({ epoch, metadata, honey, pin, grants }: KeyRecord): Rest {
  const isPlain =
    epoch === nothing.epoch && metadata === nothing.metadata && !honey && pin === null && grants === undefined
  return isPlain ? 0 : { epoch, metadata, honey, pin, ...(grants && { grants }) }
}

/** One character beyond Latin-1, in a name, would double what the whole text takes. */
const narrow = (json: string): string =>
  json.replace(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Written by `fold`, so it is not looked at again. */
const ownOf = ({ own }: Folded): Own => JSON.parse(own) as Own

function unfold(id16: string, folded: Folded): KeyRecord {
  const { frame, owner, scope } = folded
  const { organization, tokenKind, state, maxStalenessSeconds } = frame
  const [revision, name, expiresAt, rest, ...secrets] = ownOf(folded)
  const versions: SecretVersion[] = secrets.map(([version, gate, validUntil, salted], at) => {
    const { pepperId = '', parameters = '' } = frame.secrets[at] ?? {}
    return { version, phc: parameters + salted, gate, pepperId, validUntil }
  })
  return {
    kind: 'key',
    organization,
    id: `key_${id16}`,
    revision,
    tokenKind,
    name,
    owner,
    state,
    expiresAt,
    scope,
    maxStalenessSeconds,
    versions,
    ...(rest === 0 ? nothing : rest),
  }
}
