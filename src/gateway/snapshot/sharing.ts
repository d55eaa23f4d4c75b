import type { KeyRecord } from '../../keys/schema.ts'

/** What all versions of a key's secret say alike. */
export type Frame = Pick<KeyRecord, 'organization' | 'tokenKind' | 'state' | 'maxStalenessSeconds'> & {
  readonly secrets: readonly { readonly pepperId: string; readonly parameters: string }[]
}

/**
 * Each answers an equal object that is held already, or this one: what a thousand records say alike is held once.
 * Records are replaced and never changed, so nobody notices that others hold it, too.
 */
export type Sharing = {
  readonly owner: (owner: KeyRecord['owner']) => KeyRecord['owner']
  readonly scope: (scope: KeyRecord['scope']) => KeyRecord['scope']
  readonly frame: (frame: Frame) => Frame
}

export function createSharing(): Sharing {
  const scopes = createTexts<KeyRecord['scope']>()
  // Keys of one frame of the feed come with the same object.
  const seen = new WeakMap<KeyRecord['scope'], KeyRecord['scope']>()
  return {
    owner: createOwners(),
    scope: (scope) => {
      const known = seen.get(scope)
      if (known !== undefined) return known
      const held = scopes(JSON.stringify(scope), scope)
      seen.set(scope, held)
      return held
    },
    frame: createFrames(),
  }
}

function createFrames(): Sharing['frame'] {
  const frames = createTexts<Frame>()
  let last: Frame | null = null
  return (frame) => {
    // Most often it is the one of the key before: no text has to be written.
    if (last === null || !isSame(last, frame)) last = frames(textOf(frame), frame)
    return last
  }
}

function isSame(one: Frame, other: Frame): boolean {
  return (
    one.organization === other.organization &&
    one.tokenKind === other.tokenKind &&
    one.state === other.state &&
    one.maxStalenessSeconds === other.maxStalenessSeconds &&
    one.secrets.length === other.secrets.length &&
    one.secrets.every(({ pepperId, parameters }, at) => {
      const secret = other.secrets[at]
      return secret?.pepperId === pepperId && secret.parameters === parameters
    })
  )
}

/** Each text with its length before it, so that no two frames have one text. */
function textOf({ organization, tokenKind, state, maxStalenessSeconds, secrets }: Frame): string {
  let text = `${tokenKind} ${state} ${maxStalenessSeconds} ${organization.length} ${organization}`
  for (const { pepperId, parameters } of secrets) {
    text += ` ${pepperId.length} ${pepperId} ${parameters.length} ${parameters}`
  }
  return text
}

/** Characters of text that equal objects are found by; what is beyond is forgotten, which only costs memory. */
const remembered = 2_000_000

function createTexts<T extends object>(): (text: string, value: T) => T {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  let characters = 0
  return (text, value) => {
    const recent = young.get(text)
    if (recent !== undefined) return recent
    const held = old.get(text) ?? value
    if (characters > remembered) [old, young, characters] = [young, new Map(), 0]
    characters += text.length
    young.set(text, held)
    return held
  }
}

/** So many are remembered, each as it was last. */
const owners = 50_000

function createOwners(): Sharing['owner'] {
  const byId = new Map<string, KeyRecord['owner']>()
  return (owner) => {
    const known = byId.get(owner.id)
    if (known !== undefined && known.name === owner.name && known.type === owner.type) return known
    if (byId.size >= owners) byId.clear()
    byId.set(owner.id, owner)
    return owner
  }
}
