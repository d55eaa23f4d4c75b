import type { LlmRequest, Span } from './request.ts'

/** What of a body is another one on its way to the provider; every other byte stays. */
export type Changes = {
  /** The provider's own id of the model. */
  readonly model: string
  /** The provider must say the usage of the stream. */
  readonly asksForUsage: boolean
  /** Largest output, and the member that says so; null: as it stands. */
  readonly maxTokens: { readonly member: MaxMember; readonly value: number } | null
}
export type MaxMember = 'max_tokens' | 'max_completion_tokens' | 'max_output_tokens'

type Edit = { readonly at: Span; readonly text: string }

/** Pure. The bytes themselves where nothing changes. */
export function spliced(bytes: Buffer, request: LlmRequest, changes: Changes): Buffer {
  const edits: Edit[] = []
  const added: string[] = []
  const { spans, head } = request
  const put = (name: 'model' | MaxMember, value: string | number): void => {
    const at = spans[name]
    if (at === undefined) added.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`)
    else edits.push({ at, text: JSON.stringify(value) })
  }
  if (changes.model !== request.model) put('model', changes.model)
  if (changes.asksForUsage && !request.wantsUsage) {
    const edit = usageEdit(bytes, spans)
    if (edit === null) added.push('"stream_options":{"include_usage":true}')
    else edits.push(edit)
  }
  if (changes.maxTokens !== null) put(changes.maxTokens.member, changes.maxTokens.value)
  if (added.length > 0)
    edits.push({ at: { from: head.at, to: head.at }, text: added.join(',') + (head.isEmpty ? '' : ',') })
  return edits.length === 0 ? bytes : edited(bytes, edits)
}

/** Null: there are no options yet. */
function usageEdit(bytes: Buffer, { stream_options: options, include_usage: usage }: LlmRequest['spans']): Edit | null {
  if (usage !== undefined) return { at: usage, text: 'true' }
  if (options === undefined) return null
  const text = bytes.toString('utf8', options.from, options.to)
  if (!text.startsWith('{')) return { at: options, text: '{"include_usage":true}' }
  const isEmpty = /^\{\s*\}$/.test(text)
  const inside = options.from + 1
  return { at: { from: inside, to: inside }, text: `"include_usage":true${isEmpty ? '' : ','}` }
}

function edited(bytes: Buffer, edits: Edit[]): Buffer {
  const pieces: Buffer[] = []
  let from = 0
  for (const { at, text } of edits.sort((a, b) => a.at.from - b.at.from)) {
    pieces.push(bytes.subarray(from, at.from), Buffer.from(text))
    from = at.to
  }
  return Buffer.concat([...pieces, bytes.subarray(from)])
}
