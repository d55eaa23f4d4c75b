import { expiryPresets } from '../keys/schema.ts'
import { usage } from './control.ts'
import { sentences, together, yesOrNo } from './input.ts'
import { byComma, type Given, isInstant, isOneOf, wrongExpiry } from './values.ts'

/** What a key has beside its rights, when it is made and when it is changed. */
export type KeyOptions = {
  readonly expires?: string
  readonly description?: string
  readonly maxStaleness?: string
  readonly metadata?: string
  readonly tags?: string
  readonly pinNetwork?: string
  readonly rotateEvery?: string
  readonly rotateGrace?: string
  readonly deliverTo?: string
  readonly allServersReason?: string
}

export const keySentences: Readonly<Record<string, string>> = {
  name: sentences.name('The <name>'),
  description: '--description must be 2000 visible characters at most.',
  maxStalenessSeconds: '--max-staleness must be a whole number of seconds from 5 to 86400.',
  metadata: '--metadata must be a JSON object, like {"team":"payments"}.',
  tags: '--tags must be up to 32 tags by comma, each of letters, digits and . _ : / -, or none.',
  allServersReason: '--all-servers-reason must be 1 to 2000 visible characters.',
  'rotation.everyDays': '--rotate-every must be a whole number of days from 1 to 365, or never.',
  'rotation.graceSeconds': '--rotate-grace must be a whole number of seconds from 0 to 2592000.',
  'rotation.deliverTo': '--deliver-to must be the id of a webhook (whk_…).',
}

export function keyFields(options: KeyOptions): Given<object> {
  const { description, expires, maxStaleness } = options
  const expiry = expiryFields(expires)
  if (!expiry.ok) return expiry
  const fields = together({
    maxStalenessSeconds: wholeNumber(maxStaleness, keySentences['maxStalenessSeconds']),
    metadata: metadataOf(options),
    tags: tagsOf(options),
    pinNetwork: yesOrNo('--pin-network', options.pinNetwork),
    rotation: rotationOf(options),
    allServersReason: reasonOf(options),
  })
  return fields.ok ? { ok: true, value: { ...expiry.value, description, ...fields.value } } : fields
}

function metadataOf({ metadata }: KeyOptions): Given<unknown> {
  if (metadata === undefined) return { ok: true, value: undefined }
  try {
    return { ok: true, value: JSON.parse(metadata) }
  } catch {
    return usage(keySentences['metadata'] ?? '')
  }
}

const tagsOf = ({ tags }: KeyOptions): Given<string[] | undefined> => ({
  ok: true,
  value: tags === undefined ? undefined : tags === 'none' ? [] : byComma(tags),
})

/** Null: the key says no reason. */
const reasonOf = ({ allServersReason: why }: KeyOptions): Given<string | null | undefined> => ({
  ok: true,
  value: why === 'none' ? null : why,
})

/** Without a webhook it only reminds; `never` takes the schedule away. */
function rotationOf({ rotateEvery, rotateGrace, deliverTo }: KeyOptions): Given<object | null | undefined> {
  if (rotateEvery === undefined) {
    const other = rotateGrace === undefined ? '--deliver-to' : '--rotate-grace'
    const isAlone = (rotateGrace ?? deliverTo) !== undefined
    return isAlone ? usage(`${other} needs --rotate-every: after how many days.`) : { ok: true, value: undefined }
  }
  if (rotateEvery === 'never') return { ok: true, value: null }
  const everyDays = wholeNumber(rotateEvery, keySentences['rotation.everyDays'])
  if (!everyDays.ok) return everyDays
  const graceSeconds = wholeNumber(rotateGrace, keySentences['rotation.graceSeconds'])
  if (!graceSeconds.ok) return graceSeconds
  const grace = graceSeconds.value === undefined ? {} : { graceSeconds: graceSeconds.value }
  return { ok: true, value: { everyDays: everyDays.value, deliverTo: deliverTo ?? null, ...grace } }
}

/** A preset stays one on the wire: control counts from its own clock. */
export function expiryFields(expires: string | undefined): Given<object> {
  if (expires === undefined) return { ok: true, value: {} }
  if (isOneOf(expiryPresets, expires)) return { ok: true, value: { expiresIn: expires } }
  return isInstant(expires) ? { ok: true, value: { expiresAt: expires } } : usage(wrongExpiry(expires))
}

export function wholeNumber(text: string | undefined, sentence = ''): Given<number | undefined> {
  if (text === undefined) return { ok: true, value: undefined }
  return /^\d+$/.test(text) ? { ok: true, value: Number(text) } : usage(sentence)
}
