import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { isSigned } from '../audit/checkpoint.ts'
import { CheckpointView } from '../audit/schema.ts'
import type { Anchor } from '../audit/verifier.ts'
import { usage } from './control.ts'
import type { Given } from './values.ts'

/** What we write ourselves: lines of an export, of a gateway's own log, of control's log; a page of REST; an earlier answer. */
const Checkpoint = z.object(CheckpointView.shape)
const Signed = z.union([
  z.object({ checkpoint: Checkpoint }).transform(({ checkpoint }) => [checkpoint]),
  z.object({ items: z.array(Checkpoint) }).transform(({ items }) => items),
  Checkpoint.transform((checkpoint) => [checkpoint]),
])
const Link = z.object({ seq: z.int().min(1), hash: z.string().regex(/^[0-9a-f]{64}$/) })
const Bare = z.union([
  z.object({ organization: z.string(), head: Link }).transform(({ organization, head }) => ({ ...head, organization })),
  Link.extend({ organization: z.string().optional() }),
])

/** Everything in these files that says where a log stood once. */
export function anchorsIn(files: readonly string[]): Given<Anchor[]> {
  const anchors: Anchor[] = []
  for (const file of files) {
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch {
      return usage(`--checkpoint names ${file}, which cannot be read.`)
    }
    const found = documentsIn(text).flatMap((document) => anchorsOf(document, file))
    if (found.includes(forged)) return usage(`A checkpoint in ${file} was not signed by the key that it names.`)
    if (found.length === 0) return usage(`${file} holds no checkpoint.`)
    anchors.push(...found)
  }
  return { ok: true, value: anchors }
}

/** One document, however it is laid out, or one on each line. */
function documentsIn(text: string): unknown[] {
  const whole = parsed(text)
  return whole === undefined ? text.split('\n').map(parsed) : [whole]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const forged: Anchor = { seq: 0, hash: '', from: '' }

function anchorsOf(document: unknown, from: string): Anchor[] {
  const signed = Signed.safeParse(document)
  if (signed.success)
    return signed.data.map((checkpoint) => {
      const { organization, seq, hash } = checkpoint
      return isSigned(checkpoint) ? { organization, seq, hash, from } : forged
    })
  const bare = Bare.safeParse(document)
  if (!bare.success) return []
  const { organization, seq, hash } = bare.data
  return [{ seq, hash, from, ...(organization === undefined ? {} : { organization }) }]
}
