import { Webhook } from 'standardwebhooks'
import { Secret } from '../secret.ts'

/** A signing secret in the form of Standard Webhooks: 256 bits as base64 behind `whsec_`. */
export const newSigningSecret = (randomBytes: (size: number) => Uint8Array): Secret =>
  new Secret(`whsec_${Buffer.from(randomBytes(32)).toString('base64')}`, 'webhook secret')

export type SignedMessage = { readonly id: string; readonly at: number; readonly body: string }

/** The three headers, over exactly these bytes. `at` is the time of this attempt: receivers refuse what is old. */
export const signedHeaders = (secret: Secret, { id, at, body }: SignedMessage): Record<string, string> => ({
  'content-type': 'application/json',
  'user-agent': 'ostiary-webhooks',
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at / 1000)),
  'webhook-signature': new Webhook(secret.reveal()).sign(id, new Date(at), body),
})
