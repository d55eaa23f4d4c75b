import { CheckpointView } from '../../src/audit/schema.ts'
import { isSigned } from './chain.ts'
import type { Anchor } from './verifier.ts'

/**
 * Where the log stood once, out of what somebody has kept elsewhere: an earlier result, checkpoints, an export, the log of
 * a gateway or of control. Null: one of the checkpoints was not signed by the key that it names.
 */
export async function anchorsIn(text: string): Promise<readonly Anchor[] | null> {
  const anchors: Anchor[] = []
  for (const document of documentsIn(text)) {
    for (const checkpoint of checkpointsOf(document)) {
      if ((await isSigned(checkpoint)) === false) return null
      anchors.push(linkOf(checkpoint))
    }
    const bare = resultOf(document)
    if (bare) anchors.push(bare)
  }
  return anchors
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

function checkpointsOf(document: unknown): CheckpointView[] {
  if (typeof document !== 'object' || document === null) return []
  const candidates =
    'items' in document && Array.isArray(document.items)
      ? document.items
      : ['checkpoint' in document ? document.checkpoint : document]
  return candidates.flatMap((candidate) => {
    const { data } = CheckpointView.strip().safeParse(candidate)
    return data ? [data] : []
  })
}

const linkOf = ({ organization, seq, hash }: CheckpointView): Anchor => ({ organization, seq, hash })

/** As this screen and `ostiary audit verify --json` write it; or an event of a gateway's own log. */
function resultOf(document: unknown): Anchor | null {
  if (typeof document !== 'object' || document === null || 'signature' in document) return null
  const link = 'head' in document ? document.head : document
  const organization =
    'organization' in document && typeof document.organization === 'string' ? document.organization : undefined
  if (typeof link !== 'object' || link === null || !('seq' in link) || !('hash' in link)) return null
  const { seq, hash } = link
  if (typeof seq !== 'number' || typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return null
  return { seq, hash, ...(organization === undefined ? {} : { organization }) }
}
