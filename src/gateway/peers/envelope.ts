import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import { z } from 'zod'
import type { SessionKey } from '../mcp/sessions.ts'

/** What one gateway says to another about a call that it hands on. Nobody else can read it, write it or change it. */
const Envelope = z.strictObject({
  /** Of the client, in one spelling; it is counted and stands in the log. */
  address: z.string().regex(/^(?:[0-9a-f:.]{2,45}|unknown)$/),
  isProxy: z.boolean(),
  method: z.enum(['POST', 'GET', 'DELETE']),
  /** With the query, and with the key where it stands in the path. */
  path: z.string().startsWith('/'),
  /** Headers that hold the caller's secret: they never travel in the clear. */
  credential: z.array(z.tuple([z.enum(['authorization', 'x-api-key']), z.string()])).max(2),
  /** Proxies between the two gateways write their own names into the header. */
  via: z.string().nullable(),
  /** SHA-256 of the other headers and of the body. */
  headers: z.string(),
  body: z.string(),
  requestId: z.string().regex(/^req_[0-9A-Za-z]{16}$/),
  /** Milliseconds since 1970. */
  expiresAt: z.int(),
})
export type Envelope = z.infer<typeof Envelope>

/** From which gateway, about whose call, under which of the organization's session keys, and what only they can read. */
type Parts = { readonly from: string; readonly organization: string; readonly epoch: number; readonly sealed: Buffer }
export type Opened = {
  readonly from: string
  readonly organization: string
  readonly envelope: Envelope
  /** Unlike that of any other envelope. */
  readonly nonce: string
  /** What the answer must carry: whoever has opened the envelope, and nobody else, can say it. */
  readonly proof: string
}

const [ivSize, tagSize] = [12, 16]
const written = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})\.(\d{1,10})\.([A-Za-z0-9_-]{64,16384})$/

/** A key of its own for each direction between two gateways, so what was sealed for one of them opens nowhere else. */
const keyFor = (key: Buffer, from: string, to: string): Buffer =>
  createHmac('sha256', key).update(`peer-hop\n${from}\n${to}`).digest()

const proofOf = (key: Buffer, iv: Uint8Array): string =>
  createHmac('sha256', key).update('answer').update(iv).digest('base64url')

export const digestOf = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('base64url')

type Between = { readonly from: string; readonly to: string; readonly organization: string }

export function sealEnvelope(
  { from, to, organization }: Between,
  newest: SessionKey,
  iv: Uint8Array,
  envelope: Envelope,
): { readonly header: string; readonly proof: string } {
  const key = keyFor(newest.key, from, to)
  const head = `${from}.${organization}.${newest.epoch}`
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(head))
  const text = Buffer.concat([cipher.update(JSON.stringify(envelope), 'utf8'), cipher.final()])
  const sealed = Buffer.concat([iv, cipher.getAuthTag(), text])
  return { header: `${head}.${sealed.toString('base64url')}`, proof: proofOf(key, iv) }
}

/** Null: not from a gateway of the organization, not for this one, or changed. Says nothing about its age. */
export function openEnvelope(
  to: string,
  keysOf: (organization: string) => readonly SessionKey[],
  header: string,
): Opened | null {
  const parts = partsOf(header)
  const held = parts && keysOf(parts.organization).find(({ epoch }) => epoch === parts.epoch)
  if (!parts || !held) return null
  const { from, organization, epoch, sealed } = parts
  const key = keyFor(held.key, from, to)
  const [iv, tag, text] = [sealed.subarray(0, ivSize), sealed.subarray(ivSize, textAt), sealed.subarray(textAt)]
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagSize })
      .setAAD(Buffer.from(`${from}.${organization}.${epoch}`))
      .setAuthTag(tag)
    const json: unknown = JSON.parse(Buffer.concat([cipher.update(text), cipher.final()]).toString('utf8'))
    const envelope = Envelope.parse(json)
    return { from, organization, envelope, nonce: iv.toString('base64url'), proof: proofOf(key, iv) }
  } catch {
    return null
  }
}

const textAt = ivSize + tagSize

function partsOf(header: string): Parts | null {
  const [, from = '', organization = '', epoch = '', text = ''] = written.exec(header) ?? []
  const sealed = Buffer.from(text, 'base64url')
  if (sealed.length <= textAt || sealed.toString('base64url') !== text) return null
  return { from, organization, epoch: Number(epoch), sealed }
}
