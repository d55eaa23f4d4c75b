import { z } from 'zod'
import { common, rows } from './guessed-first.data.ts'

const [shortest, longest] = [12, 256] as const
/** Before anything is normalized: one character may become eighteen. */
const longestSent = 1024

const normal = (text: string): string => text.normalize('NFKC')

/** Length alone, as NIST SP 800-63B §5.1.1.2 has it: no rule about digits and signs. */
export const password = z
  .string()
  .max(longestSent)
  .refine(
    (text) => text.length <= longestSent && isBetween([...normal(text)].length),
    `must have ${shortest} to ${longest} characters`,
  )

/** One that is presented: whatever was allowed once. */
export const presentedPassword = z.string().min(1).max(longestSent)

const isBetween = (length: number): boolean => length >= shortest && length <= longest

type Person = { readonly email: string; readonly name: string }

/** What somebody guesses first; null: nothing is wrong with it. */
export function passwordProblem(text: string, person: Person): { pointer: string; detail: string } | null {
  const given = bare(text)
  const detail = isOwn(given, person)
    ? 'must not be your address or name'
    : given.startsWith('ostiary')
      ? 'must not begin with the name of this program'
      : isRepeated(normal(text).toLowerCase()) || isKnown(given)
        ? 'is one of those that are tried first'
        : null
  return detail === null ? null : { pointer: '/password', detail }
}

/** Small letters and digits alone, so that a sign or a capital in between makes nothing new of it. */
const bare = (text: string): string =>
  normal(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

/** What is added to one's name is seldom more than a year. */
function isOwn(given: string, { email, name }: Person): boolean {
  const words = [email, email.split('@')[0] ?? '', name].map(bare).filter((word) => word.length >= 4)
  return words.some((word) => given === word || (given.startsWith(word) && /^\d{0,4}$/.test(given.slice(word.length))))
}

/** One short piece again and again. */
const isRepeated = (text: string): boolean => /^(.{1,3}?)\1+.{0,2}$/su.test(text)

function isKnown(given: string): boolean {
  if (given === '' || common.includes(given)) return true
  const back = [...given].reverse().join('')
  return rows.some((row) => row.includes(given) || row.includes(back))
}
