import type { SealedEvent } from '../audit/store.ts'
import { notices } from './notices.data.ts'

/** `owner`: of the key; `target`: whose budget it is; `asker`: who asked for access; `admins`: owners and admins of the organization. */
export type Audience = 'owner' | 'target' | 'asker' | 'admins'

export type Notice = {
  readonly to: readonly Audience[]
  readonly title: string
  readonly body: string
}

const longest = 300

/** Pure: what an event says to people; null: it is no news to anybody. */
export function noticeOf({ action, subject, after }: Pick<SealedEvent, 'action' | 'subject' | 'after'>): Notice | null {
  const known = Object.hasOwn(notices, action) ? notices[action] : undefined
  if (known === undefined) return null
  const said: Record<string, string | number> = {
    ...plainMembers(after),
    name: subject.name === '' ? subject.id : subject.name,
    id: subject.id,
  }
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (_, member: string) => oneLine(said[member]))
  return { to: known.to, title: fill(known.title), body: fill(known.body) }
}

const plainMembers = (value: unknown): Record<string, string | number> =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).filter(([, each]) => typeof each === 'string' || typeof each === 'number'),
      )
    : {}

/** Names are people's: none may break a line of a mail, or pretend to be a heading. */
const oneLine = (value: string | number | undefined): string =>
  String(value ?? '?')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .slice(0, longest)
