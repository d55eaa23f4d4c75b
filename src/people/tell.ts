import type { SignInDeps } from './deps.ts'

export type TellDeps = Pick<SignInDeps, 'sendLetter' | 'later'>
type Said = { readonly subject: string; readonly lines: readonly string[] }

/** After the answer. Nothing where there is no mail server, or where the person has no address. */
export function tell({ sendLetter, later }: TellDeps, email: string, { subject, lines }: Said): void {
  if (sendLetter === null || email === '') return
  later('letter', () => sendLetter({ to: email, subject, text: `${lines.join('\n\n')}\n` }))
}
