import { isUniqueViolation } from '../db/violation.ts'

const longest = 31

/** Letters that no decomposition turns into ASCII. */
const spelled: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th' }

/** Of a name what a slug may hold; `app` where nothing is left. */
export function slugOf(name: string): string {
  const folded = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^ -~]/g, (letter) => spelled[letter] ?? letter)
  return trimmed(folded.replace(/[^a-z0-9]+/g, '-')) || 'app'
}

/** The first that is free of `base`, `base-2`, `base-3`… */
export function freeSlug(base: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const ending = number === 1 ? '' : `-${number}`
    const slug = trimmed(base.slice(0, longest - ending.length)) + ending
    if (!taken.has(slug)) return slug
  }
}

const trimmed = (text: string): string => text.replace(/^-+/, '').slice(0, longest).replace(/-+$/, '')

/** Nobody asked for a slug that was made of a name: when somebody else was faster with it, there is a next one. */
export const untilFree = async <T>(write: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write()
    } catch (error) {
      if (!isUniqueViolation(error) || attempt === attemptsAtMost) throw error
    }
  }
}
const attemptsAtMost = 10
