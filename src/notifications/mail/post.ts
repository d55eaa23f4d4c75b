import { createTransport } from 'nodemailer'
import type { Secret } from '../../secret.ts'
import type { Post } from './send.ts'

const patienceMs = 20_000

/** Over SMTP, one connection a mail. Nothing of a mail is read from a file or fetched from an address. */
export function createMailPost({ url, from }: { readonly url: Secret; readonly from: string }): Post {
  const address = new URL(url.reveal())
  const isSecure = address.protocol === 'smtps:'
  const transport = createTransport({
    host: address.hostname.replace(/^\[|\]$/g, ''),
    port: address.port === '' ? (isSecure ? 465 : 587) : Number(address.port),
    secure: isSecure,
    ...(address.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(address.username), pass: decodeURIComponent(address.password) } }),
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return async ({ to, subject, text, messageId }) => {
    const mail = {
      from,
      to: { name: '', address: to },
      subject,
      text,
      messageId,
      headers: { 'Auto-Submitted': 'auto-generated' },
    }
    await transport.sendMail(mail).catch((error: unknown) => {
      throw new Error(whyNot(error))
    })
  }
}

/**
 * For the log, in our words: what the server said may be what it was sent, our password in base64 and the mail among it.
 */
function whyNot(error: unknown): string {
  const { code = 'unknown', command = '', response, responseCode, message } = Object(error)
  const where = command === '' ? '' : ` at ${command}`
  if (response !== undefined || responseCode !== undefined)
    return `The mail server answered ${responseCode ?? 'what is no SMTP'}${where} (${code})`
  return `The mail server was not reached${where} (${code}): ${message}`
}
