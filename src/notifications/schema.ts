import { z } from 'zod'

/** Wire types of notifications. Crosses to CLI and dashboard: zod only. */

export const notificationId = z.string().regex(/^ntf_[0-9A-Za-z]{16}$/)

export const MailState = z.enum(['none', 'waiting', 'sending', 'sent', 'given-up'])

/** What one person is told of, in words. */
export const NotificationView = z.strictObject({
  id: notificationId,
  /** The action of the audit log that it tells of, and what it is about. */
  event: z.string(),
  subject: z.strictObject({ kind: z.string(), id: z.string() }),
  title: z.string(),
  body: z.string(),
  at: z.string(),
  readAt: z.string().nullable(),
  /** `none`: no mail server is configured, or its person wants none. */
  mail: MailState,
})
export type NotificationView = z.infer<typeof NotificationView>

/** `daily`: what has gathered until 08:00 UTC, in one mail. */
export const MailPreference = z.enum(['at-once', 'daily', 'off'])
export type MailPreference = z.infer<typeof MailPreference>
export const defaultMail: MailPreference = 'at-once'

export const Preferences = z.strictObject({ mail: MailPreference })
export type Preferences = z.infer<typeof Preferences>

export const ReadInput = z.strictObject({
  /** Default: all of them. */
  ids: z.array(notificationId).min(1).max(200).optional(),
})
export type ReadInput = z.infer<typeof ReadInput>
