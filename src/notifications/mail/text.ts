import type { Addressee, DueMail } from './store.ts'

export type Letter = {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The same in every attempt, so that a receiver which got it twice can tell. */
  readonly messageId: string
}

const longestSubject = 200

/** Pure: what one person is told, in one mail. Plain text: nothing in it is looked at by anything but eyes. */
export function letterOf(
  { email, name, organization }: Addressee,
  due: readonly [DueMail, ...DueMail[]],
  from: string,
): Letter {
  const [first] = due
  const isOne = due.length === 1
  const subject = isOne ? `[${organization}] ${first.title}` : `[${organization}] ${due.length} notices`
  const lines = due.map(({ title, body, at }) => `${title}\n${body}\n${new Date(at).toISOString()}`)
  const end = 'You get this because you own it or look after it. Change what is mailed: ostiary notifications mail off.'
  return {
    to: email,
    subject: subject.slice(0, longestSubject),
    text: [`Hello ${name},`, ...lines, end].join('\n\n'),
    messageId: `<${first.id}.${due.length}@${domainOf(from)}>`,
  }
}

const domainOf = (from: string): string => /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'ostiary.invalid'
