/** Units of an estimate in one token: classes of characters are whole numbers of them. */
const unitsPerToken = 12
/** What an image costs at most in its usual size, whoever reads it: its bytes say nothing about that. */
const tokensPerImage = 1600
/** Of base64 of sound: about ten tokens a second, at the lowest rate anybody records with. */
const charactersPerTokenOfSound = 100
/** Around each message, part or tool. */
const unitsPerObject = 4 * unitsPerToken

export type Estimate = {
  readonly tokens: number
  /** There is more than the text says: a document, or a file that the provider has. */
  readonly hidesInput: boolean
}

/**
 * Texts that no model reads. Whatever else is not a mere number or a flag counts, for providers have members of their
 * own that models read: documents, templates, what comes after the answer.
 */
const unread: ReadonlySet<string> = new Set([
  'model',
  'metadata',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
  'stream_options',
  'include',
  'modalities',
  'audio',
  'reasoning',
  'reasoning_effort',
  'thinking',
  'tool_choice',
  'stop',
  'stop_sequences',
  'logit_bias',
  'truncation',
  'encoding_format',
  'previous_response_id',
  'conversation',
])
/** Of those that are read, where parts that are no text may stand. Elsewhere a picture's address is only a text. */
const holdsParts: ReadonlySet<string> = new Set(['messages', 'input', 'system'])

/** Tokens of the input by what it looks like, without any margin. Pure, one walk. */
export function estimateOf(body: Readonly<Record<string, unknown>>): Estimate {
  const sum = { units: 0, tokens: 0, hidesInput: false }
  for (const name in body) {
    const value = body[name]
    if (unread.has(name) || typeof value === 'number' || typeof value === 'boolean') continue
    add(sum, value, holdsParts.has(name))
  }
  return { tokens: sum.tokens + Math.ceil(sum.units / unitsPerToken), hidesInput: sum.hidesInput }
}

type Sum = { units: number; tokens: number; hidesInput: boolean }
type Json = Readonly<Record<string, unknown>>

function add(sum: Sum, value: unknown, mayHoldParts: boolean): void {
  if (typeof value === 'string') sum.units += unitsOf(value)
  // A token by its number, or a number in a tool's description.
  else if (typeof value === 'number' || typeof value === 'boolean') sum.units += unitsPerToken
  else if (Array.isArray(value)) for (const item of value) add(sum, item, mayHoldParts)
  else if (isObject(value)) addObject(sum, value, mayHoldParts)
}

function addObject(sum: Sum, value: Json, mayHoldParts: boolean): void {
  sum.units += unitsPerObject
  if (mayHoldParts && isReference(value)) sum.hidesInput = true
  const payload = mayHoldParts ? addPart(sum, value) : none
  // What a tool was called with is text to the model, whatever it looks like.
  const isCall = typeof value['type'] === 'string' && value['type'].endsWith('tool_use')
  for (const name in value) {
    sum.units += unitsOf(name)
    // Only that is no text: what stands beside it some provider reads.
    if (!payload.has(name)) add(sum, value[name], mayHoldParts && !(isCall && name === 'input'))
  }
}

const none: ReadonlySet<string> = new Set()
const pictures: ReadonlySet<string> = new Set(['image_url', 'source', 'file_id'])
const sounds: ReadonlySet<string> = new Set(['input_audio', 'audio', 'audio_url', 'source', 'data'])
const files: ReadonlySet<string> = new Set(['file', 'file_data', 'source', 'video_url', 'input_video'])

/** Something that the provider has kept, named by its id alone: an item of an earlier answer, what was spoken in one. */
function isReference({ id, type, ...more }: Json): boolean {
  if (typeof id !== 'string' || (type !== undefined && type !== null)) return false
  for (const name in more) if (more[name] !== null) return false
  return true
}

/** Members of it that are no text, and counted here. */
function addPart(sum: Sum, part: Json): ReadonlySet<string> {
  switch (part['type']) {
    case 'image_url':
    case 'input_image':
    case 'image':
      sum.tokens += tokensPerImage
      return pictures
    case 'input_audio':
    case 'audio':
      for (const name of sounds) sum.tokens += Math.ceil(longestText(part[name]) / charactersPerTokenOfSound)
      return sounds
    // How much is written in a document, nobody can see from outside.
    case 'file':
    case 'input_file':
    case 'container_upload':
    case 'item_reference':
    case 'video_url':
    case 'input_video':
      sum.hidesInput = true
      return files
    case 'document':
      if (isObject(part['source']) && ['text', 'content'].includes(String(part['source']['type']))) return none
      sum.hidesInput = true
      return files
    default:
      return none
  }
}

const longestText = (value: unknown): number => {
  if (typeof value === 'string') return value.length
  return isObject(value) ? Math.max(0, ...Object.values(value).map(longestText)) : 0
}

/** Letters four to a token, digits and signs fewer, other scripts about one each. */
function unitsOf(text: string): number {
  let units = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    units += code < 128 ? (ascii[code] ?? unitsPerToken) : unitsOfOther(code)
  }
  return units
}

const ascii = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code === 0x20) return 2
  if (code >= 0x61 && code <= 0x7a) return 3
  if (code >= 0x30 && code <= 0x39) return 5
  return code >= 0x41 && code <= 0x5a ? 4 : 8
})

function unitsOfOther(code: number): number {
  if (code < 0x0590) return 6
  // Half of a character beyond the first plane: an emoji is two to three tokens.
  return code >= 0xd800 && code <= 0xdfff ? 16 : 14
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
