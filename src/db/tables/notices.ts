import type { Generated } from 'kysely'
import type { Fixed, Ms } from './column.ts'

export type Notifications = {
  organization_id: Fixed<string>
  id: Fixed<string>
  member_id: Fixed<string>
  /** Of the audit log; a member is told once. */
  event_id: Fixed<string>
  seq: Fixed<number>
  event: Fixed<string>
  subject_kind: Fixed<string>
  subject_id: Fixed<string>
  title: Fixed<string>
  body: Fixed<string>
  at: Fixed<Ms>
  read_at: Ms | null
  mail: 'none' | 'waiting' | 'sending' | 'sent' | 'given-up'
  /** When it may be sent; while it is being sent: when somebody else may take it for lost. */
  mail_next_at: Ms | null
  mail_attempts: Generated<number>
  mail_error: string | null
}
export type NotificationMarks = { organization_id: Fixed<string>; seq: number }
export type NotificationPreferences = {
  organization_id: Fixed<string>
  member_id: Fixed<string>
  mail: 'at-once' | 'daily' | 'off'
}
export type QuotaNotices = {
  organization_id: Fixed<string>
  key_id: Fixed<string>
  code: Fixed<string>
  /** Days since epoch, UTC. */
  day: Fixed<number>
}
